"""The map of a generation: where its papers lie, with words for its regions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.cache import Cache
from index.corpus import Entry
from index.drawing import fitted
from index.facts import Facts
from index.landmarks import places_of
from index.languages import language_of
from index.manifest import PAPERS
from index.plane import Plane, Region

FloatArray = npt.NDArray[np.float32]

REGIONS = 120
RADIUS = 0.05
SPACING = 0.04
LEAST_HOLDERS = 5

_CELLS = 200


def write_map(folder: Path, papers: Sequence[Entry], facts: Facts, cache: Cache) -> None:
    """Write the plane of a draft whose papers are written."""
    points, method = places_of(papers, facts, cache)
    points = fitted(points, method)
    with closing(sqlite3.connect(folder / PAPERS)) as database:
        found = regions(points, _words(database, len(points)))
    Plane(points, method, tuple(found)).write(folder)


def regions(points: FloatArray, words: Iterator[tuple[str, npt.NDArray[np.int32]]]) -> list[Region]:
    """Return the words that keep to one place, the most telling first; `words` are spellings with their papers' rows.

    A word tells of a place by how many of its papers are there, and how many more than of all papers.
    """
    density = Density(points)
    scored = [(_told(points, rows, density), word) for word, rows in words if len(rows) >= LEAST_HOLDERS]
    chosen: list[Region] = []
    for (score, x, y, inside), word in sorted(scored, key=lambda one: (-one[0][0], one[1])):
        if len(chosen) == REGIONS or score <= 0:
            break
        if all(_apart(x, y, word, region) for region in chosen):
            chosen.append(Region(word, x, y, inside))
    return chosen


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


def _told(points: FloatArray, rows: npt.NDArray[np.int32], density: Density) -> tuple[float, float, float, int]:
    x, y = (float(value) for value in np.median(points[rows], axis=0))
    inside = int((np.abs(points[rows] - (x, y)) <= RADIUS).all(axis=1).sum())
    around = max(inside, density.around(x, y))
    if inside < LEAST_HOLDERS:
        return 0.0, x, y, inside
    return inside * float(np.log(inside * len(points) / (len(rows) * around))), x, y, inside


def _apart(x: float, y: float, word: str, other: Region) -> bool:
    return word.casefold() != other.word.casefold() and (x - other.x) ** 2 + (y - other.y) ** 2 >= SPACING**2


def _words(database: sqlite3.Connection, papers: int) -> Iterator[tuple[str, npt.NDArray[np.int32]]]:
    """Yield each word that some papers hold but not many, as the archive spells it, with their rows.

    Two Latin letters are a word only as an acronym.
    """
    size = np.dtype(np.int32).itemsize
    find = "SELECT spelling, rows FROM terms WHERE length(rows) BETWEEN ? AND ? AND length(spelling) > 1 ORDER BY term"
    for word, rows in database.execute(find, (LEAST_HOLDERS * size, papers * size // 4)):
        telling = len(word) > 2 or word.isupper() or language_of(word) == "ko"
        if telling and not any(letter.isdigit() for letter in word):
            yield word, np.frombuffer(rows, np.int32)
