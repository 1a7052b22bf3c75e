"""Papers and answers as documents: JSON, BibTeX, RIS, CSV, Markdown, Atom, HTML.

It writes values that it is given, and searches nothing but for a saved search."""
