"""What lies around one paper: its nearest as a graph, and what came before and after it on the same subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from index.arrays import FloatArray, normalized
from index.paper import DESCRIBED, PaperHead
from index.store.generation import Generation
from search.answers import Filters
from search.browse.topics import Topic, topic_numbers, topics
from search.engine import Engine
from search.query.exact import paper_row
from search.ranking.similar import section_means

NEAREST = 12
EACH_WAY = 4
LINKS_EACH = 2


@dataclass(frozen=True, slots=True)
class Near:
    """A paper near another: how alike they are, and where it lies on the map."""

    __pydantic_config__ = DESCRIBED

    paper: PaperHead
    likeness: float
    """The cosine of their summaries, in [-1, 1]."""
    x: float
    """From 0, left, to 1."""
    y: float
    """From 0, top, to 1."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two of the near papers that are alike, by their numbers; 0 is the paper itself."""

    __pydantic_config__ = DESCRIBED

    one: int
    other: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Around:
    """What lies around one paper."""

    __pydantic_config__ = DESCRIBED

    generation: str
    x: float
    """Where the paper lies on the map, from 0, left, to 1."""
    y: float
    """From 0, top, to 1."""
    topic: Topic | None
    """The phrase of the map nearest to it, where one is near."""
    doubtful: bool
    """Whether its summary seems to be that of another paper."""
    near: tuple[Near, ...]
    """The papers most like it, the most alike first."""
    links: tuple[Link, ...]
    """Between the paper, number 0, and the near ones, from 1 on: each with those that it is most like."""
    earlier: tuple[PaperHead, ...]
    """The most like it of the papers before its day, in order of time."""
    later: tuple[PaperHead, ...]
    """The most like it of the papers after its day, in order of time."""


def around(engine: Engine, name: str) -> Around:
    """Return what lies around a paper; UnknownPaper or QueryError as for `Engine.paper`."""
    generation = engine.generation
    row = paper_row(name, generation)
    paper = generation.paper(row)
    near = [generation.row_of(one) for one in engine.similar_ids(paper.id, NEAREST)]
    rows = np.array([row, *near])
    means = section_means(rows, generation) + normalized(generation.title_vectors(rows))
    alike = normalized(means) @ normalized(means).T
    number = int(topic_numbers(rows[:1], generation)[0])
    x, y = (float(value) for value in generation.map_points.points[row])
    return Around(
        generation.name,
        x,
        y,
        None if number < 0 else topics(generation)[number],
        generation.doubtful(row),
        tuple(_near(other, float(alike[0, i + 1]), generation) for i, other in enumerate(near)),
        links(alike),
        *(_beside(engine, paper, later) for later in (False, True)),
    )


def _near(row: int, likeness: float, generation: Generation) -> Near:
    x, y = (float(value) for value in generation.map_points.points[row])
    return Near(generation.paper(row).head(), likeness, x, y)


def links(alike: FloatArray) -> tuple[Link, ...]:
    """Return each paper's links to those that it is most like, from likenesses (n, n); no link comes twice."""
    found: dict[tuple[int, int], float] = {}
    for one, row in enumerate(alike):
        others = [int(other) for other in np.argsort(-row, kind="stable") if other != one]
        for other in others[:LINKS_EACH]:
            found[min(one, other), max(one, other)] = float(row[other])
    return tuple(Link(one, other, likeness) for (one, other), likeness in sorted(found.items()))


def _beside(engine: Engine, paper: PaperHead, later: bool) -> tuple[PaperHead, ...]:
    """Return the papers most like one before its day or after it, in order of time; none where it has no date."""
    if paper.date is None:
        return ()
    day = date.fromisoformat(paper.date) + timedelta(days=1 if later else -1)
    bound = Filters(date_from=day.isoformat()) if later else Filters(date_to=day.isoformat())
    found = [one.paper for one in engine.similar(paper.id, EACH_WAY, filters=bound).results]
    return tuple(sorted((one for one in found if one.date), key=lambda one: (one.date or "", one.id)))
