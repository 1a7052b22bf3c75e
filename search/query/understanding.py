"""A query, understood: what is asked, what is not wanted, which papers may answer, and which it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from index.arrays import Mask, normalized
from index.encoding.encoder import QueryVector
from index.store.generation import Generation
from index.store.remembered import Remembered
from index.words.lexical import Morpheme, hangul_words
from search.answers import Filters
from search.query.correction import corrected
from search.query.exact import Pinned, pinned, restrict
from search.query.filters import FIRST, LAST, Allowed, allowed_by, day_number, narrowed
from search.query.knowledge import Knowledge
from search.query.loanwords import spellings, with_latin
from search.query.question import Question, question
from search.query.reading import literal, read
from search.query.request import Request
from search.stages import begin

Encode = Callable[[str], QueryVector]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A request, and what it asks of a generation.

    Where it has no topic it `lists` the allowed papers. `unwanted` is what it leaves out, one by one.
    """

    request: Request
    question: Question
    unwanted: tuple[Question, ...]
    allowed: Allowed
    pins: Pinned
    lists: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Interpreter:
    """What understanding a query takes: the words of a generation, an encoder, and the day on which it is asked."""

    generation: Generation
    analyze: Remembered[str, tuple[Morpheme, ...]]
    encode: Encode
    today: Callable[[], date] = date.today

    def understand(self, query: str, filters: Filters, as_written: bool = False) -> Query:
        """Understand a query, an empty one too; QueryError where a filter says nothing."""
        self.analyze.many(word for word, _ in hangul_words(query))  # what is to be read of them is read together
        request, warnings = self._request(query, as_written)
        limits = restrict(request.phrases, request.authors, self.generation, self.analyze)
        allowed = narrowed(allowed_by(_with_days(filters, request), self.generation), limits.papers)
        topic = request.topic if as_written else corrected(request.topic, self.generation, self.analyze)
        corrections = (f"{request.topic!r} was read as {topic!r}",) if topic != request.topic else ()
        pins = pinned(topic, request.ids, self.generation, allowed.papers)
        if not topic:
            allowed = narrowed(allowed, _only(pins, self.generation) if request.ids else None)
        asked, cut = self.as_question(topic)
        unwanted = tuple(self._unwanted(what, asked) for what in request.without)
        said = (*warnings, *corrections, *limits.warnings, *pins.warnings, *cut)
        return Query(request, asked, unwanted, allowed, pins, not topic, said)

    def as_question(self, text: str) -> tuple[Question, tuple[str, ...]]:
        """Return a text as the ranking sees it, and what its writer should know of that."""
        if not text:
            return Question("", np.zeros(self.generation.index.dimensions, np.float32), (), ()), ()
        begin("encode")
        encoded = self.encode(with_latin(text, spellings(text, self.generation, self.analyze), self.generation))
        warning = f"the query is longer than the model reads: only its first {encoded.tokens} tokens count for meaning"
        # A query's first sentence says what the rest is about.
        vector = encoded.vector if encoded.lead is None else normalized(encoded.vector + encoded.lead)
        begin("lexical")
        return question(text, vector, self.generation, self.analyze), (warning,) if encoded.truncated else ()

    def _request(self, query: str, as_written: bool) -> tuple[Request, tuple[str, ...]]:
        """Return a query as a request for days that the archive has, and what was changed for that."""
        if as_written:
            return literal(query), ()
        known, today = Knowledge(self.generation), self.today()
        request = read(query, known, today)
        if not request.has_days or _any_within(request, self.generation):
            return request, ()
        first, last = _bounds(self.generation)
        if first is None or last is None:
            return replace(request, first=None, last=None), ("no paper has a date; the days were left out",)
        if request.relative and (request.first or today) > last:
            return read(query, known, last), (f"the newest paper is of {last}: the days were counted back from it",)
        end = f"the oldest paper is of {first}" if request.last and request.last < first else f"the newest is of {last}"
        return replace(request, first=None, last=None), (
            f"no paper is of the days asked for, {end}: they were left out",
        )

    def _unwanted(self, what: str, asked: Question) -> Question:
        """Return what is left out, without the words that the topic shares with it: not image, but video editing."""
        none = np.zeros(self.generation.index.dimensions, np.float32)
        found = question(what, none, self.generation, self.analyze)
        own = tuple(term for term in found.terms if term not in asked.terms)
        entries = tuple(entry for entry in found.entries if not set(entry.phrase) & set(asked.terms))
        return replace(found, terms=own or found.terms, entries=entries)


def _with_days(filters: Filters, request: Request) -> Filters:
    """Return filters that let through what they did before, of the days that a request asks of."""
    first, last = (day.isoformat() if day else None for day in (request.first, request.last))
    firsts, lasts = [filters.date_from, first], [filters.date_to, last]
    return replace(
        filters,
        date_from=max((day for day in firsts if day), key=lambda day: day_number(day, FIRST), default=None),
        date_to=min((day for day in lasts if day), key=lambda day: day_number(day, LAST), default=None),
    )


def _only(pins: Pinned, generation: Generation) -> Mask:
    mask: Mask = np.zeros(generation.manifest.papers, np.bool_)
    mask[pins.rows] = True
    return mask


def _any_within(request: Request, generation: Generation) -> bool:
    dates = generation.layout.dates
    first, last = (int(f"{day:%Y%m%d}") if day else None for day in (request.first, request.last))
    return bool(np.any((dates >= (first or 1)) & (dates <= (last or 99991231))))


def _bounds(generation: Generation) -> tuple[date | None, date | None]:
    """Return the days of the oldest and of the newest paper, None where no paper has one."""
    dates = generation.layout.dates[generation.layout.dates > 0]
    if not len(dates):
        return None, None
    first, last = (date.fromisoformat(str(int(day))) for day in (dates.min(), dates.max()))
    return first, last
