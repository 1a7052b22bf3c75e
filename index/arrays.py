"""Array types with their true dtypes, and what is done with arrays everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

AnyArray = npt.NDArray[Any]
FloatArray = npt.NDArray[np.float32]
DoubleArray = npt.NDArray[np.float64]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
RowArray = npt.NDArray[np.int64]
"""Rows of papers or sections, shape (n,)."""
Offsets = npt.NDArray[np.int64]
"""Where each of some runs starts, and where the last ends, shape (runs + 1,)."""
Mask = npt.NDArray[np.bool_]

T = TypeVar("T")


def normalized(vectors: FloatArray) -> FloatArray:
    """Return vectors (..., d) scaled to unit length; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    units: FloatArray = (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)
    return units


def offsets_of(sizes: npt.ArrayLike) -> Offsets:
    """Return where each of some runs starts, and where the last ends, shape (runs + 1,)."""
    counts = np.asarray(sizes, np.int64)
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def runs(starts: AnyArray, sizes: AnyArray) -> Offsets:
    """Return the places of some runs, one run after the other: `start, start + 1, ...` so many times each."""
    offsets = offsets_of(sizes)
    places: Offsets = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], sizes)
    return places


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in lists of so many, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
