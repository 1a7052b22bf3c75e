"""What a reader of requests may know, without an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.words.people import name_keys, name_parts, query_keys
from index.words.spelled_names import SpelledName


@dataclass(frozen=True)
class Knows:
    """Knows these authors and ids, and what papers say that they go without."""

    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    def author(self, name: str) -> str | None:
        """Return the first author whom a name fits."""
        return next((one for one in self.authors if name_keys(one) & query_keys(name)), None)

    def spelled(self, words: Sequence[str]) -> Sequence[SpelledName]:
        """Return the authors whom the only name in Hangul among some words spells."""
        found = (place for place, word in enumerate(words) if word == "카이밍")
        return [SpelledName("Kaiming He", place, place + 1, 20.0) for place in found if place + 1 < len(words)]

    def surname(self, word: str) -> bool:
        """Return whether a word is one of an author's name."""
        return any(set(name_parts(word)) <= set(name_parts(one)) for one in self.authors)

    def goes_without(self, what: str) -> bool:
        """Return whether papers say that they go without something."""
        return what in self.lacking

    def paper(self, paper_id: str) -> bool:
        """Return whether there is a paper of this id."""
        return paper_id in self.ids
