"""Summaries on disk to papers: which files there are, what each dialect says, what was skipped or changed.

It reads files and imports only the nouns at the root of `index`."""
