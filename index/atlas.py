"""Papers laid out in two dimensions, so that what is alike lies together, with words for its regions.

The plane is that of t-SNE (van der Maaten and Hinton, 2008) where openTSNE is installed, else of the two
principal components.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.generation import TITLE_SHARE, Layout
from index.languages import language_of
from index.manifest import LAYOUT, PAPERS, SECTIONS, TITLES
from index.plane import Plane, Region
from index.pooling import normalized
from index.vectors import VectorIndex

FloatArray = npt.NDArray[np.float32]

LEAST_PAPERS = 500
"""With fewer papers than this, neighbours are too few for t-SNE."""
REGIONS = 120
RADIUS = 0.05
SPACING = 0.04
LEAST_HOLDERS = 5

_BLOCK = 4096
_CELLS = 200
_MARGIN = 0.02
_OUTLIERS = 0.5


def write_map(folder: Path) -> None:
    """Write the plane of a draft whose papers and vectors are written."""
    points, method = lay_out(paper_vectors(folder))
    with closing(sqlite3.connect(folder / PAPERS)) as database:
        found = regions(points, _words(database, len(points)))
    Plane(points, method, tuple(found)).write(folder)


def paper_vectors(folder: Path) -> FloatArray:
    """Return a unit vector of each paper, its sections' mean and its title together, shape (papers, dimensions)."""
    layout, index = Layout.read(folder / LAYOUT), VectorIndex(folder / SECTIONS)
    titles = np.load(folder / TITLES, mmap_mode="r", allow_pickle=False)
    blocks = [
        _block(layout.section_offsets[start : start + _BLOCK + 1], titles[start : start + _BLOCK], index)
        for start in range(0, len(titles), _BLOCK)
    ]
    return np.concatenate(blocks)


def _block(offsets: npt.NDArray[np.int64], titles: npt.NDArray[np.float16], index: VectorIndex) -> FloatArray:
    own = titles.astype(np.float32)
    titled = np.repeat(own, np.diff(offsets), axis=0)
    sections = index.vectors(np.arange(offsets[0], offsets[-1])) - np.float32(TITLE_SHARE) * titled
    sums: FloatArray = np.add.reduceat(normalized(sections), offsets[:-1] - offsets[0], axis=0)
    return normalized(normalized(sums) + normalized(own))


def lay_out(vectors: FloatArray) -> tuple[FloatArray, str]:
    """Return a place in [0, 1] x [0, 1] for each unit vector, shape (n, 2), and the name of the method."""
    if len(vectors) < LEAST_PAPERS or find_spec("openTSNE") is None:
        return fitted(principal_plane(vectors), _OUTLIERS), "pca"
    from openTSNE import TSNE

    method: Any = TSNE(perplexity=30, initialization="pca", metric="cosine", n_jobs=-1, random_state=0)
    return fitted(np.asarray(method.fit(vectors), np.float32)), "tsne"


def principal_plane(vectors: FloatArray) -> FloatArray:
    """Return the first two principal components of vectors, shape (n, 2); each points where its largest part does."""
    moved = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh((moved.T @ moved).astype(np.float64))
    chosen = axes[:, :-3:-1]
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    return np.asarray(moved @ (chosen * signs), np.float32)


def fitted(plane: FloatArray, outliers: float = 0) -> FloatArray:
    """Return places scaled into the unit square, each axis to fill it; equal places lie in the middle.

    `outliers` is the percentage of places at each end of an axis that are moved in to its margin.
    """
    low, high = np.percentile(plane, [outliers, 100 - outliers], axis=0)
    scaled = (plane - (low + high) / 2) / np.maximum((high - low) / 2, 1e-9)
    places: FloatArray = np.asarray(0.5 + scaled.clip(-1, 1) * (0.5 - _MARGIN), np.float32)
    return places


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
