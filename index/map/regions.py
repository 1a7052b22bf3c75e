"""The map of a generation: where its papers lie, with words for its regions."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray
from index.cache.database import Cache
from index.cache.paper_facts import PaperFacts
from index.map.drawing import fitted
from index.map.landmarks import places_of
from index.map.phrases import phrases_of
from index.sources.corpus import SourceEntry
from index.store.manifest import PAPERS
from index.store.map_points import MapPoints, Region
from index.words.languages import language_of

REGIONS = 120
RADIUS = 0.05
SPACING = 0.04
LEAST_HOLDERS = 5
LEAST_PHRASES = 12
"""With fewer phrases than this, single words name the regions."""

_CELLS = 200
LEAST_LETTERS = 3
"""Latin words of no more letters name nothing that a reader knows."""


def write_map(folder: Path, papers: Sequence[SourceEntry], facts: PaperFacts, cache: Cache) -> None:
    """Write the plane of a draft whose papers are written."""
    places, method = places_of(papers, facts, cache)
    points = fitted(places, method)
    with closing(sqlite3.connect(folder / PAPERS)) as database:
        found = regions(points, _topics(database, len(points)))
    MapPoints(points, method, tuple(found)).write(folder)


def regions(points: FloatArray, words: Iterable[tuple[str, npt.NDArray[np.int32]]]) -> list[Region]:
    """Return the words that keep to one place, the most telling first; `words` are spellings with their papers' rows.

    A word tells of a place by how many of its papers are there, and how many more than of all papers. Words of
    many papers come first, so that those of few need not be looked at where they cannot tell as much.
    """
    chosen: list[Region] = []
    for region in _by_score(points, words):
        if len(chosen) == REGIONS:
            break
        if all(_apart(region, other) for other in chosen):
            chosen.append(region)
    return chosen


def _by_score(points: FloatArray, words: Iterable[tuple[str, npt.NDArray[np.int32]]]) -> Iterator[Region]:
    """Yield words that tell of a place, the most telling first."""
    density, waiting = Density(points), list[tuple[float, str, int, Region]]()
    for number, (word, rows) in enumerate(words):
        most = len(rows) * float(np.log(len(points) / len(rows)))
        while waiting and -waiting[0][0] > most:
            yield heapq.heappop(waiting)[-1]
        score, region = _told(word, points, rows, density)
        if score > 0:
            heapq.heappush(waiting, (-score, word, number, region))
    while waiting:
        yield heapq.heappop(waiting)[-1]


class Density:
    """How many points lie in squares of the plane, from sums over a grid of cells (Crow, 1984)."""

    def __init__(self, points: FloatArray) -> None:
        counts, _, _ = np.histogram2d(points[:, 0], points[:, 1], bins=_CELLS, range=[[0, 1], [0, 1]])
        self._sums = np.pad(counts.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def around(self, x: float, y: float) -> int:
        """Return how many points lie within RADIUS of a place on both axes, to the nearest cell."""
        low_x, high_x, low_y, high_y = (
            round(min(max(place, 0), 1) * _CELLS) for place in (x - RADIUS, x + RADIUS, y - RADIUS, y + RADIUS)
        )
        sums = self._sums
        return int(sums[high_x, high_y] - sums[low_x, high_y] - sums[high_x, low_y] + sums[low_x, low_y])


def _told(word: str, points: FloatArray, rows: npt.NDArray[np.int32], density: Density) -> tuple[float, Region]:
    """Return how much a word tells of the place where its papers lie, and that place."""
    x, y = (float(value) for value in np.median(points[rows], axis=0))
    inside = int((np.abs(points[rows] - (x, y)) <= RADIUS).all(axis=1).sum())
    around = max(inside, density.around(x, y))
    share = inside * len(points) / (len(rows) * around) if inside >= LEAST_HOLDERS else 1
    return inside * float(np.log(share)), Region(word, x, y, inside)


def _apart(one: Region, other: Region) -> bool:
    is_far = (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= SPACING**2
    return is_far and one.word.casefold() != other.word.casefold()


def _topics(database: sqlite3.Connection, papers: int) -> Iterable[tuple[str, npt.NDArray[np.int32]]]:
    """Return the phrases of titles, or the words that some papers hold where there are too few phrases, with rows."""
    titles = (json.loads(body)["title"] for (body,) in database.execute("SELECT body FROM papers ORDER BY row"))
    phrases = phrases_of(titles)
    return phrases if len(phrases) >= LEAST_PHRASES else _words(database, papers)


def _words(database: sqlite3.Connection, papers: int) -> Iterator[tuple[str, npt.NDArray[np.int32]]]:
    """Yield each word that some papers hold but not many, as the archive spells it, with their rows; frequent first."""
    size = np.dtype(np.int32).itemsize
    find = (
        "SELECT spelling, rows FROM terms WHERE length(rows) BETWEEN ? AND ? AND length(spelling) > 1"
        " ORDER BY length(rows) DESC, spelling, term"
    )
    for word, rows in database.execute(find, (LEAST_HOLDERS * size, papers * size // 4)):
        if (len(word) > LEAST_LETTERS or language_of(word) == "ko") and not any(letter.isdigit() for letter in word):
            yield word, np.frombuffer(rows, np.int32)
