"""A generation in one file, there and back."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import BusyError, StoreError
from index.publishing.lock import locked
from index.publishing.opening import open_generation
from index.publishing.publish import leftovers
from index.publishing.snapshot import restore, write_snapshot
from index.store import manifest as m


@pytest.fixture(scope="module")
def snapshot(example_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("snapshot") / "papers.zip"
    write_snapshot(example_store, file)
    return file


@pytest.fixture
def store(example_store: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy"
    shutil.copytree(example_store, copy, ignore=shutil.ignore_patterns("cache.sqlite*"))
    return copy


def content(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in m.current_folder(store).iterdir()}


def test_a_new_store_gets_the_same_generation(snapshot: Path, example_store: Path, tmp_path: Path) -> None:
    manifest = restore(tmp_path / "store", snapshot)
    assert manifest.name == m.current_folder(example_store).name
    assert content(tmp_path / "store") == content(example_store)
    open_generation(tmp_path / "store").close()
    assert not leftovers(tmp_path / "store")


def test_a_snapshot_is_smaller_than_the_generation_and_nothing_lies_beside_it(
    snapshot: Path, example_store: Path
) -> None:
    assert snapshot.stat().st_size < sum(len(data) for data in content(example_store).values())
    assert list(snapshot.parent.iterdir()) == [snapshot]


@pytest.mark.parametrize("name", [*m.DATA_FILES, m.MANIFEST])
def test_a_damaged_generation_is_mended_by_its_snapshot(
    snapshot: Path, store: Path, example_store: Path, name: str
) -> None:
    path = m.current_folder(store) / name
    path.write_bytes(path.read_bytes()[:-3])
    restore(store, snapshot)
    assert content(store) == content(example_store)


def test_a_whole_generation_is_left_as_it_lies(snapshot: Path, store: Path) -> None:
    before = {path: path.stat().st_ino for path in m.current_folder(store).iterdir()}
    (store / m.CURRENT).write_text("gone", "utf-8")
    restore(store, snapshot)
    assert {path: path.stat().st_ino for path in m.current_folder(store).iterdir()} == before


@pytest.mark.parametrize("name", [*m.DATA_FILES, m.MANIFEST])
def test_no_snapshot_is_made_of_a_damaged_generation(store: Path, tmp_path: Path, name: str) -> None:
    path = m.current_folder(store) / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match=rf"{name}: "):
        write_snapshot(store, tmp_path / "papers.zip")
    assert {path.name for path in tmp_path.iterdir()} == {"copy"}


def test_a_file_that_exists_is_not_written_over(example_store: Path, tmp_path: Path) -> None:
    (tmp_path / "papers.zip").write_text("mine", "utf-8")
    with pytest.raises(StoreError, match=r"papers\.zip: exists already; choose another name"):
        write_snapshot(example_store, tmp_path / "papers.zip")
    assert (tmp_path / "papers.zip").read_text("utf-8") == "mine"


def test_every_damage_to_a_snapshot_is_refused_or_harmless(snapshot: Path, example_store: Path, tmp_path: Path) -> None:
    whole, file, store = snapshot.read_bytes(), tmp_path / "papers.zip", tmp_path / "store"
    refusals: list[str] = []
    for damaged in damages(whole):
        file.write_bytes(damaged)
        try:
            restore(store, file)
        except StoreError as error:
            refusals.append(str(error))
        else:
            assert content(store) == content(example_store)
            shutil.rmtree(store)
        assert not store.exists()
    assert len(refusals) > 100
    assert all(refusal.startswith(f"{file}: ") and "\n" not in refusal for refusal in refusals)


def damages(whole: bytes) -> Iterator[bytes]:
    for place in places(whole):
        yield whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :]
    for size in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        yield whole[:size]


def places(data: bytes) -> list[int]:
    """Return places all over a file, and all of its end, where an archive says what it holds."""
    return [*range(0, len(data) - 900, len(data) // 60), *range(len(data) - 900, len(data), 7)]


def rewritten(snapshot: Path, file: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    with zipfile.ZipFile(snapshot) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def add_outside(members: dict[str, bytes]) -> None:
    members["../outside"] = b"x"


def rename_outside(members: dict[str, bytes]) -> None:
    for name in list(members):
        members[f"../{name.rpartition('/')[2]}"] = members.pop(name)


def drop_one(members: dict[str, bytes]) -> None:
    members.popitem()


def lengthen_one(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.endswith(m.TITLES))
    members[name] += b"\0" * (1 << 22)


def exchange_one(members: dict[str, bytes]) -> None:
    name = next(name for name in members if name.endswith(m.TITLES))
    members[name] = members[name][:-1] + b"x"


@pytest.mark.parametrize("change", [dict.clear, add_outside, rename_outside, drop_one, lengthen_one, exchange_one])
def test_an_archive_of_something_else_is_refused(
    snapshot: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], object]
) -> None:
    file = rewritten(snapshot, tmp_path / "papers.zip", change)
    with pytest.raises(StoreError, match=rf"{file}: (no snapshot|damaged)"):
        restore(tmp_path / "store", file)
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_not_there_or_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no archive", "utf-8")
    for name, reason in (("gone", "No such file"), ("text", "damaged, or no snapshot"), (".", "directory")):
        with pytest.raises(StoreError, match=reason):
            restore(tmp_path / "store", tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["text"]


def test_a_store_that_is_being_written_is_left_alone(snapshot: Path, tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(BusyError):
        restore(tmp_path, snapshot)
    with pytest.raises(StoreError, match="no store here"):
        write_snapshot(tmp_path, tmp_path / "papers.zip")
