"""Rows of an array in a file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from index.errors import StoreError
from index.store.stored_rows import StoredRows

ROWS = np.arange(300 * 5, dtype=np.int16).reshape(300, 5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "some.npy", ROWS)
    return tmp_path / "some.npy"


def test_ranges_come_one_behind_the_other_in_the_order_asked(path: Path) -> None:
    stored = StoredRows(path)
    assert len(stored) == 300
    starts, ends = np.array([250, 0, 7, 299, 7]), np.array([253, 2, 7, 300, 9])
    expected = np.concatenate([ROWS[start:end] for start, end in zip(starts, ends, strict=True)])
    found = stored.ranges(starts, ends)
    assert found.dtype == np.int16
    assert np.array_equal(found, expected)


def test_no_ranges_give_no_rows(path: Path) -> None:
    nothing = np.zeros(0, np.int64)
    assert StoredRows(path).ranges(nothing, nothing).shape == (0, 5)


def test_threads_may_read_at_once(path: Path) -> None:
    stored = StoredRows(path)
    starts = np.arange(0, 290)

    def read(offset: int) -> bool:
        return np.array_equal(stored.ranges(starts + offset, starts + offset + 1), ROWS[offset : 290 + offset])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, [0, 3, 5, 9] * 10))


def test_rows_outlive_the_name_of_their_file(path: Path) -> None:
    stored = StoredRows(path)
    path.unlink()
    assert np.array_equal(stored.ranges(np.array([2]), np.array([4])), ROWS[2:4])


@pytest.mark.parametrize("content", [b"", b"not an array", b"\x93NUMPY\x01\x00\x05\x00{'a'}"])
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.npy").write_bytes(content)
    with pytest.raises(StoreError, match=r"some\.npy: not a readable array .*rebuild with: nonmun index$"):
        StoredRows(tmp_path / "some.npy")


@pytest.mark.parametrize("array", [np.asfortranarray(ROWS), np.arange(3), np.array([["a", None]], dtype=object)])
def test_an_array_of_another_kind_is_refused(tmp_path: Path, array: npt.NDArray[Any]) -> None:
    np.save(tmp_path / "some.npy", array)
    with pytest.raises(StoreError, match=r"some\.npy: not a"):
        StoredRows(tmp_path / "some.npy")
