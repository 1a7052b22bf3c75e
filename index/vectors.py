"""The vector index: the only module that imports FAISS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import StoreError

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class VectorWriter:
    """Collects vectors in row order and writes them as half-precision floats."""

    def __init__(self, dimensions: int) -> None:
        import faiss

        self._faiss: Any = faiss
        self._index: Any = faiss.IndexScalarQuantizer(
            dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._index.is_trained = True

    def add(self, vectors: FloatArray) -> None:
        """Append vectors, shape (n, dimensions)."""
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def write(self, path: Path) -> None:
        """Write the index to a new file."""
        self._faiss.write_index(self._index, str(path))


class VectorIndex:
    """Inner-product search over the rows of one index file, exact up to half precision."""

    def __init__(self, path: Path) -> None:
        import faiss

        self._faiss: Any = faiss
        try:
            self._index: Any = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise StoreError(f"{path}: not a readable vector index; rebuild with: nonmun index") from error

    @property
    def rows(self) -> int:
        """How many vectors there are."""
        return int(self._index.ntotal)

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""
        return int(self._index.d)

    def search(self, query: FloatArray, k: int, allowed: Mask | None = None) -> tuple[FloatArray, RowArray]:
        """Return the scores and rows of the k best of the allowed rows, best first; fewer where fewer are allowed."""
        k = min(k, self.rows if allowed is None else int(allowed.sum()))
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        parameters = None
        if allowed is not None:
            bitmap = np.packbits(allowed, bitorder="little")
            selector = self._faiss.IDSelectorBitmap(bitmap)
            parameters = self._faiss.SearchParameters(sel=selector)
        scores, rows = self._index.search(np.ascontiguousarray(query[None, :], np.float32), k, params=parameters)
        return scores[0], rows[0]

    def search_all(self, queries: FloatArray, k: int) -> tuple[FloatArray, RowArray]:
        """Return the scores and rows of the k best for each query, shape (queries, k), k at most the number of rows."""
        scores, rows = self._index.search(np.ascontiguousarray(queries, np.float32), min(k, self.rows))
        return scores, rows

    def vectors(self, rows: RowArray) -> FloatArray:
        """Return the stored vectors of some rows, shape (len(rows), dimensions)."""
        if not len(rows):
            return np.zeros((0, self.dimensions), np.float32)
        found: FloatArray = self._index.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
        return found
