"""Arrays that lie in a file: as large as the disk allows, while little of them is in memory."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import numpy as np
import numpy.typing as npt


class DiskArray:
    """Rows of one type and length in a file, which `rows` reads and writes in any order."""

    def __init__(self, file: IO[bytes], dtype: npt.DTypeLike, shape: tuple[int, int]) -> None:
        """Take the rest of a file, from where it stands, for an array of zeros."""
        start, count = file.tell(), shape[0] * shape[1]
        end = start + count * np.dtype(dtype).itemsize
        file.truncate(end)
        _reserve(file.fileno(), end)
        self._map = mmap.mmap(file.fileno(), end)
        self.rows: npt.NDArray[Any] = np.frombuffer(self._map, dtype, count, start).reshape(shape)

    def release(self) -> None:
        """Give the memory back that the rows in use have taken; what was written to them stays written."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)


@contextmanager
def scratch(folder: Path, dtype: npt.DTypeLike, shape: tuple[int, int]) -> Iterator[DiskArray]:
    """Yield an array of zeros in a file without a name, which is gone afterwards."""
    with TemporaryFile(dir=folder) as file:
        yield DiskArray(file, dtype, shape)


@contextmanager
def saved(path: Path, dtype: npt.DTypeLike, shape: tuple[int, int]) -> Iterator[DiskArray]:
    """Yield an array of zeros in a new `.npy` file."""
    with path.open("x+b") as file:
        np.lib.format.write_array_header_1_0(file, _header(dtype, shape))
        file.flush()
        yield DiskArray(file, dtype, shape)


def _reserve(file: int, size: int) -> None:
    """Take the disk space for a file, so that a full disk is an error now and not a crash at some later write."""
    if size and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)


def _header(dtype: npt.DTypeLike, shape: tuple[int, int]) -> dict[str, Any]:
    return {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
