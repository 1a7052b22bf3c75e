"""One generation on disk, read: names of files, digests, arrays, vectors, papers.

It may use `words` and `encoding`, and changes nothing on the disk but the notes of what was found intact."""
