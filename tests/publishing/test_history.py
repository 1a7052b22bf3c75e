"""The generations that a store keeps, and the way back."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from index.durable import file_digest
from index.errors import BusyError, StoreError
from index.pipeline.build import Rules, build
from index.publishing import publish as publishing
from index.publishing.history import newest_sound, prune, roll_back
from index.publishing.lock import locked
from index.publishing.opening import open_generation
from index.publishing.publish import discard, draft, leftovers, probe, sweep
from index.store import manifest as m
from tests.support.fakes import LetterEncoder, silent
from tests.support.stores import edit_manifest


def publish(store: Path, papers: int, keep: int = 10) -> Path:
    """Publish a generation of some papers, and return its folder."""
    source = store.with_name("papers.jsonl")
    rows = [{"id": str(number), "title": f"Paper {number}", "sections": {"A": "Text."}} for number in range(papers)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    build([source], store, LetterEncoder(), silent, Rules(allow_empty=True, keep=keep))
    return m.current_folder(store)


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of four generations, of 1, 2, 3 and 4 papers; the last is in force."""
    store = tmp_path_factory.mktemp("history") / "store"
    for count in (1, 2, 3, 4):
        publish(store, count)
    return store


@pytest.fixture
def store(four: Path, tmp_path: Path) -> Path:
    """Return a copy of the store of four generations, to be damaged."""
    copy = tmp_path / "store"
    shutil.copytree(four, copy)
    shutil.copy(four.with_name("papers.jsonl"), tmp_path)
    return copy


@pytest.fixture
def folders(store: Path) -> list[Path]:
    """Return the folders of its generations."""
    return m.generation_folders(store)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def papers(store: Path) -> int:
    generation = open_generation(store)
    generation.close()
    return generation.manifest.papers


def test_each_step_back_goes_to_the_generation_before(store: Path, folders: list[Path]) -> None:
    for count in (3, 2, 1):
        done = roll_back(store)
        assert (done.manifest.papers, papers(store), done.passed_over) == (count, count, ())
    with pytest.raises(StoreError, match=r"no earlier generation to go back to: there is none; .*nonmun index"):
        roll_back(store)
    assert papers(store) == 1


def test_a_generation_is_put_in_force_by_its_name_in_either_direction(store: Path, folders: list[Path]) -> None:
    assert roll_back(store, folders[0].name).manifest.papers == papers(store) == 1
    assert roll_back(store, folders[3].name).manifest.papers == papers(store) == 4
    with pytest.raises(StoreError, match=r"keeps no generation 'gone'; list them with: nonmun doctor"):
        roll_back(store, "gone")


def test_damaged_generations_are_passed_over_and_named(store: Path, folders: list[Path]) -> None:
    flip(folders[2] / m.SENTENCES)
    done = roll_back(store)
    assert papers(store) == 2
    assert [line.partition(": ")[0] for line in done.passed_over] == [str(folders[2] / m.SENTENCES)]
    with pytest.raises(StoreError, match=rf"{m.SENTENCES}: damaged"):
        roll_back(store, folders[2].name)
    assert papers(store) == 2


@pytest.mark.parametrize("pointer", ["", "gone", "\0"])
def test_where_no_generation_is_in_force_the_newest_whole_one_comes(
    store: Path, folders: list[Path], pointer: str
) -> None:
    flip(folders[3] / m.MANIFEST)
    (store / m.CURRENT).write_text(pointer, "utf-8")
    assert roll_back(store).manifest.papers == papers(store) == 3


def test_where_none_is_whole_the_store_stays_and_every_reason_is_given(store: Path, folders: list[Path]) -> None:
    for folder in folders:
        flip(folder / m.LAYOUT)
    with pytest.raises(StoreError) as caught:
        roll_back(store)
    assert all(str(folder) in str(caught.value) for folder in folders[:3])
    assert "\n" not in str(caught.value)
    assert m.current_folder(store) == folders[3]


def test_there_is_no_way_back_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store here"):
        roll_back(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_being_written_is_left_alone(store: Path, folders: list[Path]) -> None:
    with locked(store), pytest.raises(BusyError):
        roll_back(store)
    assert papers(store) == 4


def test_after_a_step_back_the_next_run_publishes_what_the_sources_say(store: Path, folders: list[Path]) -> None:
    roll_back(store)
    publish(store, 4)
    assert papers(store) == 4
    assert m.current_folder(store).name > folders[3].name


def test_the_newest_sound_generation_is_that_in_force_while_it_is_whole(store: Path, folders: list[Path]) -> None:
    def sound() -> int | None:
        generation = newest_sound(store)
        if generation is None:
            return None
        generation.close()
        return generation.manifest.papers

    roll_back(store, folders[1].name)
    assert sound() == 2
    flip(folders[1] / m.PAPERS)
    assert sound() == 4
    for folder in folders:
        (folder / m.MANIFEST).unlink()
    assert sound() is None
    assert newest_sound(store / "nowhere") is None


@pytest.mark.parametrize("keep", [0, 1, 2, 3, 9])
def test_the_newest_are_kept_besides_the_one_in_force(store: Path, folders: list[Path], keep: int) -> None:
    with locked(store):
        gone = prune(store, keep)
    kept = max(1, 4 - len(gone))
    assert set(gone) == {folder.name for folder in folders[:3][: max(0, 3 - keep)]}
    assert m.generation_folders(store) == folders[-kept:]
    assert not leftovers(store)


def test_the_one_in_force_is_kept_whichever_it_is(store: Path, folders: list[Path]) -> None:
    roll_back(store, folders[0].name)
    prune(store, 1)
    assert m.generation_folders(store) == [folders[0], folders[3]]


def test_a_damaged_one_goes_before_an_older_whole_one(store: Path, folders: list[Path]) -> None:
    (folders[2] / m.TITLES).write_bytes(b"")
    flip(folders[1] / m.MANIFEST)
    prune(store, 1)
    assert m.generation_folders(store) == [folders[0], folders[3]]


def test_nothing_goes_where_none_is_in_force(store: Path, folders: list[Path]) -> None:
    (store / m.CURRENT).unlink()
    assert prune(store, 0) == ()
    assert m.generation_folders(store) == folders


def test_a_run_keeps_as_many_as_it_is_told_even_where_nothing_has_changed(store: Path, folders: list[Path]) -> None:
    newest = publish(store, 4)
    assert publish(store, 4, keep=2) == newest
    assert m.generation_folders(store) == [*folders[2:], newest]


def test_an_open_generation_outlives_its_removal(store: Path, folders: list[Path]) -> None:
    generation = open_generation(store)
    discard(folders[3])
    assert [paper.id for paper in generation.papers()] == ["0", "1", "2", "3"]
    assert len(generation.sentence_vectors(3)) == 1
    generation.close()


def test_a_reader_that_comes_while_its_generation_is_replaced_and_removed_gets_the_new_one(
    store: Path, folders: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[[Path], m.Manifest] = m.Manifest.read

    def read(folder: Path) -> m.Manifest:
        if folder == folders[3]:
            publishing.point_to(store, folders[2].name)
            discard(folders[3])
        return real(folder)

    monkeypatch.setattr(m.Manifest, "read", read)
    assert papers(store) == 3


def test_what_a_killed_run_left_is_swept_and_nothing_else(store: Path, folders: list[Path]) -> None:
    before = sorted(store.rglob("*"))
    left = [store / m.GENERATIONS / ".draft-99-abc" / "files", store / ".CURRENT-99"]
    left[0].mkdir(parents=True)
    (left[0] / m.PAPERS).write_text("half", "utf-8")
    left[1].write_text("half", "utf-8")
    assert len(leftovers(store)) == 2
    sweep(store)
    assert sorted(store.rglob("*")) == before


def test_a_draft_goes_away_whatever_happens(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "file").write_text("", "utf-8")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), draft(tmp_path) as folder:
        fail(folder)
    assert list(tmp_path.iterdir()) == []


def test_names_rise_even_where_the_clock_was_set_back(store: Path, folders: list[Path]) -> None:
    ahead = folders[3].with_name(f"29990101T000000.000000-{folders[3].name.rpartition('-')[2]}")
    folders[3].rename(ahead)
    (store / m.CURRENT).write_text(ahead.name, "utf-8")
    newer = publish(store, 5)
    assert newer.name > ahead.name
    assert newer.name.startswith("29990101T000000.000001-")
    assert roll_back(store).manifest.papers == 4


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        (lambda files: swap(files[m.PAPERS], "UPDATE papers SET row = row + 100"), "cannot answer"),
        (lambda files: swap(files[m.PAPERS], "DELETE FROM names"), "by its title"),
        (lambda files: swap(files[m.PAPERS], "UPDATE papers SET body = '{}'"), "cannot answer"),
        (lambda files: swap(files[m.PAPERS], "DROP TABLE papers"), "cannot answer"),
    ],
)
def test_a_generation_that_does_not_answer_is_not_put_in_force(
    store: Path, folders: list[Path], change: Callable[[dict[str, Path]], None], failing: str
) -> None:
    """Checksums that fit prove that a file is as it was written, not that it was written as it should be."""
    folder = folders[2]
    (store / m.CURRENT).write_text(folder.name, "utf-8")
    files = {name: folder / name for name in m.DATA_FILES}
    change(files)
    digest, size = file_digest(files[m.PAPERS]), files[m.PAPERS].stat().st_size
    edit_manifest(store, lambda values: values["files"][m.PAPERS].update(sha256=digest, bytes=size))
    wrong = m.current_folder(store)
    with pytest.raises(StoreError, match=failing):
        probe(wrong)
    (store / m.CURRENT).write_text(folders[3].name, "utf-8")
    with pytest.raises(StoreError, match=failing):
        roll_back(store, wrong.name)
    assert papers(store) == 4


def swap(path: Path, statement: str) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute(statement)
    database.close()
