"""Whatever befalls a run, the old generation answers, nothing is lost, and the next run completes."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

import pytest

from index.errors import StoreError
from index.pipeline.build import Rules, build
from index.publishing.history import roll_back
from index.publishing.opening import open_generation
from index.publishing.publish import leftovers
from index.store import manifest as m
from tests.support.fakes import LetterEncoder, silent
from tests.support.faults import FAILED, KILLED, Faults, Order, answers, faults

KILLS = 200
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Case:
    """A store of three generations of which the last stands for `old`, and the source of a next one, `new`."""

    store: Path
    source: Path
    old: list[object]
    new: list[object]
    steps: list[str]


def row(number: int, text: str) -> str:
    sections = {
        "What's New": f"논문 {number}은 검색기를 학습하는 새로운 방법을 제안합니다. {text}",
        "Performance": "Better.",
    }
    paper = {"id": f"2401.{number:05}", "title": f"Paper {number}", "date": "2024-01-02", "sections": sections}
    return json.dumps(paper, ensure_ascii=False) + "\n"


def write(source: Path, rows: range, text: str) -> Path:
    source.write_text("".join(row(number, text) for number in rows), "utf-8")
    return source


def built(source: Path, store: Path) -> None:
    build([source], store, LetterEncoder(), silent, Rules(keep=1))


@pytest.fixture(scope="module")
def harness() -> Iterator[Faults]:
    with faults() as found:
        yield found


@pytest.fixture(scope="module")
def case(harness: Faults, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("faults")
    store, source, later = folder / "store", folder / "papers.jsonl", folder / "later"
    for number in range(3):
        write(source, range(5), f"This is method {number}.")
        built(source, store)
    old = answers(store)
    write(source, range(1, 7), "Another method, told otherwise.")
    shutil.copytree(store, later)
    steps = harness.steps(source, later, folder / "trace")
    return Case(store, source, old, answers(later), steps)


@pytest.fixture
def store(case: Case, tmp_path: Path) -> Path:
    copy = tmp_path / "store"
    shutil.copytree(case.store, copy)
    return copy


def is_published(case: Case, step: int) -> bool:
    """Return whether a run that died before a step had published."""
    return "rename .CURRENT -> CURRENT" in case.steps[:step]


def require_recovery(case: Case, store: Path) -> None:
    """Run once more, and find everything as if nothing had happened."""
    built(case.source, store)
    assert answers(store) == case.new
    assert not leftovers(store)
    assert len(m.generation_folders(store)) == 2


def test_a_run_takes_the_steps_that_are_put_to_the_test(case: Case) -> None:
    files, named = "generations/.draft/files", "generations/.draft/NAME"
    wanted = {f"open {files}/{name}" for name in (m.TITLES, m.SENTENCES, m.LAYOUT, m.TOPICS, m.MANIFEST)}
    wanted |= {"flock LOCK", "put Cache", "write VectorWriter", f"connect {files}/{m.PAPERS}"}
    wanted |= {f"rename {files} -> {named}", f"rename {named} -> generations/NAME", "rename .CURRENT -> CURRENT"}
    wanted |= {"fsync generations", "fsync .CURRENT", "fsync .", "rename generations/NAME -> generations/.draft"}
    assert wanted <= set(case.steps)
    assert len(case.steps) > 30


def test_a_run_that_is_killed_before_any_step_loses_nothing(case: Case, harness: Faults, tmp_path: Path) -> None:
    for step, name in enumerate(case.steps):
        store = tmp_path / str(step)
        shutil.copytree(case.store, store)
        assert harness.run(Order(str(store), str(case.source), step=step)) == KILLED, name
        assert answers(store) == (case.new if is_published(case, step) else case.old), name
        require_recovery(case, store)
        shutil.rmtree(store)


@pytest.mark.slow
def test_a_run_that_is_killed_anywhere_loses_nothing(case: Case, harness: Faults, tmp_path: Path) -> None:
    shutil.copytree(case.store, tmp_path / "whole")
    calls = harness.calls(case.source, tmp_path / "whole", tmp_path / "calls")
    places = random.Random(6).sample(range(1, calls), KILLS)
    seen = set()
    for call in places:
        store = tmp_path / str(call)
        shutil.copytree(case.store, store)
        assert harness.run(Order(str(store), str(case.source), call=call)) == KILLED
        found = answers(store)
        assert found in (case.old, case.new), call
        seen.add(found == case.new)
        require_recovery(case, store)
        shutil.rmtree(store)
    assert seen == {False, True}


def test_everything_is_on_the_disk_before_it_is_in_force(case: Case) -> None:
    """A power cut keeps what was synced: files before their folder's name, and all of it before the pointer."""
    steps = case.steps
    placed = steps.index("rename generations/.draft/NAME -> generations/NAME")
    in_force = steps.index("rename .CURRENT -> CURRENT")
    home = "generations/.draft"
    for name in (*m.DATA_FILES, m.MANIFEST):
        writes = {f"{how} {home}/files/{name}" for how in ("open", "connect")} | {"write VectorWriter"}
        written = max(number for number, step in enumerate(steps) if step in writes)
        assert written < steps.index(f"fsync {home}/NAME/{name}") < placed, name
    assert steps.index(f"rename {home}/files -> {home}/NAME") < steps.index(f"fsync {home}/NAME") < placed
    assert placed < steps.index("fsync generations") < in_force
    assert steps.index("open .CURRENT") < steps.index("fsync .CURRENT") < in_force < steps.index("fsync .")
    removals = [i for i, step in enumerate(steps) if step.startswith("rename generations/NAME")]
    assert min(removals) > steps.index("fsync .")


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.6, 0.9])
def test_a_file_that_cannot_grow_stops_a_run_and_loses_nothing(
    case: Case, store: Path, harness: Faults, share: float
) -> None:
    largest = max(path.stat().st_size for path in m.current_folder(store).iterdir())
    order = Order(str(store), str(case.source), limit=int(share * largest))
    assert harness.run(order) == FAILED
    assert answers(store) == case.old
    require_recovery(case, store)


def test_a_full_disk_stops_a_run_and_loses_nothing(case: Case, tmp_path: Path) -> None:
    disk, trace = tmp_path / "disk", tmp_path / "trace"
    disk.mkdir()
    size = sum(path.stat().st_size for path in m.current_folder(case.store).iterdir())
    with faults(disk, 64 << 20) as harness:
        seen = harness.files / disk.relative_to("/")
        for share in (0, 0.1, 0.3, 0.5, 0.8):
            shutil.copytree(case.store, seen / "store")
            fill(seen / "filler", shutil.disk_usage(seen).free - int(share * size))
            order = Order(str(disk / "store"), str(case.source))
            assert harness.run(order) == FAILED
            assert harness.answers(disk / "store", trace) == repr(case.old)
            (seen / "filler").unlink()
            assert harness.run(order) == 0
            assert harness.answers(disk / "store", trace) == repr(case.new)
            shutil.rmtree(seen / "store")


def fill(file: Path, size: int) -> None:
    with file.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, size)


def test_a_store_that_may_only_be_read_answers_and_refuses_a_run(case: Case, store: Path) -> None:
    for path in [store, *store.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    for parent in [one for one in store.parents if one.is_relative_to(gettempdir()) and one != Path(gettempdir())]:
        parent.chmod(parent.stat().st_mode | 0o055)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        with pytest.raises(PermissionError):
            built(case.source, store)
        assert answers(store) == case.old
    finally:
        os.seteuid(user)
    for path in [store, *store.rglob("*")]:
        path.chmod(0o755)
    require_recovery(case, store)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink])
@pytest.mark.parametrize("name", [*m.DATA_FILES, m.MANIFEST])
def test_a_damaged_file_is_refused_by_name_and_there_is_a_way_back_and_a_way_on(
    case: Case, store: Path, name: str, damage: Callable[[Path], None]
) -> None:
    built(case.source, store)
    path = m.current_folder(store) / name
    damage(path)
    with pytest.raises(StoreError, match=r"nonmun rollback") as caught:
        open_generation(store)
    assert str(caught.value).startswith(f"{path}: ")
    roll_back(store)
    assert answers(store) == case.old
    built(case.source, store)
    assert answers(store) == case.new


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink])
def test_a_damaged_pointer_is_refused_and_there_is_a_way_back(
    case: Case, store: Path, damage: Callable[[Path], None]
) -> None:
    damage(store / m.CURRENT)
    with pytest.raises(StoreError):
        open_generation(store)
    roll_back(store)
    assert answers(store) == case.old


def test_a_run_mends_a_store_whose_generation_is_damaged(case: Case, store: Path) -> None:
    truncate(m.current_folder(store) / m.TITLES)
    require_recovery(case, store)
