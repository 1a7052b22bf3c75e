"""What a store tells a reader of requests: its authors, its ids, and what its papers say that they go without."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from index.store.generation import Generation
from index.words.lexical import latin_tokens
from index.words.people import name_keys, name_parts, query_keys
from index.words.spelled_names import SpelledName
from search.query.exact import row_of_id

_PAPERS_SEEN = 8
_OFTEN = 3
_TRANSLATES = 0.45
_OFTEN_SHARE = 0.015


class Knowledge:
    """What one generation knows of names and habits."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation

    def author(self, name: str) -> str | None:
        """Return how the archive writes an author most often, or None."""
        keys = query_keys(name)
        rows = [row for key in keys for row in self._generation.labelled(f"name:{key}")[:_PAPERS_SEEN].tolist()]
        papers = map(self._generation.paper, rows)
        found = Counter(author for paper in papers for author in paper.authors if name_keys(author) & keys)
        return min(found, key=lambda one: (-found[one], one), default=None)

    def spelled(self, words: Sequence[str]) -> Sequence[SpelledName]:
        """Return the authors whose names words spell in Hangul, the likeliest first."""
        return self._generation.spelled_names(words)

    def surname(self, word: str) -> bool:
        """Return whether a word is one of some author's name, and no more often one of a text."""
        written = self._generation.posting(next(iter(t.term for t in latin_tokens(word)), ""))
        of_authors = sum(len(self._generation.labelled(f"author:{part}")) for part in name_parts(word))
        return of_authors > (0 if written is None else len(written.rows))

    def goes_without(self, what: str) -> bool:
        """Return whether papers often say, in either language, that they go without something that they speak of."""
        entries = self._generation.glossary(tuple(what.split(" ")))
        others = (" ".join(entry.other) for entry in entries if entry.weight >= _TRANSLATES)
        return any(map(self._often_lacks, (what, *others)))

    def _often_lacks(self, what: str) -> bool:
        speaking = [self._generation.posting(term) for term in what.split(" ")]
        number = min((len(posting.rows) for posting in speaking if posting is not None), default=0)
        return len(self._generation.labelled(f"without:{what}")) >= max(_OFTEN, _OFTEN_SHARE * number)

    def paper(self, paper_id: str) -> bool:
        """Return whether there is a paper of this id."""
        return row_of_id(paper_id, self._generation) is not None
