"""A query as a typed request, and what a reader of requests asks of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from index.words.spelled_names import SpelledName
from search.answers import ReadAs, Sort


class Known(Protocol):
    """What an archive knows of names and habits."""

    def author(self, name: str) -> str | None:
        """Return how the archive writes an author whose whole name, or surname with initials, this is."""

    def spelled(self, words: Sequence[str]) -> Sequence[SpelledName]:
        """Return the authors whose names words spell in Hangul, the likeliest first."""

    def surname(self, word: str) -> bool:
        """Return whether a word is one of some author's name."""

    def goes_without(self, what: str) -> bool:
        """Return whether the archive's papers say that they go without something, in plain words."""

    def paper(self, paper_id: str) -> bool:
        """Return whether there is a paper of this id."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a query asks: its topic, what is ranked by meaning and words, and what was read beside it.

    `topic` keeps the words of `phrases`. The days are inclusive, None is an open end, and `relative` says that they
    count from the day on which it was asked. `readings` are in the order of the query.
    """

    query: str
    topic: str
    phrases: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    relative: bool = False
    without: tuple[str, ...] = ()
    order: Sort | None = None
    readings: tuple[ReadAs, ...] = ()

    @property
    def has_days(self) -> bool:
        """Return whether days were asked of."""
        return self.first is not None or self.last is not None
