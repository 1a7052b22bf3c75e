"""Text to terms, and what an archive's terms tell: BM25 weights, glossary, topics, whether a summary fits its title.

Pure functions over texts and arrays; it imports only the nouns at the root of `index`."""
