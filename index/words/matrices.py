"""Sparse matrices that grow block by block, and columns numbered as they come."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from index.arrays import Int32Array, Offsets, offsets_of


def counted(columns: npt.NDArray[Any], offsets: Offsets, width: int, weights: npt.NDArray[Any] | None = None) -> Any:
    """Return the matrix whose row i adds 1, or the weight, at each of `columns[offsets[i] : offsets[i + 1]]`."""
    data = np.ones(len(columns), np.float32) if weights is None else weights.astype(np.float32)
    return sparse.csr_matrix((data, columns, offsets), (len(offsets) - 1, width))


class Numbering:
    """Gives numbers columns in the order in which they first come."""

    def __init__(self) -> None:
        self._columns = np.full(0, -1, np.int32)
        self._numbers: list[npt.NDArray[Any]] = []
        self.size = 0

    def columns(self, numbers: npt.NDArray[Any]) -> Int32Array:
        """Return the column of each number, giving new ones the next."""
        top = int(numbers.max(initial=-1)) + 1
        if top > len(self._columns):
            more = np.full(max(top, 2 * len(self._columns)) - len(self._columns), -1, np.int32)
            self._columns = np.concatenate([self._columns, more])
        fresh = numbers[self._columns[numbers] < 0]
        if len(fresh):
            _, first = np.unique(fresh, return_index=True)
            new = fresh[np.sort(first)]
            self._columns[new] = np.arange(self.size, self.size + len(new), dtype=np.int32)
            self._numbers.append(new)
            self.size += len(new)
        found: Int32Array = self._columns[numbers]
        return found

    def numbers(self, start: int = 0) -> npt.NDArray[Any]:
        """Return the numbers of the columns from `start` on, in order."""
        found = np.concatenate([np.zeros(0, np.int64), *self._numbers])
        return found[start:]


class MatrixRows:
    """Collects the rows of a sparse matrix block by block; later blocks may be wider."""

    def __init__(self) -> None:
        self._columns: list[Int32Array] = []
        self._values: list[npt.NDArray[Any]] = []
        self._sizes: list[npt.NDArray[Any]] = []

    def add(self, block: Any) -> None:
        """Append the rows of a sparse matrix in compressed rows."""
        self._columns.append(block.indices.astype(np.int32))
        self._values.append(block.data)
        self._sizes.append(np.diff(block.indptr))

    def matrix(self, width: int) -> Any:
        """Return all rows as one matrix of float32, `width` columns wide, and forget them here."""
        columns = np.concatenate([np.zeros(0, np.int32), *self._columns])
        self._columns.clear()
        values = np.concatenate([np.zeros(0, np.float32), *self._values])
        self._values.clear()
        offsets = offsets_of(np.concatenate([np.zeros(0, np.int64), *self._sizes]))
        self._sizes.clear()
        return sparse.csr_matrix((values, columns, offsets), (len(offsets) - 1, width))
