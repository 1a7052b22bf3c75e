"""The whole papers that a list holds: those that are named, those of an answer, or the newest."""

from __future__ import annotations

import numpy as np

from index.arrays import RowArray
from index.errors import QueryError
from index.paper import Paper
from index.store.generation import Generation
from search.answers import Answer, Filters
from search.engine import Engine
from search.query.bounds import check_page
from search.query.exact import paper_row
from search.query.filters import paper_mask
from search.ranking.fusion import newest_first


def named(engine: Engine, ids: str, filters: Filters) -> list[Paper]:
    """Return those papers of ids between commas that pass, each once, in order.

    Raises:
        UnknownPaper: the store has no paper of an id.
        QueryError: there is no id at all, or a filter cannot be understood.
    """
    wanted = dict.fromkeys(one.strip() for one in ids.split(",") if one.strip())
    if not wanted:
        raise QueryError("there is no id in ids; write some with commas between them")
    generation = engine.generation
    mask = paper_mask(filters, generation)
    rows = [paper_row(one, generation) for one in wanted]
    return [generation.paper(row) for row in rows if mask is None or mask[row]]


def answering(engine: Engine, answer: Answer) -> list[Paper]:
    """Return the papers of an answer with their whole summaries."""
    return [engine.paper(result.paper.id) for result in answer.results]


def newest(engine: Engine, k: int, offset: int, filters: Filters) -> list[Paper]:
    """Return the newest papers that pass, those without a date last; QueryError as for a search."""
    check_page(k, offset)
    generation = engine.generation
    rows = newest_first(passing(filters, generation), generation.layout.dates)
    return [generation.paper(int(row)) for row in rows[offset : offset + k]]


def passing(filters: Filters, generation: Generation) -> RowArray:
    """Return the rows of the papers that pass, ascending; QueryError where a filter cannot be understood."""
    mask = paper_mask(filters, generation)
    return np.arange(generation.manifest.papers) if mask is None else np.flatnonzero(mask)
