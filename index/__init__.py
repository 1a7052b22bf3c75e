"""From summaries on disk to a searchable store."""
