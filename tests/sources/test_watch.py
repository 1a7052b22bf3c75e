"""Following a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.sources.watch import SECONDS_BEFORE_A_FAILED_RUN_AGAIN, look, watch


class Enough(Exception):
    """Ends a watch, which never ends by itself."""


def watched(
    folder: Path, happenings: Sequence[Callable[[], object]], fails: int = 0, seconds: float = 1.0
) -> list[int]:
    """Return before which look each run began; between looks, something happens."""
    runs: list[int] = []
    looks = 0

    def run() -> bool:
        runs.append(looks)
        return len(runs) > fails

    def sleep(_: float) -> None:
        nonlocal looks
        if looks == len(happenings):
            raise Enough
        happenings[looks]()
        looks += 1

    with pytest.raises(Enough):
        watch([folder], run, sleep, lambda: looks * seconds)
    return runs


def nothing() -> None:
    """Let time pass."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "days").mkdir()
    (tmp_path / "days" / "a.md").write_text("one", "utf-8")
    return tmp_path / "days"


def test_a_run_comes_first_and_none_where_nothing_happens(folder: Path) -> None:
    assert watched(folder, [nothing] * 5) == [0]


@pytest.mark.parametrize("name", ["a.md", "b.md", "c.jsonl"])
def test_a_file_that_changes_or_comes_is_followed_once_it_rests(folder: Path, name: str) -> None:
    def edit() -> None:
        with (folder / name).open("a") as file:
            file.write("more")

    assert watched(folder, [nothing, edit, edit, edit, nothing, nothing, nothing]) == [0, 5]


def test_a_file_that_goes_or_takes_anothers_place_is_followed(folder: Path) -> None:
    (folder / "b.md").write_text("two", "utf-8")
    (folder / "c.txt").write_text("six", "utf-8")
    status = (folder / "a.md").stat()

    def swap() -> None:
        shutil.copystat(folder / "a.md", folder / "c.txt")
        (folder / "c.txt").replace(folder / "a.md")

    assert watched(folder, [(folder / "b.md").unlink, nothing, swap, nothing, nothing]) == [0, 2, 4]
    assert (folder / "a.md").stat().st_size == status.st_size


def test_a_folder_that_vanishes_and_comes_back_is_followed(folder: Path) -> None:
    away = folder.with_name("away")
    happenings = [lambda: folder.rename(away), nothing, lambda: away.rename(folder), nothing, nothing]
    assert watched(folder, happenings) == [0, 2, 4]
    assert look([folder.with_name("nowhere")]) == look([folder.with_name("nowhere")])


def test_files_of_other_kinds_do_not_matter(folder: Path) -> None:
    happenings = [
        lambda: (folder / "note.txt").write_text("x"),
        lambda: (folder / ".a.md.swp").write_text("x"),
        nothing,
    ]
    assert watched(folder, happenings) == [0]


def test_a_failed_run_comes_again_after_some_minutes_or_with_the_next_change(folder: Path) -> None:
    minute = SECONDS_BEFORE_A_FAILED_RUN_AGAIN / 5
    assert watched(folder, [nothing] * 14, fails=2, seconds=minute) == [0, 5, 10]
    assert watched(folder, [lambda: os.utime(folder / "a.md", (1, 1)), nothing, nothing], fails=1) == [0, 2]
