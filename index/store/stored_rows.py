"""Rows of an array in a `.npy` file, read when they are asked for and kept by the system's cache alone.

A mapped file counts as memory of the process wherever it was once looked at; read so, it does not.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import StoreError


class StoredRows:
    """The rows of a two-dimensional array in a file; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                np.lib.format.read_magic(file)
                shape, by_columns, self._dtype = np.lib.format.read_array_header_1_0(file)
                self._start = file.tell()
            self._count, self._columns = shape
        except ValueError as error:
            raise StoreError(f"{path}: not a readable array ({error}); rebuild with: nonmun index") from error
        if by_columns or self._dtype.hasobject:
            raise StoreError(f"{path}: not an array of numbers, row by row; rebuild with: nonmun index")
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return int(self._count)

    def ranges(self, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Return the rows from each start up to its end, one range behind the other, shape (rows, columns)."""
        width = self._columns * self._dtype.itemsize
        places, sizes = (self._start + starts * width).tolist(), ((ends - starts) * width).tolist()
        parts = [os.pread(self._file, size, place) for place, size in zip(places, sizes, strict=True)]
        return np.frombuffer(b"".join(parts), self._dtype).reshape(-1, self._columns)
