"""Singular vectors by random projection, against those of a full decomposition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from index.arrays import FloatArray
from index.words.svd import right_singular_vectors


def matrix(rows: int, columns: int, rank: int = 3) -> FloatArray:
    """Return a matrix of clearly different singular values, most of it 0."""
    random = np.random.default_rng(rows)
    left, right = random.normal(size=(rows, rank)), random.normal(size=(rank, columns))
    found: FloatArray = ((left * 4.0 ** -np.arange(rank)) @ right).astype(np.float32)
    found[random.random(found.shape) < 0.5] = 0
    return found


@pytest.mark.parametrize(("rows", "columns"), [(60, 200), (200, 60), (50, 50)])
def test_the_first_vectors_are_those_of_a_full_decomposition(rows: int, columns: int) -> None:
    dense = matrix(rows, columns)
    found = right_singular_vectors(sparse.csr_matrix(dense), 2)
    left, _, right = np.linalg.svd(dense, full_matrices=False)
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(left.shape[1])])
    assert found.shape == (columns, 2)
    assert found.dtype == np.float32
    assert found == pytest.approx((right[:2] * signs[:2, None]).T, abs=1e-3)


def test_the_vectors_are_orthonormal() -> None:
    found = right_singular_vectors(sparse.csr_matrix(matrix(80, 90, rank=20)), 10)
    assert found.T @ found == pytest.approx(np.eye(10), abs=1e-4)


def test_the_same_matrix_gives_the_same_bytes_each_time() -> None:
    one, other = (right_singular_vectors(sparse.csr_matrix(matrix(120, 300)), 5) for _ in range(2))
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (2, 2)])
def test_the_smallest_matrices_have_a_vector(shape: tuple[int, int]) -> None:
    found = right_singular_vectors(sparse.csr_matrix(np.ones(shape, np.float32)), 1)
    assert found == pytest.approx(np.full((shape[1], 1), shape[1] ** -0.5), abs=1e-5)
