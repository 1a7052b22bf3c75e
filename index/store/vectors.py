"""The vector index: the only module that imports FAISS.

Up to FLAT_ROWS vectors every one is compared with the query, in half precision. Beyond that, product
quantization with fast scan (André et al., 2015, as in FAISS) finds candidates from 4 bits for every two
dimensions, and the half-precision vectors score these exactly. A filter is exact either way: where it leaves
EXACT_ROWS or fewer, all of them are compared; else the scan skips what it leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from index.arrays import FloatArray, Mask, RowArray
from index.errors import StoreError


@dataclass(frozen=True, slots=True)
class Where:
    """What all rows that are allowed have in common: days as yyyymmdd, votes, kind, labels such as `author:kim`.

    An index may use it to look at fewer rows; which ones are allowed, the mask says.
    """

    first_day: int | None = None
    last_day: int | None = None
    least_votes: int | None = None
    kind: int | None = None
    labels: tuple[str, ...] = ()


ASKED_FOR = ("author:", "field:")
"""How the labels begin that `Where` may name."""
EVERYWHERE = Where()


class SectionIndex(Protocol):
    """What the engine needs of the place where section vectors are: row i is section i of a generation."""

    @property
    def rows(self) -> int:
        """How many vectors there are."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    @property
    def kind(self) -> str:
        """How the index searches, in words."""

    def search(
        self, query: FloatArray, k: int, allowed: Mask | None = None, where: Where = EVERYWHERE
    ) -> tuple[FloatArray, RowArray]:
        """Return the inner products and rows of the k best of the allowed rows, best first."""

    def vectors(self, rows: RowArray) -> FloatArray:
        """Return the stored vectors of some rows, shape (len(rows), dimensions)."""


FLAT_ROWS = 100_000
"""At 384 dimensions, so many are compared in some 4 ms on one core; a scan of twice as many takes 1 ms."""
EXACT_ROWS = 20_000
LOOKED_AT = 1000
"""The least number of candidates that a quantized index scores exactly."""
TRAINED_ON = 65_536
_BLOCK = 65_536


class VectorWriter:
    """Collects vectors in row order and writes them as half-precision floats, quantized too where they are many."""

    def __init__(self, dimensions: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._flat: Any = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._flat.is_trained = True

    def add(self, vectors: FloatArray) -> None:
        """Append vectors, shape (n, dimensions)."""
        self._flat.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        index = self._flat
        if self._flat.ntotal > FLAT_ROWS:
            index = self._faiss.IndexRefine(self._quantized(), self._flat)
        try:
            self._faiss.write_index(index, str(path))
        except RuntimeError as error:
            raise OSError(f"{path}: cannot be written ({error})") from error

    def _quantized(self) -> Any:
        faiss, rows, dimensions = self._faiss, self._flat.ntotal, self._flat.d
        parts = dimensions // 2 if dimensions % 2 == 0 else dimensions
        # One list that holds everything: unlike a plain PQ, it can skip what a filter leaves out.
        quantized = faiss.IndexIVFPQFastScan(
            faiss.IndexFlatIP(dimensions), dimensions, 1, parts, 4, faiss.METRIC_INNER_PRODUCT
        )
        quantized.by_residual = False
        sample = np.unique(np.linspace(0, rows - 1, TRAINED_ON).astype(np.int64))
        quantized.train(self._flat.reconstruct_batch(sample))
        for start in range(0, rows, _BLOCK):
            quantized.add(self._flat.reconstruct_n(start, min(_BLOCK, rows - start)))
        return quantized


class VectorIndex:
    """Inner-product search over the rows of one index file, its scores exact up to half precision."""

    def __init__(self, path: Path) -> None:
        import faiss

        self._faiss: Any = faiss
        try:
            index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise StoreError(f"{path}: not a readable vector index; rebuild with: nonmun index") from error
        self._index = index
        self._quantized = isinstance(index, faiss.IndexRefine)
        self._flat: Any = faiss.downcast_index(index.refine_index) if self._quantized else index

    @property
    def rows(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return int(self._index.d)

    @property
    def kind(self) -> str:
        """How the index searches, in words."""
        if self._quantized:
            return "product quantization with fast scan, refined in half precision"
        return "every vector compared, in half precision"

    def search(
        self, query: FloatArray, k: int, allowed: Mask | None = None, where: Where = EVERYWHERE
    ) -> tuple[FloatArray, RowArray]:
        """Return the scores and rows of the k best of the allowed rows, best first; fewer where fewer are allowed."""
        usable = self.rows if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, usable)
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        wanted = np.ascontiguousarray(query[None, :], np.float32)
        selector = None if allowed is None else self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        with self._one_thread():
            if self._quantized and usable > EXACT_ROWS:
                looked_at = min(max(k, LOOKED_AT), usable)
                scores, rows = self._index.search(wanted, looked_at, params=self._refined(selector))
            else:
                parameters = None if selector is None else self._faiss.SearchParameters(sel=selector)
                scores, rows = self._flat.search(wanted, k, params=parameters)
        return scores[0, :k], rows[0, :k]

    @contextmanager
    def _one_thread(self) -> Iterator[None]:
        """Have faiss do with the thread that calls it: for one query, more of them only wait for each other."""
        threads = self._faiss.omp_get_max_threads()
        self._faiss.omp_set_num_threads(1)
        try:
            yield
        finally:
            self._faiss.omp_set_num_threads(threads)

    def _refined(self, selector: Any) -> Any:
        scan = self._faiss.SearchParametersIVF(nprobe=1, sel=selector)
        return self._faiss.IndexRefineSearchParameters(k_factor=1, base_index_params=scan)

    def search_all(self, queries: FloatArray, k: int) -> tuple[FloatArray, RowArray]:
        """Return the scores and rows of the k best for each query, shape (queries, k), k at most the number of rows."""
        wanted, k = np.ascontiguousarray(queries, np.float32), min(k, self.rows)
        if not self._quantized:
            scores, rows = self._flat.search(wanted, k)
        else:
            scores, rows = self._index.search(wanted, max(k, min(LOOKED_AT, self.rows)), params=self._refined(None))
        return scores[:, :k], rows[:, :k]

    def vectors(self, rows: RowArray) -> FloatArray:
        """Return the stored vectors of some rows, shape (len(rows), dimensions)."""
        if not len(rows):
            return np.zeros((0, self.dimensions), np.float32)
        with self._one_thread():
            found: FloatArray = self._flat.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found
