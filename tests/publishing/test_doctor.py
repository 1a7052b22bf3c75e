"""A store is looked over, and what is found says what to run."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from index.errors import ModelError
from index.pipeline.build import build
from index.publishing.doctor import Finding, State, examine
from index.publishing.lock import locked
from index.store import manifest as m
from index.store.generation import Generation
from tests.support.fakes import LetterEncoder, silent
from tests.support.stores import edit_manifest

PAPERS = 30


def rows(texts: dict[int, str] | None = None) -> str:
    papers = (
        {"id": str(n), "title": f"Paper {n}", "sections": {"A": (texts or {}).get(n, f"Text {n}.")}}
        for n in range(PAPERS)
    )
    return "".join(json.dumps(paper) + "\n" for paper in papers)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    for text in (rows({1: "An older text."}), rows()):
        (folder / "papers.jsonl").write_text(text, "utf-8")
        build([folder / "papers.jsonl"], folder / "store", LetterEncoder(), silent)
    return folder


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template / "store", tmp_path / "store")
    (tmp_path / "papers.jsonl").write_text(rows(), "utf-8")
    edit_manifest(tmp_path / "store", lambda values: values.update(sources=[str(tmp_path / "papers.jsonl")]))
    return tmp_path / "store"


def ask(generation: Generation) -> None:
    generation.topic_of({"text": 1.0})


def found(store: Path) -> dict[str, Finding]:
    return {finding.about: finding for finding in examine(store, ask)}


def test_a_store_in_order_is_all_ok_and_left_as_it_is(store: Path) -> None:
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    findings = found(store)
    assert [finding for finding in findings.values() if finding.state is not State.OK] == []
    assert findings.keys() == {"generation", "rows", "encoder", "code", "sources", "summaries", "room", "kept", "cache"}
    assert findings["rows"].says == "30 papers, 30 sections, 30 sentences"
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", [*m.DATA_FILES, m.MANIFEST])
def test_a_damaged_generation_is_bad_and_the_way_back_is_told(store: Path, name: str) -> None:
    path = m.current_folder(store) / name
    path.write_bytes(b"x" + path.read_bytes()[1:])
    finding = found(store)["generation"]
    assert finding.state is State.BAD
    assert str(path) in finding.says
    other = next(folder for folder in m.generation_folders(store) if folder != path.parent)
    assert finding.run == f"nonmun rollback {other.name} --store {store}"


def test_where_nothing_is_whole_a_run_is_the_way_out(store: Path, tmp_path: Path) -> None:
    for folder in m.generation_folders(store):
        (folder / m.PAPERS).unlink()
    for place in (store, tmp_path / "no store"):
        finding = found(place)["generation"]
        assert (finding.state, finding.run) == (
            State.BAD,
            shlex.join(["nonmun", "index", "SOURCE", "--store", str(place)]),
        )


def test_a_damaged_one_that_is_kept_is_noted(store: Path) -> None:
    old = m.generation_folders(store)[0]
    (old / m.TITLES).write_bytes(b"")
    finding = found(store)["kept"]
    assert finding.state is State.NOTE
    assert str(old / m.TITLES) in finding.says


def test_sources_that_have_changed_are_counted_and_the_command_is_complete(store: Path, tmp_path: Path) -> None:
    source = tmp_path / "papers.jsonl"
    source.write_text(rows({3: "Another text."}) + "{broken\n" + rows()[:1], "utf-8")
    findings = found(store)
    assert findings["sources"].says == "changed since they were indexed: 0 new, 1 changed, 0 moved, 0 deleted"
    assert findings["sources"].run == f"nonmun index {source} --store {store}"
    assert findings["entries"].state is State.NOTE
    assert f"{source}:{PAPERS + 1}" in findings["entries"].says
    source.unlink()
    assert "No such file" in found(store)["sources"].says


def test_an_encoder_that_is_not_to_be_had_is_bad(store: Path) -> None:
    def fail(_: Generation) -> None:
        raise ModelError("no such model; install it")

    finding = next(finding for finding in examine(store, fail) if finding.about == "encoder")
    assert (finding.state, finding.says) == (State.BAD, "no such model; install it")


def test_another_version_of_what_made_it_is_noted(store: Path) -> None:
    edit_manifest(store, lambda values: values["made_with"].update(numpy="1.0"))
    finding = found(store)["code"]
    assert finding.state is State.NOTE
    assert "numpy" in finding.says
    assert "scipy" not in finding.says


def test_doubtful_summaries_are_named(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Generation, "doubtful", lambda self, row: row < 12)
    finding = found(store)["summaries"]
    assert finding.state is State.NOTE
    assert finding.says.startswith("12 seem to be those of another paper: 0, 1, 10, ")
    assert ", ...; " in finding.says
    assert finding.run == f"nonmun show 0 --store {store}"


def test_a_damaged_or_missing_cache_is_noted(store: Path) -> None:
    (store / m.CACHE).write_bytes(b"x" * 9000)
    finding = found(store)["cache"]
    assert (finding.state, finding.run) == (State.NOTE, f"rm {store / m.CACHE}")
    (store / m.CACHE).unlink()
    assert "missing" in found(store)["cache"].says


def test_a_full_disk_is_noted(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100))
    finding = found(store)["room"]
    assert finding.state is State.NOTE
    assert "--prune 0" in str(finding.run)


def test_who_is_writing_and_what_killed_runs_left_is_noted(store: Path) -> None:
    (store / m.GENERATIONS / ".draft-1-a").mkdir()
    assert found(store)["leftovers"].state is State.NOTE
    with locked(store):
        findings = found(store)
    assert "process" in findings["writer"].says
    assert "leftovers" not in findings
