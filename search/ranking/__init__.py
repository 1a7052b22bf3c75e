"""Candidates to ranked papers, with the sentences and terms that match.

It may use `query`; what decides an order or a highlight is a pure function over arrays."""
