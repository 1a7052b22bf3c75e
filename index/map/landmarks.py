"""The map is drawn by a steady sample of papers, once and for long; every other paper goes where its nearest lie.

A new drawing moves everything and takes long. So the landmarks are papers of months that are over, chosen by
their ids: from one day to the next they are the same, and only new papers look for their places.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.arrays import DoubleArray, FloatArray, RowArray, batches
from index.cache.database import Cache
from index.cache.paper_facts import PaperFacts
from index.encoding import pooling
from index.map import drawing, paper_vectors
from index.map.drawing import LEAST_PAPERS, draw, made_by, method_for
from index.map.paper_vectors import PaperVectors
from index.paper import sample_of
from index.sources.corpus import SourceEntry
from index.versions import version_of
from index.words import languages

LANDMARKS = 3000
NEAREST = 10
_AT_ONCE = 2048
_DECIMALS = 4
"""What is rounded so is the same whether papers look for their places together or one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """Landmarks: their unit vectors (n, d) and their places (n, 2)."""

    vectors: FloatArray
    points: DoubleArray

    def place(self, vectors: FloatArray) -> DoubleArray:
        """Return the mean place of each unit vector's nearest landmarks, the nearer the weightier, shape (n, 2)."""
        alike = vectors.astype(np.float64) @ self.vectors.T.astype(np.float64)
        count = min(NEAREST, alike.shape[1] - 1)
        nearest = np.argpartition(-alike, count, axis=1)[:, : count + 1]
        near = np.take_along_axis(alike, nearest, axis=1)
        weights = near - near.min(axis=1, keepdims=True) + 1e-9
        sums = (self.points[nearest] * weights[..., None]).sum(axis=1)
        places: DoubleArray = (sums / weights.sum(axis=1, keepdims=True)).round(_DECIMALS)
        return places


def places_of(papers: Sequence[SourceEntry], facts: PaperFacts, cache: Cache) -> tuple[DoubleArray, str]:
    """Return a place for each paper, shape (papers, 2), on a scale of its own, and the name of the method."""
    rows = landmarks_of(papers)
    vectors, method = PaperVectors(facts, cache, rows), method_for(len(rows))
    others = np.setdiff1d(np.arange(len(papers)), rows)
    points = np.zeros((len(papers), 2))
    points[rows] = _drawn(vectors, rows, method, cache)
    points[others] = _placed(vectors, others, rows, points[rows], cache)
    return points, method


def landmarks_of(papers: Sequence[SourceEntry]) -> RowArray:
    """Return the rows of the papers that the map is drawn by, ascending."""
    newest = max(paper.date for paper in papers)[:7]
    settled = [row for row, paper in enumerate(papers) if paper.date[:7] < newest]
    if len(settled) < LEAST_PAPERS:
        settled = list(range(len(papers)))
    chosen = sample_of([papers[row].id for row in settled], LANDMARKS)
    return np.array(settled, np.int64)[chosen]


def _drawn(vectors: PaperVectors, rows: RowArray, method: str, cache: Cache) -> DoubleArray:
    """Return the places of the landmarks, as they were drawn before if they are the same."""
    code = version_of(drawing, languages, paper_vectors, pooling, sys.modules[__name__], made_by(method))
    key = hashlib.sha256(code.encode() + b"".join(vectors.marks(rows))).digest()
    found = cache.database.execute("SELECT places FROM drawings WHERE key = ?", (key,)).fetchone()
    if found is not None:
        return np.frombuffer(found[0], np.float64).reshape(-1, 2)
    places = draw(vectors.of(rows), method).astype(np.float64)
    with cache.database as database:
        database.execute("DELETE FROM drawings")
        database.execute("DELETE FROM places")
        database.execute("INSERT INTO drawings VALUES (?, ?)", (key, places.tobytes()))
    return places


def _placed(
    vectors: PaperVectors, rows: RowArray, landmarks: RowArray, points: DoubleArray, cache: Cache
) -> DoubleArray:
    """Return the places of other papers; those that have found theirs by the same drawing keep it."""
    marks = vectors.marks(rows)
    find = "SELECT mark, x, y FROM places WHERE mark IN ({keys})"
    known = {mark: place for mark, *place in cache.rows(find, marks)}
    new = [place for place, mark in enumerate(marks) if mark not in known]
    if new:
        guide = Guide(vectors.of(landmarks), points)
        for some in batches(new, _AT_ONCE):
            places = guide.place(vectors.of(rows[some])).tolist()
            found = dict(zip((marks[place] for place in some), places, strict=True))
            _keep(found, cache)
            known |= found
    return np.array([known[mark] for mark in marks], np.float64).reshape(-1, 2)


def _keep(places: Mapping[bytes, Sequence[float]], cache: Cache) -> None:
    with cache.database as database:
        rows = ((mark, *place) for mark, place in places.items())
        database.executemany("INSERT OR REPLACE INTO places VALUES (?, ?, ?)", rows)
