"""How a query is read: what of it is a name, a time, an exclusion, an order or mere asking; the rest is its topic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from search.answers import ReadAs, ReadingKind, Sort
from search.query.asking import read_asking, read_order
from search.query.authors import read_authors, read_spelled
from search.query.days import Days, read_days
from search.query.exact import MAX_CLAUSES, Clause, addresses, clauses
from search.query.request import Known, Request
from search.query.without import parts_of, read_without

LONGEST = 1000
"""The most letters of a request; of a longer text only what is marked is read."""

_GAP, _QUOTE = "\0", "\1"
_DANGLING = re.compile(
    r"(?:^|(?<=\0))[\s\0]*(?:(?:and|or|&|와|과|및)(?![^\W\0])|[,;:()\[\]]+)\s*(?=\0|$)", re.IGNORECASE
)
_FOLLOWING = re.compile(r"\s+[^\W\d_][\w.'’-]*")
_MOST_FOLLOWING = 4


def literal(query: str) -> Request:
    """Return a query all of which is its topic."""
    written = unicodedata.normalize("NFC", query)
    return Request(written, " ".join(written.split()))


def read(query: str, known: Known, today: date) -> Request:
    """Return a query as a request; every character of it is in the topic or in a reading."""
    reader = _Reader(unicodedata.normalize("NFC", query), known)
    reader.read_clauses()
    reader.read_addresses()
    if len(query) <= LONGEST:
        reader.read_days(today)
        reader.read_without()
        reader.read_authors()
        reader.read_order()
    return reader.request()


class _Reader:
    """Reads one query step by step; what was read becomes a gap that no later step reads across."""

    def __init__(self, query: str, known: Known) -> None:
        self._query = query.translate({ord(_GAP): " ", ord(_QUOTE): " "})
        self._rest = self._query
        self._known = known
        self._readings: list[ReadAs] = []
        self._phrases: list[str] = []
        self._authors: list[str] = []
        self._ids: list[str] = []
        self._without: list[str] = []
        self._days: list[Days] = []
        self._order: Sort | None = None

    def read_clauses(self) -> None:
        for clause in clauses(self._rest):
            value = self._query[clause.value.start : clause.value.end]
            if not clause.is_author:
                self._phrases.append(value)
                self._note("phrase", clause.start, clause.end, value)
                self._take(clause.start, clause.value.start, _QUOTE)
                self._take(clause.value.end, clause.end, _QUOTE)
            elif clause.start >= self._reached():
                self._read_author(clause, value)

    def _read_author(self, clause: Clause, value: str) -> None:
        """Read a marked author, with the words of the name that follow without quotes."""
        end, name = clause.end, value
        reach, quoted = clause.value.end, clause.end > clause.value.end
        for _ in range(0 if quoted else _MOST_FOLLOWING):
            following = _FOLLOWING.match(self._rest, reach)
            if following is None:
                break
            reach = following.end()
            if self._known.author(longer := self._query[clause.value.start : reach]):
                end, name = reach, longer
        self._authors.append(name)
        self._read("author", clause.start, end, name)

    def read_addresses(self) -> None:
        for address in addresses(self._rest):
            self._ids.append(address.id)
            if self._known.paper(address.id) and _GAP not in self._rest[address.start : address.end]:
                self._read("paper", address.start, address.end, address.id)

    def read_days(self, today: date) -> None:
        for days in read_days(self._rest, today):
            self._days.append(days)
            self._read("days", days.start, days.end, f"{days.first or '..'}/{days.last or '..'}")

    def read_without(self) -> None:
        for out in read_without(self._rest, self._known.goes_without):
            self._without.extend(parts_of(out.what))
            self._read("without", out.start, out.end, out.what)

    def read_authors(self) -> None:
        for author in read_authors(self._rest, self._known.author, self._known.surname):
            if len(self._authors) < MAX_CLAUSES:
                self._authors.append(author.written)
                self._read("author", author.start, author.end, author.name)
        asking = [(one.start, one.end) for one in read_asking(self._rest)]
        if spelled := read_spelled(self._rest, asking, self._known.spelled):
            self._authors.append(spelled.name)
            self._read("author", spelled.start, spelled.end, spelled.name)

    def read_order(self) -> None:
        if asked := read_order(self._rest):
            self._order = asked.order
            self._read("order", asked.start, asked.end, str(asked.order))

    def request(self) -> Request:
        """Return what was read; words that only ask are taken out, unless nothing else is left."""
        says_more = bool(self._readings) or any(c not in _GAP + _QUOTE + " " for c in self._without_asking())
        if says_more and len(self._query) <= LONGEST:
            for start, end in self._asking():
                self._read("words", start, end, "")
        first, last = _hull(self._days)
        return Request(
            self._query,
            " ".join(self._rest.replace(_GAP, " ").replace(_QUOTE, "").split()),
            tuple(dict.fromkeys(self._phrases)),
            tuple(dict.fromkeys(self._authors)),
            tuple(dict.fromkeys(self._ids)),
            first,
            last,
            any(days.relative for days in self._days),
            tuple(dict.fromkeys(self._without)),
            self._order,
            tuple(sorted(self._readings, key=lambda one: (one.start, one.end))),
        )

    def _asking(self) -> list[tuple[int, int]]:
        found = [(one.start, one.end) for one in read_asking(self._rest)]
        rest = _gapped(self._rest, found)
        return [*found, *(match.span() for match in _DANGLING.finditer(rest) if self._readings)]

    def _without_asking(self) -> str:
        return _gapped(self._rest, self._asking())

    def _reached(self) -> int:
        return max((one.end for one in self._readings), default=0)

    def _read(self, kind: ReadingKind, start: int, end: int, value: str) -> None:
        self._note(kind, start, end, value)
        self._take(start, end)

    def _note(self, kind: ReadingKind, start: int, end: int, value: str) -> None:
        self._readings.append(ReadAs(kind, start, end, value))

    def _take(self, start: int, end: int, gap: str = _GAP) -> None:
        self._rest = _gapped(self._rest, [(start, end)], gap)


def _gapped(text: str, spans: Sequence[tuple[int, int]], gap: str = _GAP) -> str:
    for start, end in spans:
        text = text[:start] + gap * (end - start) + text[end:]
    return text


def _hull(days: Sequence[Days]) -> tuple[date | None, date | None]:
    """Return the first and the last of some days; an end that any of them leaves open is open."""
    if not days:
        return None, None
    firsts, lasts = [one.first for one in days], [one.last for one in days]
    first = None if None in firsts else min(one for one in firsts if one)
    return first, None if None in lasts else max(one for one in lasts if one)
