"""The newest days of an archive: how many papers each brought, on what, and which of them got the most votes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from index.arrays import RowArray
from index.paper import DESCRIBED, PaperHead
from search.browse.stats import iso_day
from search.browse.topics import Topic, TopicCount, commonest_topics, topic_numbers, topics
from search.engine import Engine

BEST = 5
TOPICS = 6
MAX_DAYS = 31


@dataclass(frozen=True, slots=True)
class DayPaper:
    """A paper of a day, and its topic where one is near."""

    __pydantic_config__ = DESCRIBED

    paper: PaperHead
    topic: Topic | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of an archive."""

    __pydantic_config__ = DESCRIBED

    day: str
    """ISO 8601."""
    papers: int
    """How many papers are of that day."""
    best: tuple[DayPaper, ...]
    """Those with the most votes, the most first."""
    topics: tuple[TopicCount, ...]
    """The commonest first."""


@dataclass(frozen=True, slots=True)
class Days:
    """The newest days that have papers."""

    __pydantic_config__ = DESCRIBED

    generation: str
    days: tuple[Day, ...]
    """The newest first."""


def newest_days(engine: Engine, count: int) -> Days:
    """Return the newest days that have papers."""
    generation = engine.generation
    dates, votes = generation.layout.dates, generation.layout.votes
    known, labels = np.unique(dates[dates > 0])[::-1][:count], topics(generation)

    def topic(number: int) -> Topic | None:
        return None if number < 0 else labels[number]

    def day_of(number: int) -> Day:
        rows: RowArray = np.flatnonzero(dates == number)
        rows = rows[np.argsort(-votes[rows].astype(np.float64), kind="stable")]
        numbers = topic_numbers(rows[:BEST], generation).tolist()
        best = zip(rows[:BEST].tolist(), numbers, strict=True)
        return Day(
            iso_day(number),
            len(rows),
            tuple(DayPaper(generation.paper(row).head(), topic(one)) for row, one in best),
            commonest_topics(rows, generation, TOPICS),
        )

    return Days(generation.name, tuple(day_of(int(number)) for number in known))
