"""Arrays that lie in a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from index.pipeline.disk_arrays import saved, scratch


def test_a_saved_array_is_read_by_numpy_as_it_was_written(tmp_path: Path) -> None:
    values = np.arange(12, dtype=np.int8).reshape(4, 3)
    with saved(tmp_path / "some.npy", np.int8, (4, 3)) as array:
        assert not array.rows.any()
        array.rows[[3, 1]] = values[[3, 1]]
        array.release()
        array.rows[[0, 2]] = values[[0, 2]]
    assert np.array_equal(np.load(tmp_path / "some.npy", allow_pickle=False), values)
    np.save(tmp_path / "other.npy", values)
    assert (tmp_path / "some.npy").read_bytes() == (tmp_path / "other.npy").read_bytes()


def test_what_was_released_is_read_again(tmp_path: Path) -> None:
    with scratch(tmp_path, np.float16, (5, 2)) as array:
        array.rows[2] = 7
        array.release()
        assert array.rows[2].tolist() == [7, 7]
        assert array.rows[:2].sum() == 0


def test_a_scratch_array_leaves_nothing_behind(tmp_path: Path) -> None:
    with scratch(tmp_path, np.float32, (100, 10)) as array:
        array.rows[:] = 1
    assert list(tmp_path.iterdir()) == []


def test_an_array_without_rows_can_be_saved(tmp_path: Path) -> None:
    with saved(tmp_path / "none.npy", np.int8, (0, 3)):
        pass
    assert np.load(tmp_path / "none.npy", allow_pickle=False).shape == (0, 3)


def test_an_array_is_never_written_over_a_file(tmp_path: Path) -> None:
    (tmp_path / "some.npy").write_text("kept")
    with pytest.raises(FileExistsError), saved(tmp_path / "some.npy", np.int8, (1, 1)):
        pass
    assert (tmp_path / "some.npy").read_text() == "kept"


def test_a_full_disk_is_an_error_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(OSError, match="No space left"), scratch(tmp_path, np.int8, (3, 3)):
        pass
