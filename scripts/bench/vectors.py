"""The vector index by itself: build time, latency and recall at several sizes, on vectors drawn around real ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from index.arrays import FloatArray, Mask, RowArray
from index.store.vectors import VectorIndex, VectorWriter
from scripts.bench.common import latency, memory_mb, say

NEAREST = 10
QUERIES = 50
SHARES = (1.0, 0.5, 0.1, 0.01)
SPREAD = 0.4
"""How far a drawn vector lies from its real one, as a share of how far real ones lie from each other."""
_BLOCK = 32_768


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Vectors drawn around real ones, (n, d), with the real ones' own covariance; the same at every reading."""

    around: FloatArray
    rows: int
    seed: int = 0

    def blocks(self) -> Iterator[FloatArray]:
        """Yield the vectors, shape (rows of the block, d), in order."""
        factor = self._factor()
        for number, start in enumerate(range(0, self.rows, _BLOCK)):
            yield self._block(number, min(_BLOCK, self.rows - start), factor)

    def queries(self, count: int) -> FloatArray:
        """Return vectors that are drawn alike but are none of these, shape (count, d)."""
        return self._block(-1, count, self._factor())

    def _block(self, number: int, rows: int, factor: FloatArray) -> FloatArray:
        generator = np.random.default_rng([self.seed, number + 1])
        centres = self.around[generator.integers(0, len(self.around), rows)]
        noise = generator.standard_normal((rows, self.around.shape[1]), dtype=np.float32)
        block: FloatArray = centres + noise @ factor
        return block

    def _factor(self) -> FloatArray:
        """Return what makes noise of independent numbers as wide in each direction as the real vectors are."""
        values, vectors = np.linalg.eigh(np.cov(self.around.astype(np.float64), rowvar=False))
        factor: FloatArray = (SPREAD * np.sqrt(np.maximum(values, 0))[:, None] * vectors.T).astype(np.float32)
        return factor


def measure_index(around: FloatArray, rows: int, folder: Path | None = None) -> list[dict[str, Any]]:
    """Return the figures of an index of so many vectors, one row a filter."""
    drawn = Drawn(around, rows)
    with TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "some.faiss"
        say(f"vector index: {rows:,} rows")
        seconds = build(drawn, path)
        index = VectorIndex(path)
        masks = [None if share == 1 else _mask(rows, share) for share in SHARES]
        queries = drawn.queries(QUERIES)
        exact = nearest(drawn, queries, masks)
        shared = {"rows": rows, "index": index.kind, "build_s": round(seconds, 2)}
        shared["disk_mb"] = round(path.stat().st_size / 1e6, 1)
        return [
            {**shared, "filter": share, **searched(index, queries, mask, found), "resident_mb": memory_mb()}
            for share, mask, found in zip(SHARES, masks, exact, strict=True)
        ]


def build(drawn: Drawn, path: Path) -> float:
    """Write the index, and return in how many seconds, drawing left out."""
    writer, seconds = VectorWriter(drawn.around.shape[1]), 0.0
    for block in drawn.blocks():
        started = time.perf_counter()
        writer.add(block)
        seconds += time.perf_counter() - started
    started = time.perf_counter()
    writer.write(path)
    return seconds + time.perf_counter() - started


def _mask(rows: int, share: float) -> Mask:
    mask: Mask = np.random.default_rng(1).random(rows) < share
    return mask


def nearest(drawn: Drawn, queries: FloatArray, masks: Sequence[Mask | None]) -> list[RowArray]:
    """Return the rows of each query's nearest allowed vectors, compared one by one in float32: (queries, NEAREST)."""
    best = [(np.full((len(queries), 0), 0, np.float32), np.zeros((len(queries), 0), np.int64)) for _ in masks]
    start = 0
    for block in drawn.blocks():
        scores = queries @ block.T
        rows = np.arange(start, start + len(block))
        for i, mask in enumerate(masks):
            allowed = slice(None) if mask is None else mask[rows]
            best[i] = _merged(best[i], scores[:, allowed], rows[allowed])
        start += len(block)
    return [rows for _, rows in best]


def _merged(best: tuple[FloatArray, RowArray], scores: FloatArray, rows: RowArray) -> tuple[FloatArray, RowArray]:
    scores = np.concatenate([best[0], scores], axis=1)
    numbers = np.concatenate([best[1], np.broadcast_to(rows, (len(scores), len(rows)))], axis=1)
    order = np.argsort(-scores, axis=1)[:, :NEAREST]
    return np.take_along_axis(scores, order, axis=1), np.take_along_axis(numbers, order, axis=1)


def searched(index: VectorIndex, queries: FloatArray, mask: Mask | None, exact: RowArray) -> dict[str, float]:
    """Return how long single queries take, and which share of the nearest is found."""
    index.search(queries[0], NEAREST, mask)
    seconds, found = [], 0
    for query, expected in zip(queries, exact, strict=True):
        started = time.perf_counter()
        _, rows = index.search(query, NEAREST, mask)
        seconds.append(time.perf_counter() - started)
        found += len(set(rows.tolist()) & set(expected.tolist()))
    return {**latency(seconds), "recall@10": round(found / exact.size, 4)}
