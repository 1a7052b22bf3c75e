"""The commands that keep a store: what they print, for people and for machines, and how they exit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import search.engine
from index.encoding.encoder import Encoder
from index.publishing.lock import locked
from index.store import manifest as m
from search.cli import store_commands as upkeep
from search.cli.main import main
from tests.support.paths import REPOSITORY

SECONDS = 120


@pytest.fixture(autouse=True)
def _one_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NONMUN_STORE", raising=False)
    monkeypatch.setattr(upkeep, "load_encoder", lambda *_: encoder)
    monkeypatch.setattr(search.engine, "load_encoder", lambda *_: encoder)


def row(number: int, text: str = "Rare words.") -> str:
    paper = {"id": f"2401.{number:05}", "title": f"Paper {number}", "date": "2024-01-02", "sections": {"Summary": text}}
    return json.dumps(paper) + "\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "papers.jsonl"
    file.write_text("".join(map(row, range(5))), "utf-8")
    return file


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


class Ran:
    """One command: its exit code, its lines on either stream, and its last line as JSON."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.lines, self.error = code, out.splitlines(), err
        self.out = out

    @property
    def last(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.lines[-1])
        return body


@pytest.fixture
def run(store: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: object) -> Ran:
        code = main([*map(str, arguments), "--store", str(store)])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def test_a_run_ends_with_a_line_for_machines(run: Any, source: Path, store: Path) -> None:
    done = run("index", source)
    assert (done.code, done.error) == (0, "")
    name = m.current_folder(store).name
    wanted = {
        "outcome": "published",
        "generation": name,
        "papers": 5,
        "sections": 5,
        "new": 5,
        "changed": 0,
        "moved": 0,
    }
    assert wanted.items() <= done.last.items()
    assert {"deleted": 0, "skipped": 0, "encoded": 6, "pruned": 0}.items() <= done.last.items()
    assert done.last["seconds"] > 0
    assert done.lines[-2] == f"published {name}: 5 new, 0 changed, 0 moved, 0 deleted; 6 passages newly encoded"


def test_a_run_after_which_nothing_has_changed_says_so(run: Any, source: Path, store: Path) -> None:
    name = run("index", source).last["generation"]
    again = run("index", source)
    assert (again.code, again.last["outcome"], again.last["generation"]) == (0, "unchanged", name)
    assert again.lines[-2] == f"nothing has changed: {name} stays in force"
    full = run("index", source, "--full")
    assert (full.last["outcome"], full.last["encoded"]) == ("published", 6)


def test_json_is_one_document_with_every_detail(run: Any, source: Path) -> None:
    source.write_text(source.read_text("utf-8") + "{broken\n", "utf-8")
    body = json.loads(run("index", source, "--json").out)
    assert body["outcome"] == "published"
    assert body["report"]["skipped"][0]["line"] == 6
    assert body["changes"]["new"] == [f"2401.{number:05}" for number in range(5)]


def test_a_dry_run_says_what_would_change_and_writes_nothing(run: Any, source: Path, store: Path) -> None:
    first = run("index", source, "--dry-run")
    assert (first.code, first.last["outcome"], first.last["to_encode"], first.last["new"]) == (0, "would publish", 6, 5)
    assert not store.exists()
    run("index", source)
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    moved = row(1).replace("2024-01-02", "2024-01-03")
    source.write_text(row(0) + moved + row(2, "Other words.") + row(3) + row(9), "utf-8")
    done = run("index", source, "--dry-run")
    ids = {"new": "00009", "changed": "00002", "moved": "00001", "deleted": "00004"}
    for kind, number in ids.items():
        assert done.lines[done.lines.index(f"{kind}: 1") + 1] == f"  2401.{number}"
        assert done.last[kind] == 1
    assert done.last["to_encode"] == 2
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before
    assert run("index", source).last["encoded"] == 2
    unchanged = run("index", source, "--dry-run")
    assert (unchanged.last["outcome"], unchanged.lines[-2]) == ("unchanged", "nothing would change")


def test_a_second_run_says_who_is_writing_and_exits_75(
    run: Any, source: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", source)
    monkeypatch.setattr(upkeep, "load_encoder", lambda *_: pytest.fail("the model is not needed to say so"))
    with locked(store):
        done = run("index", source)
        assert (done.code, done.last["outcome"]) == (75, "busy")
        assert done.error.startswith(f"nonmun: {store}: process ")
        assert run("rollback").code == 75
    assert done.last["error"] in done.error


@pytest.mark.parametrize("how", ["empty", "half", "unreadable"])
def test_papers_are_not_deleted_where_that_may_not_be_meant(
    run: Any, source: Path, store: Path, tmp_path: Path, how: str
) -> None:
    (tmp_path / "days").mkdir()
    days = source.rename(tmp_path / "days" / "papers.jsonl")
    name = run("index", tmp_path / "days").last["generation"]
    if how == "empty":
        days.unlink()
    elif how == "half":
        days.write_text("".join(map(row, range(2))), "utf-8")
    else:
        days.write_text("".join(map(row, range(4))), "utf-8")
        (tmp_path / "days" / "gone.md").symlink_to(tmp_path / "nowhere")
    for arguments in (("--dry-run",), ()):
        done = run("index", tmp_path / "days", *arguments)
        assert (done.code, done.last["outcome"]) == (5, "refused")
        assert "would be deleted" in done.error
        assert "--allow-empty" in done.error
        assert "  2401.00004" in done.lines
    assert m.current_folder(store).name == name
    if how != "empty":
        assert run("index", tmp_path / "days", "--allow-empty").code == 0


def test_a_failure_is_said_on_both_streams(run: Any, tmp_path: Path) -> None:
    done = run("index", tmp_path / "nowhere")
    assert (done.code, done.last["outcome"]) == (5, "failed")
    assert done.error == f"nonmun: {done.last['error']}\n"


def test_the_way_back_and_the_way_on(run: Any, source: Path, store: Path) -> None:
    first = run("index", source).last["generation"]
    source.write_text("".join(map(row, range(6))), "utf-8")
    second = run("index", source).last["generation"]
    back = run("rollback")
    assert (back.code, back.error) == (0, "")
    assert back.lines[0].startswith(f"{first}, made ")
    assert m.current_folder(store).name == first
    assert json.loads(run("rollback", second, "--json").out)["generation"] == second
    assert run("rollback", "gone").code == 3
    assert [run("rollback").code for _ in range(2)] == [0, 3]


def test_old_generations_go_as_they_are_told_to(run: Any, source: Path, store: Path) -> None:
    for number in range(3):
        source.write_text("".join(map(row, range(5 + number))), "utf-8")
        done = run("index", source, "--prune", "1")
    assert done.last["pruned"] == 1
    assert "removed 1 old generations" in done.lines
    assert len(m.generation_folders(store)) == 2


def test_a_snapshot_is_restored_elsewhere_and_answers(
    run: Any, source: Path, store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = run("index", source).last["generation"]
    file = tmp_path / "papers.zip"
    done = run("snapshot", file)
    assert (done.code, done.lines) == (0, [f"{file}: {name}, 5 papers, {file.stat().st_size / 1e6:,.1f} MB"])
    assert run("snapshot", file).code == 3
    shutil.rmtree(store)
    assert json.loads(run("restore", file, "--json").out)["generation"] == name
    assert json.loads(run("search", "rare words", "--json").out)["results"]
    assert run("restore", source).code == 3


def test_the_doctor_finds_a_store_in_order_and_then_not(run: Any, source: Path, store: Path) -> None:
    run("index", source)
    well = run("doctor")
    assert (well.code, well.error) == (0, "")
    assert all(line.startswith("ok    ") for line in well.lines)
    (m.current_folder(store) / m.TITLES).write_bytes(b"")
    ill = run("doctor")
    assert ill.code == 3
    assert ill.lines[0].startswith("bad   generation  ")
    assert ill.lines[1] == f"{'':18}run: nonmun index SOURCE --store {store}"
    body = json.loads(run("doctor", "--json").out)
    assert body["healthy"] is False
    assert set(body["findings"][0]) == {"about", "state", "says", "run"}


def test_the_doctor_asks_the_encoder(run: Any, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("index", source)

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(search.engine.Engine, "search", fail)
    done = run("doctor")
    assert done.code == 3
    assert any(line.startswith("bad   encoder") and "out of memory" in line for line in done.lines)


@pytest.mark.parametrize(
    "arguments", [["--dry-run", "--watch"], ["--prune", "-1"], ["--prune", "x"], ["--prune", "1.5"]], ids=" ".join
)
def test_options_that_make_no_sense_exit_2(arguments: list[str], source: Path) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["index", str(source), *arguments])
    assert exit_.value.code == 2


def test_a_folder_is_followed_until_the_watch_is_interrupted(source: Path, store: Path) -> None:
    command = [sys.executable, str(REPOSITORY / "scripts" / "reindex.py"), str(source), "--store", str(store)]
    with subprocess.Popen(
        [*command, "--watch", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            outcomes = (json.loads(line) for line in told(process))
            assert (first := next(outcomes))["outcome"] == "published"
            source.write_text("".join(map(row, range(6))), "utf-8")
            second = next(outcomes)
            assert (second["outcome"], second["new"], second["encoded"]) == ("published", 1, 1)
            source.write_text("", "utf-8")
            assert next(outcomes)["outcome"] == "refused"
            source.write_text("".join(map(row, range(6))), "utf-8")
            third = next(outcomes)
            assert (third["outcome"], third["generation"]) == ("unchanged", second["generation"])
            assert first["generation"] != second["generation"] == m.current_folder(store).name
            process.send_signal(2)
            _, errors = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "nonmun: interrupted"
    assert "would be deleted" in errors.splitlines()[0]


def told(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield the lines of a process, for as long as it may take."""
    assert process.stdout is not None
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        if not (line := process.stdout.readline()):
            return
        yield line
