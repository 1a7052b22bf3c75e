"""Figures of labelled queries, and what each part of the ranking is worth.

It may use the engine and all that the engine uses."""
