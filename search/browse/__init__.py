"""A store without a question: counts, glossary, months, map, lists.

It may use the engine and all that the engine uses."""
