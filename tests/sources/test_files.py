"""Files that change while they are read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import BusyError, SourceError
from index.sources import corpus
from index.sources.corpus import Corpus, read_corpus
from index.sources.files import Stamp, read_text


def entry(number: int, text: str = "글입니다.") -> str:
    return f"### [T{number}](https://arxiv.org/abs/2409.{number:05})\n\nVote: 1\n\n- **Method**: {text}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, name in enumerate("abc"):
        (tmp_path / f"{name}.md").write_text(entry(number), "utf-8")
    return tmp_path


def texts(read: Corpus) -> dict[str, str]:
    return {paper.id[-1]: paper.sections[0].text for paper in read.papers}


def meanwhile(monkeypatch: pytest.MonkeyPatch, happening: Callable[[], object], after: str = "b.md") -> list[str]:
    """Let something happen once, as soon as a file has been read; return the names of the files read, in order."""
    real = read_text
    read: list[str] = []

    def reading_it(path: Path) -> object:
        found = real(path)
        read.append(path.name)
        if read.count(after) == 1 and path.name == after:
            happening()
        return found

    monkeypatch.setattr(corpus, "read_text", reading_it)
    return read


@pytest.mark.parametrize("name", ["a.md", "b.md", "c.md"])
def test_a_file_that_is_edited_meanwhile_is_read_again(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = "abc".index(name[0])
    meanwhile(monkeypatch, lambda: (folder / name).write_text(entry(number, "새 글."), "utf-8"))
    assert texts(read_corpus([folder]))[str(number)] == "새 글."


def test_an_edit_that_leaves_size_and_time_as_they_were_is_noticed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a.md"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns

    def edit() -> None:
        path.write_text(entry(0, "말입니다."), "utf-8")
        os.utime(path, ns=times)

    meanwhile(monkeypatch, edit)
    assert texts(read_corpus([folder]))["0"] == "말입니다."


def test_an_edit_within_the_same_tick_of_the_clock_is_noticed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What two writes within one tick look like: the same stamp, another text."""
    stamp = Stamp(1, 100, time.time_ns(), time.time_ns())
    monkeypatch.setattr(Stamp, "of", lambda path: stamp)
    meanwhile(monkeypatch, lambda: (folder / "a.md").write_text(entry(0, "새 글."), "utf-8"))
    assert texts(read_corpus([folder]))["0"] == "새 글."


def test_files_that_come_and_go_meanwhile_are_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swap() -> None:
        (folder / "a.md").unlink()
        (folder / "d.md").write_text(entry(3), "utf-8")

    meanwhile(monkeypatch, swap)
    found = read_corpus([folder])
    assert texts(found).keys() == {"1", "2", "3"}
    assert found.report.skipped == ()


def test_a_folder_that_vanishes_half_way_is_said_and_nothing_is_taken_for_its_content(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: shutil.rmtree(folder))
    with pytest.raises(SourceError, match=f"{folder}: No such file"):
        read_corpus([folder])


def test_files_at_rest_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stamp, "is_certain", lambda *_: True)
    read = meanwhile(monkeypatch, lambda: None)
    read_corpus([folder])
    assert read == ["a.md", "b.md", "c.md"]


def test_a_file_that_goes_on_changing_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = read_text
    sizes = iter(range(1000))

    def reading_it(path: Path) -> object:
        found = real(path)
        if path.name == "b.md":
            path.write_text(entry(1, "가" * next(sizes)), "utf-8")
        return found

    monkeypatch.setattr(corpus, "read_text", reading_it)
    monkeypatch.setattr(Stamp, "is_certain", lambda *_: True)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(BusyError, match=rf"^{folder / 'b.md'}: keeps changing; run again"):
        read_corpus([folder])


def test_a_time_that_is_old_or_from_a_clock_ahead_is_certain() -> None:
    now = time.time_ns()
    for age, is_certain in ((0, False), (10**6, False), (10**9, True), (-(10**9), True)):
        assert Stamp(1, 1, 0, now - age).is_certain(now) is is_certain
