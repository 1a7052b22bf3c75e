"""From sources to a published generation: whole or not at all, and nothing computed twice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.cache.paper_facts import passages
from index.encoding.encoder import Encoder, Fingerprint
from index.errors import SourceError, StoreError
from index.paper import Paper
from index.pipeline import build as building
from index.pipeline import learn as learning
from index.pipeline import write as drafting
from index.pipeline.build import Built, Rules, SkippedError, build
from index.publishing import publish as publishing
from index.publishing.opening import open_generation
from index.sources.corpus import read_corpus
from index.store import generation as g
from index.store import manifest as m
from index.store import verified
from index.store.manifest import CACHE
from index.store.vectors import VectorWriter
from index.versions import made_with
from search.engine import Engine
from tests.support.fakes import DIMENSIONS, LetterEncoder, silent


def row(number: int, **changes: object) -> dict[str, object]:
    sections = {
        "What's New": f"논문 {number}은 검색기를 학습하는 새로운 방법을 제안합니다. It is method {number}.",
        "Performance": f"정확도가 {number}점 높아졌습니다.",
    }
    return {
        "id": f"2401.{number:05}",
        "title": f"Paper {number}",
        "date": "2024-01-02",
        "sections": sections,
        **changes,
    }


def write(file: Path, rows: Sequence[dict[str, object]]) -> Path:
    file.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in rows), "utf-8")
    return file


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write(tmp_path / "papers.jsonl", [row(number) for number in range(6)])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def built(source: Path, store: Path, encoder: Encoder | None = None) -> Built:
    return build([source], store, encoder or LetterEncoder(), silent)


def stored_papers(store: Path) -> list[Paper]:
    generation = open_generation(store)
    papers = [generation.paper(number) for number in range(generation.manifest.papers)]
    generation.close()
    return papers


def everything(store: Path) -> dict[str, Any]:
    """Return what a store's generation says, whatever it is named."""
    generation = open_generation(store)
    layout, manifest = generation.layout, generation.manifest
    sections = np.arange(manifest.sections)
    found = {
        "vectors": generation.index.vectors(sections).tobytes(),
        "titles": generation.title_vectors(np.arange(manifest.papers)).tobytes(),
        "sentences": [generation.sentence_vectors(int(section)).tobytes() for section in sections],
        "layout": [getattr(layout, name).tobytes() for name in layout.__slots__],
        "digests": {name: file["sha256"] for name, file in manifest.files.items() if name != m.LAYOUT},
    }
    generation.close()
    return found


def in_store(store: Path) -> set[str]:
    return {path.name for path in store.iterdir() if not path.name.startswith(CACHE)}


def test_a_build_publishes_every_paper(source: Path, store: Path) -> None:
    result = built(source, store)
    assert stored_papers(store) == list(read_corpus([source]).papers)
    assert (result.manifest.papers, result.manifest.sections) == (6, 12)
    assert m.current_folder(store).name == result.manifest.name
    assert in_store(store) == {m.CURRENT, m.GENERATIONS, m.LOCK}


def test_each_different_passage_is_encoded_once(source: Path, store: Path) -> None:
    encoder = LetterEncoder()
    result = built(source, store, encoder)
    wanted = {passage for paper in read_corpus([source]).papers for passage in passages(paper)}
    assert len(encoder.handed) == len(set(encoder.handed)) == result.encoded == 18
    assert set(encoder.handed) == wanted


def test_unchanged_texts_are_not_encoded_again(source: Path, store: Path) -> None:
    first = built(source, store)
    again = LetterEncoder()
    second = built(source, store, again)
    assert (again.handed, second.encoded, second.published) == ([], 0, False)
    assert first.manifest == second.manifest == m.Manifest.read(m.current_folder(store))


def test_only_what_is_new_is_encoded(source: Path, store: Path) -> None:
    built(source, store)
    rows = [row(number, votes=9) for number in range(1, 7)]
    rows[0]["title"] = "Another title"
    write(source, rows)
    encoder = LetterEncoder()
    assert built(source, store, encoder).encoded == 4
    texts = sorted(passage.text for passage in encoder.handed)
    assert texts[:2] == ["Another title", "Paper 6"]
    assert [paper.id for paper in stored_papers(store)] == [f"2401.{number:05}" for number in range(1, 7)]


def test_another_encoder_encodes_everything_again(source: Path, store: Path) -> None:
    built(source, store)
    other = LetterEncoder(Fingerprint("letters", "other", "hash", "", "", DIMENSIONS, 512))
    assert built(source, store, other).encoded == 18


def test_an_interrupted_build_keeps_what_it_had_encoded(tmp_path: Path, store: Path) -> None:
    source = write(tmp_path / "papers.jsonl", [row(number) for number in range(50)])
    with pytest.raises(OSError, match="went down"):
        built(source, store, LetterEncoder(fails_after=100))
    encoder = LetterEncoder()
    built(source, store, encoder)
    assert len(encoder.handed) == 150 - 64


def test_the_same_sources_give_the_same_generation(source: Path, store: Path, tmp_path: Path) -> None:
    built(source, store)
    built(source, tmp_path / "other")
    assert everything(store) == everything(tmp_path / "other")
    before = everything(store), m.current_folder(store)
    assert build([source], store, LetterEncoder(), silent, Rules(full=True)).encoded == 18
    assert everything(store) == before[0]
    assert m.current_folder(store) != before[1]


def test_the_same_sources_give_the_same_answers(source: Path, store: Path, tmp_path: Path) -> None:
    built(source, store)
    built(source, tmp_path / "other")
    engines = [Engine.open(place, LetterEncoder()) for place in (store, tmp_path / "other")]
    for query in ("검색기 학습", "method 3", "accuracy"):
        first, second = (engine.search(query).results for engine in engines)
        assert first == second != ()
    for engine in engines:
        engine.generation.close()


def test_the_order_of_the_files_does_not_change_the_answers(tmp_path: Path) -> None:
    parts = [write(tmp_path / f"{name}.jsonl", [row(number)]) for number, name in enumerate("abc")]
    build(parts, tmp_path / "one", LetterEncoder(), silent)
    build(parts[::-1], tmp_path / "two", LetterEncoder(), silent)
    assert stored_papers(tmp_path / "one") == stored_papers(tmp_path / "two")


def test_an_open_generation_answers_on_while_another_is_published(source: Path, store: Path) -> None:
    built(source, store)
    generation = open_generation(store)
    before = [paper.title for paper in generation.papers()]
    write(source, [row(number, title="New") for number in range(3)])
    built(source, store)
    assert [paper.title for paper in generation.papers()] == before
    assert len(generation.index.vectors(np.arange(12))) == 12
    generation.close()
    assert len(stored_papers(store)) == 3


def fail(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def patch_call(monkeypatch: pytest.MonkeyPatch, owner: object, name: str, nth: int) -> None:
    """Let the nth call of a function fail."""
    real: Callable[..., Any] = getattr(owner, name)
    calls = iter(range(1_000_000))

    def sometimes(*arguments: Any, **options: Any) -> Any:
        if next(calls) == nth:
            fail()
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, sometimes)


FAILURES = [
    (building, "gather_facts", 0),
    (learning, "count_papers", 0),
    (building, "write_files", 0),
    (building, "write_map", 0),
    (drafting, "write_papers", 0),
    (drafting, "write_vectors", 0),
    (VectorWriter, "add", 0),
    (VectorWriter, "write", 0),
    *((os, "posix_fallocate", nth) for nth in range(4)),
    (np, "savez", 0),
    (np, "savez", 1),
    (np, "savez", 2),
    (Path, "write_bytes", 0),
    (g.Generation, "__init__", 0),
    (g.Generation, "__init__", 1),
    *((os, "fsync", nth) for nth in range(len(m.DATA_FILES) + 4)),
    (Path, "rename", 0),
    (Path, "rename", 1),
    (Path, "replace", 0),
]


@pytest.mark.parametrize(("owner", "name", "nth"), FAILURES, ids=lambda part: getattr(part, "__name__", part))
def test_a_failing_write_leaves_the_old_generation_in_force(
    source: Path, store: Path, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, nth: int
) -> None:
    old = built(source, store).manifest
    papers = stored_papers(store)
    write(source, [row(number, title=f"New {number}") for number in range(4)])
    with monkeypatch.context() as patched:
        patched.setattr(verified, "replace_text", lambda *_: None)  # its notes lie outside the store
        patch_call(patched, owner, name, nth)
        with pytest.raises(OSError, match="No space left"):
            built(source, store)
    assert m.current_folder(store).name == old.name
    assert stored_papers(store) == papers
    assert in_store(store) == {m.CURRENT, m.GENERATIONS, m.LOCK}
    assert not list((store / m.GENERATIONS).glob(".*"))
    assert built(source, store).manifest.papers == 4
    assert [paper.title for paper in stored_papers(store)] == [f"New {number}" for number in range(4)]


def test_a_failing_encoder_leaves_the_old_generation_in_force(source: Path, store: Path) -> None:
    old = built(source, store).manifest
    write(source, [row(number, title=f"New {number}") for number in range(4)])
    with pytest.raises(OSError, match="went down"):
        built(source, store, LetterEncoder(fails_after=2))
    assert m.current_folder(store).name == old.name
    assert [path.name for path in (store / m.GENERATIONS).iterdir()] == [old.name]


def test_a_first_build_that_fails_leaves_no_store(source: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patch_call(patched, np, "savez", 0)
        with pytest.raises(OSError, match="No space left"):
            built(source, store)
    with pytest.raises(StoreError, match="no store here"):
        open_generation(store)
    assert built(source, store).encoded == 0


def test_a_full_build_takes_the_place_of_what_was_kept(source: Path, store: Path) -> None:
    built(source, store)
    write(source, [row(number) for number in range(1, 6)])
    (store / f"{CACHE}-wal").write_bytes(b"left by a killed run")
    encoder = LetterEncoder()
    build([source], store, encoder, silent, Rules(full=True))
    assert len(encoder.handed) == 15
    assert {path.name for path in store.iterdir()} == {m.CURRENT, m.GENERATIONS, m.LOCK, CACHE}
    write(source, [row(number) for number in range(6)])
    assert built(source, store).encoded == 3


@pytest.mark.parametrize("full", [False, True])
def test_a_run_that_reads_nothing_leaves_nothing_and_takes_nothing_away(
    source: Path, store: Path, tmp_path: Path, full: bool
) -> None:
    with pytest.raises(SourceError):
        build([tmp_path / "gone"], store, LetterEncoder(), silent, Rules(full=full))
    assert not store.exists()
    built(source, store)
    before = {path.name: path.read_bytes() for path in store.iterdir() if path.is_file() and path.name != m.LOCK}
    with pytest.raises(SourceError):
        build([tmp_path / "gone"], store, LetterEncoder(), silent, Rules(full=full))
    assert {path.name: path.read_bytes() for path in store.iterdir() if path.name in before} == before
    assert in_store(store) == {m.CURRENT, m.GENERATIONS, m.LOCK}


def test_a_damaged_generation_is_made_anew_though_the_sources_have_not_changed(source: Path, store: Path) -> None:
    first = built(source, store).manifest
    (m.current_folder(store) / m.TITLES).write_bytes(b"")
    second = built(source, store)
    assert (second.published, second.encoded) == (True, 0)
    assert second.manifest.files == {**first.files, **{n: second.manifest.files[n] for n in (m.LAYOUT, m.TOPICS)}}
    assert len(stored_papers(store)) == 6


@pytest.mark.parametrize("name", ["numpy", "nonmun"])
def test_other_code_or_another_library_makes_a_generation_anew(
    source: Path, store: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    built(source, store)
    for module in (building, publishing):
        monkeypatch.setattr(module, "made_with", lambda: {**made_with(), name: "another"})
    assert built(source, store).published
    assert not built(source, store).published


def test_other_sources_of_the_same_papers_are_noted(source: Path, store: Path, tmp_path: Path) -> None:
    built(source, store)
    moved = source.rename(tmp_path / "moved.jsonl")
    again = built(moved, store)
    assert (again.published, again.encoded, bool(again.changes)) == (True, 0, False)
    assert again.manifest.sources == (str(moved),)


def test_sources_without_a_paper_publish_nothing(tmp_path: Path, store: Path) -> None:
    (tmp_path / "empty.md").write_text("# Nothing\n", "utf-8")
    with pytest.raises(SourceError, match=r"empty\.md: no paper found"):
        built(tmp_path / "empty.md", store)
    assert not store.exists()


def test_a_strict_build_publishes_nothing_where_anything_is_skipped(source: Path, store: Path) -> None:
    built(source, store)
    old = m.current_folder(store)
    with source.open("a") as file:
        file.write("{broken\n")
    with pytest.raises(SkippedError, match=r"papers\.jsonl:7: .*nothing was published") as caught:
        build([source], store, LetterEncoder(), silent, Rules(strict=True))
    assert len(caught.value.report.skipped) == 1
    assert m.current_folder(store) == old
    assert built(source, store).manifest.papers == 6


def test_a_damaged_cache_is_named_and_the_store_left_as_it_is(source: Path, store: Path) -> None:
    built(source, store)
    old = m.current_folder(store)
    (store / CACHE).write_bytes(b"x" * 5000)
    with pytest.raises(StoreError, match=rf"{CACHE}: damaged"):
        built(source, store)
    assert m.current_folder(store) == old
    (store / CACHE).unlink()
    write(source, [row(number) for number in range(7)])
    assert built(source, store).encoded == 21


@pytest.mark.parametrize("votes", [0, -7, 2**31, 999_999_999_999])
def test_any_number_of_votes_is_kept(tmp_path: Path, store: Path, votes: int) -> None:
    built(write(tmp_path / "papers.jsonl", [row(1, votes=votes), row(2)]), store)
    assert [paper.votes for paper in stored_papers(store)] == [votes, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "😀" * 50},
        {"sections": {"Summary": "。"}},
        {"sections": {"Summary": "\u200b"}},
        {"sections": {"Summary": "말" * 20_000}},
        {"sections": {f"Part {number}": f"Text {number}." for number in range(200)}},
        {"date": "1999-12-31", "authors": ["'; DROP TABLE papers; --"], "fields": ["%", "_"]},
    ],
    ids=["emoji", "mark", "invisible", "long", "many", "names"],
)
def test_an_unusual_paper_is_stored_and_found(tmp_path: Path, store: Path, changes: dict[str, object]) -> None:
    source = write(tmp_path / "papers.jsonl", [row(1, **changes), row(2)])
    built(source, store)
    assert stored_papers(store) == list(read_corpus([source]).papers)
    engine = Engine.open(store, LetterEncoder())
    assert {result.paper.id for result in engine.search("paper").results} == {"2401.00001", "2401.00002"}
    engine.generation.close()


def test_progress_counts_every_stage_to_its_end(source: Path, store: Path) -> None:
    told: list[tuple[str, int, int]] = []
    build([source], store, LetterEncoder(), lambda *stage: told.append(stage))
    for stage in ("read", "compare", "analyze words", "encode", "write", "publish", "prune"):
        steps = [(done, total) for name, done, total in told if name == stage]
        assert steps[0][0] == 0
        assert steps[-1][0] == steps[-1][1]
        assert steps == sorted(steps)
    assert ("encode", 18, 18) in told


QUESTIONS = ("큰 모델을 적은 메모리로 미세 조정하는 방법", "image generation by removing noise", "LoRA", "zzz")


def answers(store: Path, encoder: Encoder) -> list[object]:
    """Return all that a store answers to some questions, scores and highlights included."""
    engine = Engine.open(store, encoder)
    found = [engine.search(query, 100) for query in QUESTIONS]
    similar = engine.similar("1409.0473", 100).results
    engine.generation.close()
    return [*((a.results, a.confident, a.also_searched) for a in found), similar]


def arrays(store: Path) -> dict[str, bytes]:
    folder = m.current_folder(store)
    return {name: (folder / name).read_bytes() for name in (m.SECTIONS, m.TITLES, m.SENTENCES)}


def test_two_builds_from_nothing_give_the_same_bytes_and_answers(
    examples: Path, encoder: Encoder, tmp_path: Path
) -> None:
    sources = [examples / year for year in ("2013", "2014", "2015")]
    stores = [tmp_path / name for name in ("one", "two")]
    for store in stores:
        build(sources, store, encoder, silent)
    assert arrays(stores[0]) == arrays(stores[1])
    assert answers(stores[0], encoder) == answers(stores[1], encoder)


def test_a_store_that_grew_answers_like_one_that_was_built_at_once(
    examples: Path, example_store: Path, encoder: Encoder, tmp_path: Path
) -> None:
    years = sorted(path for path in examples.iterdir() if path.is_dir())
    store = tmp_path / "store"
    first = build(years[::2], store, encoder, silent)
    second = build([examples], store, encoder, silent)
    assert 0 < second.encoded < first.encoded + second.encoded
    assert arrays(store) == arrays(example_store)
    assert answers(store, encoder) == answers(example_store, encoder)
    whole = open_generation(example_store)
    assert second.manifest.background == whole.manifest.background
    whole.close()
