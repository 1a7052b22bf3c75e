"""Which papers of a generation are recent, or new to a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from index.arrays import Mask
from index.store.generation import Generation
from search.browse.stats import iso_day
from search.query.filters import FIRST, day_number

DAYS = 7


def last_days(generation: Generation, days: int = DAYS) -> tuple[str, Mask]:
    """Return the first of an archive's last days and the papers since, shape (papers,); all where none has a date."""
    newest = int(generation.layout.dates.max(initial=0))
    if not newest:
        return "ever", np.ones(len(generation.layout.dates), np.bool_)
    day = (date.fromisoformat(iso_day(newest)) - timedelta(days=days - 1)).isoformat()
    return day, dated_since(day, generation)


def dated_since(day: str, generation: Generation) -> Mask:
    """Return the papers that are dated on a day or later, shape (papers,); QueryError where it is none."""
    found: Mask = generation.layout.dates >= day_number(day, FIRST)
    return found


def chosen(ids: Sequence[str], keeps: Callable[[str], bool]) -> Mask:
    """Return which of all papers, by their ids in the order of their rows, are kept, shape (papers,)."""
    found: Mask = np.array([keeps(one) for one in ids], np.bool_)
    return found
