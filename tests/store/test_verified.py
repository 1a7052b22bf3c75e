"""Which files of a generation are compared with their digests again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import StoreError
from index.publishing.opening import open_generation
from index.store import manifest as m
from index.store import verified


@pytest.fixture
def store(example_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the example store, with a cache folder of its own and no file changed a moment ago."""
    monkeypatch.setenv("NONMUN_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "copy"
    shutil.copytree(example_store, copy, ignore=shutil.ignore_patterns("cache.sqlite*"))
    monkeypatch.setattr(verified, "_TICK_NS", 0)
    return copy


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders whose files are compared with their digests, as they are."""
    found: list[Path] = []
    check = m.check_files

    def check_files(folder: Path, manifest: m.Manifest) -> None:
        found.append(folder)
        check(folder, manifest)

    monkeypatch.setattr(verified, "check_files", check_files)
    return found


def opened(store: Path) -> None:
    open_generation(store).close()


def test_an_unchanged_store_is_compared_once(store: Path, compared: list[Path]) -> None:
    for _ in range(3):
        opened(store)
    assert len(compared) == 1


def written_again(path: Path) -> None:
    path.write_bytes(path.read_bytes())


def touched(path: Path) -> None:
    os.utime(path)


def replaced(path: Path) -> None:
    shutil.copy2(path, path.with_name("aside"))
    path.with_name("aside").replace(path)


@pytest.mark.parametrize("change", [written_again, touched, replaced])
@pytest.mark.parametrize("name", [m.MANIFEST, m.SECTIONS, m.PAPERS])
def test_a_file_that_may_have_changed_is_compared_again(
    store: Path, compared: list[Path], name: str, change: Callable[[Path], None]
) -> None:
    opened(store)
    change(m.current_folder(store) / name)
    opened(store)
    opened(store)
    assert len(compared) == 2


def test_a_byte_changed_under_the_old_times_is_refused(store: Path) -> None:
    opened(store)
    path = m.current_folder(store) / m.SENTENCES
    before, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(StoreError, match=r"sentences\.npy: damaged"):
        opened(store)


def test_a_copy_is_compared_by_itself(store: Path, compared: list[Path], tmp_path: Path) -> None:
    opened(store)
    shutil.copytree(store, tmp_path / "second")
    opened(tmp_path / "second")
    assert [folder.parents[1].name for folder in compared] == ["copy", "second"]


def test_files_that_changed_a_moment_ago_are_not_trusted(
    store: Path, compared: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verified, "_TICK_NS", 10**12)
    opened(store)
    opened(store)
    assert len(compared) == 2


@pytest.mark.parametrize("note", ["", "{}", "[1]", '{"taken": 1, "files": {}}', '{"taken": "x", "files": {"a": [1]}}'])
def test_a_note_that_says_nothing_is_no_trouble(store: Path, compared: list[Path], tmp_path: Path, note: str) -> None:
    opened(store)
    (path,) = (tmp_path / "cache" / verified.NOTES).iterdir()
    path.write_text(note)
    opened(store)
    assert len(compared) == 2


def test_where_no_note_can_be_kept_the_store_still_opens(store: Path, compared: list[Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    opened(store)
    opened(store)
    assert len(compared) == 2


def test_a_missing_file_is_named_whatever_the_note_says(store: Path) -> None:
    opened(store)
    (m.current_folder(store) / m.TITLES).unlink()
    with pytest.raises(StoreError, match=r"titles\.npy: missing"):
        opened(store)
