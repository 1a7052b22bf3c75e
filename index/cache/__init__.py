"""What was worked out before of each text, file and paper, in one SQLite file beside the generations.

It may use `store`, `sources` and what they use; deleting the file costs time, never answers."""
