"""What a generation says of itself, and whether its files are what it says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.durable import file_digest
from index.errors import StoreError
from index.store.manifest import (
    CURRENT,
    DATA_FILES,
    FORMAT,
    GENERATIONS,
    MANIFEST,
    Background,
    Manifest,
    check_files,
    current_folder,
    generation_folders,
    seal,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds something under the name of every data file."""
    for number, name in enumerate(DATA_FILES):
        (tmp_path / name).write_bytes(bytes([number]) * (number + 1))
    return tmp_path


def manifest(folder: Path) -> Manifest:
    files = {n: {"bytes": (folder / n).stat().st_size, "sha256": file_digest(folder / n)} for n in DATA_FILES}
    encoder = {"model": "글자", "dimensions": 64}
    return Manifest(
        "g1",
        "2024-01-02T03:04:05+00:00",
        encoder,
        {"numpy": "2.4"},
        2,
        3,
        4,
        files,
        ("/논문",),
        Background({"ko": 1.25}, {"ko": 0.04}),
    )


def write(said: Manifest, folder: Path) -> Path:
    """Write a manifest as a generation has it, and return the folder, renamed to fit."""
    (folder / MANIFEST).write_bytes(said.to_json())
    return folder.rename(folder.with_name(f"g-{seal(said.to_json())}"))


def test_a_manifest_is_read_as_it_was_written_under_the_name_of_its_folder(folder: Path) -> None:
    said = manifest(folder)
    written = write(said, folder)
    assert Manifest.read(written) == replace(said, name=written.name)
    assert said.format == FORMAT


def test_a_manifest_is_json_that_people_can_read(folder: Path) -> None:
    text = manifest(folder).to_json().decode()
    assert "글자" in text
    assert text.endswith("}\n")
    assert set(json.loads(text)) == set(Manifest.__slots__) - {"name"}


def test_a_manifest_of_another_format_says_which_one_is_read(folder: Path) -> None:
    written = write(replace(manifest(folder), format=FORMAT + 1), folder)
    with pytest.raises(StoreError, match=rf"store format {FORMAT + 1}, this nonmun reads {FORMAT}"):
        Manifest.read(written)


def test_the_seal_differs_with_every_manifest(folder: Path) -> None:
    said = manifest(folder)
    assert seal(said.to_json()) == seal(manifest(folder).to_json())
    assert seal(said.to_json()) != seal(replace(said, papers=3).to_json())


def test_whole_files_pass_their_check(folder: Path) -> None:
    check_files(folder, manifest(folder))


@pytest.mark.parametrize("name", DATA_FILES)
def test_a_file_of_the_same_size_with_another_content_is_named(folder: Path, name: str) -> None:
    said = manifest(folder)
    (folder / name).write_bytes(b"\xff" * (folder / name).stat().st_size)
    with pytest.raises(StoreError, match=rf"{name}: damaged .*rebuild with: nonmun index$"):
        check_files(folder, said)


def test_a_file_that_the_manifest_does_not_know_is_damaged(folder: Path) -> None:
    said = replace(manifest(folder), files={})
    with pytest.raises(StoreError, match=rf"{DATA_FILES[0]}: damaged"):
        check_files(folder, said)


def test_the_first_of_several_missing_files_is_named(folder: Path) -> None:
    said = manifest(folder)
    for name in DATA_FILES[2:4]:
        (folder / name).unlink()
    with pytest.raises(StoreError, match=rf"{DATA_FILES[2]}: missing"):
        check_files(folder, said)


def test_a_digest_is_the_sha_256_of_the_bytes(folder: Path) -> None:
    assert file_digest(folder / DATA_FILES[1]) == hashlib.sha256(b"\1\1").hexdigest()


def test_the_generation_in_force_is_the_one_that_the_pointer_names(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / GENERATIONS / name).mkdir(parents=True)
    (tmp_path / CURRENT).write_text(" two \n", "utf-8")
    assert current_folder(tmp_path) == tmp_path / GENERATIONS / "two"


def test_a_file_in_the_place_of_a_generation_is_no_generation(tmp_path: Path) -> None:
    (tmp_path / GENERATIONS).mkdir()
    (tmp_path / GENERATIONS / "one").write_text("", "utf-8")
    (tmp_path / CURRENT).write_text("one\n", "utf-8")
    with pytest.raises(StoreError, match=r"there is no generation 'one'; .*rebuild with: nonmun index$"):
        current_folder(tmp_path)


def test_the_generations_of_a_store_are_its_named_folders_oldest_first(tmp_path: Path) -> None:
    assert generation_folders(tmp_path) == []
    for name in ("20240102T000000.000000-b", "20240101T000000.000000-a", ".draft-1-x"):
        (tmp_path / GENERATIONS / name).mkdir(parents=True)
    (tmp_path / GENERATIONS / "note.txt").write_text("", "utf-8")
    assert [folder.name[-1] for folder in generation_folders(tmp_path)] == ["a", "b"]
