"""A query, read as a request: names, days, exclusions, wrong keys, missing spaces; its filters, vector and terms.

It asks an open generation what the archive knows, and ranks nothing."""
