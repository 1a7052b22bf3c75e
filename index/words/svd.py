"""The first singular vectors of a large sparse matrix, by random projection (Halko, Martinsson and Tropp, 2011)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import linalg, sparse

from index.arrays import FloatArray

_ITERATIONS = 4
_SPARE = 10
_SEED = 0
_THREADS = 2


def right_singular_vectors(matrix: Any, wanted: int) -> FloatArray:
    """Return the first right singular vectors of a sparse matrix (m, n) of float32, shape (n, wanted).

    Of each pair of singular vectors, the left one's largest entry is positive. The same matrix gives the same
    vectors, however many cores there are.
    """
    wide = matrix.shape[0] < matrix.shape[1]
    upright, lying = (matrix.T, matrix) if wide else (matrix, matrix.T)
    with ThreadPoolExecutor(_THREADS) as pool:
        tall, flat = _Product(upright, pool), _Product(lying, pool)
        basis = _range(tall, flat, wanted + _SPARE)
        small = flat @ basis
    turned, _, other = linalg.svd(small.T, full_matrices=False)
    one = basis @ turned
    left, right = (other.T, one) if wide else (one, other.T)
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])])
    vectors: FloatArray = np.asarray((right * signs)[:, :wanted], np.float32)
    return vectors


def _range(tall: _Product, flat: _Product, size: int) -> FloatArray:
    """Return an orthonormal basis of nearly all that a matrix reaches, shape (m, size)."""
    start = np.random.RandomState(_SEED).normal(size=(flat.rows, size)).astype(np.float32)
    basis = start
    for _ in range(_ITERATIONS):
        basis, _ = linalg.lu(tall @ basis, permute_l=True, check_finite=False)
        basis, _ = linalg.lu(flat @ basis, permute_l=True, check_finite=False)
    found, _ = linalg.qr(tall @ basis, mode="economic", check_finite=False)
    return np.asarray(found, np.float32)


class _Product:
    """A sparse matrix in bands of rows, each of which a thread multiplies; a row's sum never depends on the bands."""

    def __init__(self, matrix: Any, pool: ThreadPoolExecutor) -> None:
        rows = matrix.tocsr()
        rows.sort_indices()
        self.rows = rows.shape[0]
        bounds = np.searchsorted(rows.indptr, np.linspace(0, rows.nnz, _THREADS + 1)[1:-1]).tolist()
        self._bands = [_band(rows, *pair) for pair in pairwise([0, *bounds, self.rows])]
        self._pool = pool

    def __matmul__(self, other: FloatArray) -> FloatArray:
        dense = np.ascontiguousarray(other)
        return np.concatenate(list(self._pool.map(lambda band: band @ dense, self._bands)))


def _band(matrix: Any, start: int, end: int) -> Any:
    """Return some rows of a matrix in compressed rows, without a copy of what they hold."""
    held = slice(matrix.indptr[start], matrix.indptr[end])
    offsets = matrix.indptr[start : end + 1] - matrix.indptr[start]
    return sparse.csr_matrix((matrix.data[held], matrix.indices[held], offsets), (end - start, matrix.shape[1]))
