"""What lies around an answer: its papers by month, its commonest fields and authors, and its best papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.arrays import RowArray
from index.paper import DESCRIBED
from search.answers import Filters
from search.browse.listing import passing
from search.browse.topics import TopicCount, commonest_topics
from search.engine import Engine
from search.query.bounds import MAX_RESULTS
from search.ranking.fusion import newest_first

NAMES = 30
TOPICS = 8


@dataclass(frozen=True, slots=True)
class Month:
    """How many papers of a month pass the filters, and how many of them are among the best for the question."""

    __pydantic_config__ = DESCRIBED

    month: str
    papers: int
    """How many pass the filters, their dates left out."""
    matches: int
    """How many of these are among the 100 best for the question."""


@dataclass(frozen=True, slots=True)
class Count:
    """A name, and how many of the best papers have it."""

    name: str
    papers: int


@dataclass(frozen=True, slots=True)
class Facets:
    """What lies around one question's answer.

    `months` leave the dates of the filters out, so that others can be chosen; `papers`, `best` (ids, the best first),
    `fields`, `authors` and `topics` heed them.
    """

    __pydantic_config__ = DESCRIBED

    generation: str
    papers: int
    """How many papers pass the filters."""
    months: tuple[Month, ...]
    """In order of time; months without a paper are left out."""
    fields: tuple[Count, ...]
    """The commonest first."""
    authors: tuple[Count, ...]
    """The commonest first."""
    topics: tuple[TopicCount, ...]
    """The commonest first."""
    best: tuple[str, ...]
    """The ids of the 100 best papers, the newest ones without a question."""


def facets(engine: Engine, query: str, filters: Filters, literal: bool = False) -> Facets:
    """Return what lies around the answer to a query, or around the newest papers where there is none.

    QueryError where the query or a filter cannot be understood.
    """
    generation = engine.generation
    timeless = replace(filters, date_from=None, date_to=None)
    everywhen, rows = passing(timeless, generation), passing(filters, generation)

    def best_of(chosen: Filters, passed: RowArray) -> RowArray:
        if query.strip():
            return engine.ranked_rows(query, MAX_RESULTS, chosen, literal)
        return newest_first(passed, generation.layout.dates)[:MAX_RESULTS]

    best = best_of(filters, rows)
    matches = (best if filters == timeless else best_of(timeless, everywhen)) if query.strip() else None
    papers = [generation.paper(int(row)) for row in best]
    return Facets(
        generation=generation.name,
        papers=len(rows),
        months=months(generation.layout.dates, everywhen, everywhen[:0] if matches is None else matches),
        fields=commonest(field for paper in papers for field in paper.fields),
        authors=commonest(author for paper in papers for author in paper.authors),
        topics=commonest_topics(best, generation, TOPICS),
        best=tuple(paper.id for paper in papers),
    )


def months(dates: npt.NDArray[np.int32], rows: RowArray, matches: RowArray) -> tuple[Month, ...]:
    """Count rows by the months of their dates, yyyymmdd, in order of time; a row without a date is left out."""
    all_papers, matched = (Counter((dates[some] // 100).tolist()) for some in (rows, matches))
    known = sorted(number for number in all_papers if number)
    return tuple(Month(f"{n // 100:04d}-{n % 100:02d}", all_papers[n], matched[n]) for n in known)


def commonest(names: Iterable[str]) -> tuple[Count, ...]:
    """Return the names that come most often, the commonest first, then by name."""
    counts = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
    return tuple(Count(name, papers) for name, papers in counts[:NAMES])
