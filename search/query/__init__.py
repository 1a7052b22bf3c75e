"""A query, read: exact names, wrong keys, missing spaces, filters, vector and terms.

It asks an open generation what the archive knows, and ranks nothing."""
