"""Search over half-precision vectors: exact while they are few, quantized and refined beyond."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.arrays import FloatArray, Mask
from index.errors import StoreError
from index.store import vectors
from index.store.vectors import VectorIndex, VectorWriter

ROWS, DIMENSIONS = 203, 24


@pytest.fixture(scope="module")
def stored() -> FloatArray:
    drawn = np.random.default_rng(7).normal(size=(ROWS, DIMENSIONS))
    units: FloatArray = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    return units


@pytest.fixture(params=["flat", "quantized"])
def index(
    request: pytest.FixtureRequest, stored: FloatArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> VectorIndex:
    """Every promise holds for either kind of index."""
    if request.param == "quantized":
        monkeypatch.setattr(vectors, "FLAT_ROWS", 60)
        monkeypatch.setattr(vectors, "EXACT_ROWS", 10)
    writer = VectorWriter(DIMENSIONS)
    writer.add(stored[:50])
    writer.add(stored[50:])
    writer.write(tmp_path / "some.faiss")
    made = VectorIndex(tmp_path / "some.faiss")
    assert ("quantization" in made.kind) == (request.param == "quantized")
    return made


def expected(stored: FloatArray, query: FloatArray, k: int, allowed: Mask) -> list[int]:
    rows = np.flatnonzero(allowed)
    return [int(row) for row in rows[np.argsort(-(stored[rows] @ query), kind="stable")][:k]]


def masks() -> list[Mask]:
    generator = np.random.default_rng(3)
    shares = [generator.random(ROWS) < share for share in (0.02, 0.5, 0.97)]
    one = np.zeros(ROWS, np.bool_)
    one[ROWS - 1] = True
    return [*shares, one, np.ones(ROWS, np.bool_)]


def test_rows_keep_their_order_over_several_additions(index: VectorIndex, stored: FloatArray) -> None:
    assert (index.rows, index.dimensions) == (ROWS, DIMENSIONS)
    assert np.array_equal(index.vectors(np.array([200, 0, 50, 49])), stored[[200, 0, 50, 49]])


def test_the_best_rows_come_first_with_their_inner_products(index: VectorIndex, stored: FloatArray) -> None:
    for query in stored[:5] + stored[5:10]:
        scores, rows = index.search(query, 20)
        assert list(rows) == expected(stored, query, 20, np.ones(ROWS, np.bool_))
        assert scores == pytest.approx(stored[rows] @ query, abs=1e-5)
        assert (np.diff(scores) <= 0).all()


@pytest.mark.parametrize("allowed", masks(), ids=lambda mask: f"{int(mask.sum())} allowed")
def test_a_filter_is_exact(index: VectorIndex, stored: FloatArray, allowed: Mask) -> None:
    query = stored[11] + stored[12]
    _, rows = index.search(query, 30, allowed)
    assert list(rows) == expected(stored, query, 30, allowed)


def test_many_queries_at_once_find_what_each_finds_alone(index: VectorIndex, stored: FloatArray) -> None:
    for k in (20, 10**6):
        for query, scores, rows in zip(stored[:9], *index.search_all(stored[:9], k), strict=True):
            alone_scores, alone_rows = index.search(query, k)
            assert rows.tolist() == alone_rows.tolist()
            assert scores.tobytes() == alone_scores.tobytes()


def test_fewer_come_back_where_fewer_are_allowed(index: VectorIndex, stored: FloatArray) -> None:
    nobody = np.zeros(ROWS, np.bool_)
    assert [len(part) for part in index.search(stored[0], 5, nobody)] == [0, 0]
    assert len(index.search(stored[0], 10**6)[1]) == ROWS


def test_no_rows_give_no_vectors(index: VectorIndex) -> None:
    assert index.vectors(np.zeros(0, np.int64)).shape == (0, DIMENSIONS)


def test_vectors_are_kept_to_half_precision(tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).normal(size=(10, DIMENSIONS)).astype(np.float32)
    writer = VectorWriter(DIMENSIONS)
    writer.add(drawn)
    writer.write(tmp_path / "some.faiss")
    kept = VectorIndex(tmp_path / "some.faiss").vectors(np.arange(10))
    assert np.array_equal(kept, drawn.astype(np.float16).astype(np.float32))


def topical(rows: int, dimensions: int) -> FloatArray:
    """Return unit vectors that lie by topics, as those of texts do."""
    generator = np.random.default_rng(5)
    topics = generator.normal(size=(100, dimensions))
    drawn = topics[generator.integers(0, 100, rows)] + generator.normal(size=(rows, dimensions))
    units: FloatArray = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return units


def test_a_quantized_index_finds_the_nearest_with_and_without_a_filter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "FLAT_ROWS", 2000)
    monkeypatch.setattr(vectors, "EXACT_ROWS", 1000)
    monkeypatch.setattr(vectors, "LOOKED_AT", 200)
    stored = topical(20_000, 64)
    writer = VectorWriter(64)
    writer.add(stored)
    writer.write(tmp_path / "some.faiss")
    index = VectorIndex(tmp_path / "some.faiss")
    generator = np.random.default_rng(6)
    for share in (1.0, 0.5, 0.1, 0.01):
        allowed = generator.random(len(stored)) < share
        found = 0
        for query in stored[::400] + 0.5 * stored[200::400]:
            rows = index.search(query, 10, None if share == 1 else allowed)[1]
            assert allowed[rows].all()
            found += len(set(expected(stored, query, 10, allowed)) & set(rows.tolist()))
        assert found >= 0.99 * 500


@pytest.mark.parametrize("content", [b"", b"not an index", b"\x00" * 100])
def test_a_file_that_is_no_index_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.faiss").write_bytes(content)
    with pytest.raises(StoreError, match=r"some\.faiss: not a readable vector index; rebuild with: nonmun index$"):
        VectorIndex(tmp_path / "some.faiss")
