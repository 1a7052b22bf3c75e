"""A store that has grown by any history of edits is the store that is built from nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.durable import file_digest
from index.encoding.encoder import Encoder, Fingerprint, Passage, PassageVectors, QueryVector
from index.paper import Paper
from index.pipeline.build import Built, Rules, build
from index.sources.changes import changes_of
from index.sources.corpus import read_corpus
from index.store import manifest as m
from search.engine import Engine
from tests.support.fakes import silent

DAYS = ("2024-01-02", "2024-01-03", "2024-02-01")
PLACES = ("a.jsonl", "b.jsonl", "2024/c.md")
QUESTIONS = ("큰 모델을 적은 메모리로 미세 조정하는 방법", "image generation by removing noise", "LoRA", "zzz")
POOL = 14

Edit = tuple[str, int, str, int]
History = list[list[Edit]]


class SharedEncoder:
    """The default encoder, remembering every passage, as a cache does that all stores share."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._passages: dict[Passage, PassageVectors] = {}
        self._queries: dict[str, QueryVector] = {}
        self.handed: list[Passage] = []

    @property
    def fingerprint(self) -> Fingerprint:
        return self._encoder.fingerprint

    def encode_query(self, text: str) -> QueryVector:
        if text not in self._queries:
            self._queries[text] = self._encoder.encode_query(text)
        return self._queries[text]

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        self.handed += passages
        new = [passage for passage in dict.fromkeys(passages) if passage not in self._passages]
        for place, vectors in self._encoder.encode_passages(new):
            self._passages[new[place]] = vectors
        yield from ((place, self._passages[passage]) for place, passage in enumerate(passages))


@pytest.fixture(scope="module")
def shared_encoder(encoder: Encoder) -> SharedEncoder:
    return SharedEncoder(encoder)


@pytest.fixture(scope="module")
def pool(examples: Path) -> list[Paper]:
    """Return real papers with short summaries, in both languages."""
    papers = sorted(read_corpus([examples]).papers, key=lambda p: sum(len(s.text) for s in p.sections))
    return papers[:POOL]


class Archive:
    """A folder of three files that is edited paper by paper; each file is in the dialect that its name says."""

    def __init__(self, folder: Path, pool: Sequence[Paper]) -> None:
        self.folder = folder
        self._pool = pool
        self._papers: dict[str, dict[int, Paper]] = {place: {} for place in PLACES}

    def edit(self, kind: str, number: int, place: str, other: int) -> None:
        """Add, remove, move, retitle, rewrite, vote for or merge a paper."""
        held = self._papers[place]
        paper = held.get(number, self._pool[number])
        match kind:
            case "add":
                held[number] = paper
            case "remove":
                held.pop(number, None)
            case "move":
                held.pop(number, None)
                self._papers[PLACES[other % len(PLACES)]][number] = paper
            case "date":
                held[number] = replace(paper, date=DAYS[other % len(DAYS)])
            case "title":
                held[number] = replace(paper, title=self._pool[other].title)
            case "text":
                held[number] = replace(paper, sections=(*paper.sections[:1], *self._pool[other].sections[-1:]))
            case "vote":
                held[number] = replace(paper, votes=other)
            case "author":
                held[number] = replace(paper, authors=self._pool[other].authors, fields=("cs.CL",))

    def write(self) -> None:
        """Write all files; an archive without a paper gets one."""
        if not any(self._papers.values()):
            self._papers[PLACES[0]][0] = self._pool[0]
        for place, papers in self._papers.items():
            file = self.folder / place
            file.parent.mkdir(parents=True, exist_ok=True)
            write = markdown if place.endswith(".md") else jsonl
            file.write_text("".join(map(write, papers.values())), "utf-8")


def jsonl(paper: Paper) -> str:
    values = paper.as_dict()
    return json.dumps({**values, "sections": {s.heading: s.text for s in paper.sections}}, ensure_ascii=False) + "\n"


def markdown(paper: Paper) -> str:
    sections = "".join(f"- **{s.heading}**: {' '.join(s.text.split())}\n" for s in paper.sections)
    votes = "" if paper.votes is None else f"Vote: {paper.votes}\n\n"
    authors = f"Authors: {', '.join(paper.authors)}\n\n"
    return f"### [{paper.title}](https://arxiv.org/abs/{paper.id})\n\n{votes}{authors}{sections}\n"


def everything(store: Path) -> dict[str, object]:
    """Return what a generation's files hold, and what it measured of itself."""
    folder = m.current_folder(store)
    found: dict[str, object] = {"background": m.Manifest.read(folder).background}
    for name in m.DATA_FILES:
        if name.endswith(".npz"):
            with np.load(folder / name, allow_pickle=False) as arrays:
                found[name] = {key: arrays[key].tobytes() for key in arrays.files}
        else:
            found[name] = file_digest(folder / name)
    return found


def answers(store: Path, encoder: Encoder) -> list[object]:
    """Return all that a store answers, with scores, parts and highlights."""
    engine = Engine.open(store, encoder)
    try:
        asked = [engine.search(question, 50) for question in QUESTIONS]
        first = next(engine.generation.papers())
        alike = engine.similar(first.id, 50).results
        return [*((a.results, a.confident, a.also_searched) for a in asked), alike]
    finally:
        engine.generation.close()


def indexed(archive: Archive, store: Path, encoder: Encoder) -> Built:
    return build([archive.folder], store, encoder, silent, Rules(allow_empty=True, keep=0))


kinds = st.sampled_from(["add", "add", "add", "remove", "move", "date", "title", "text", "vote", "author"])
edits = st.tuples(kinds, st.integers(0, POOL - 1), st.sampled_from(PLACES), st.integers(0, POOL - 1))
histories = st.lists(st.lists(edits, min_size=1, max_size=8), min_size=2, max_size=4)


def check(history: History, folder: Path, pool: Sequence[Paper], encoder: SharedEncoder) -> None:
    archive, grown, fresh = Archive(folder / "archive", pool), folder / "grown", folder / "fresh"
    before: Sequence[Paper] = ()
    for turn in history:
        for edit in turn:
            archive.edit(*edit)
        archive.write()
        encoder.handed.clear()
        done = indexed(archive, grown, encoder)
        corpus = read_corpus([archive.folder])
        after = corpus.papers
        assert done.changes == changes_of(corpus, ((paper.id, paper.to_json()) for paper in before))
        assert done.published == (before != after)
        assert len(encoder.handed) == done.encoded
        before = after
    encoder.handed.clear()
    indexed(archive, fresh, encoder)
    assert {text for paper in before for text in (paper.title, *(s.text for s in paper.sections))} == {
        passage.text for passage in encoder.handed
    }
    assert everything(grown) == everything(fresh)
    assert answers(grown, encoder) == answers(fresh, encoder)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@given(histories)
def test_any_history_of_edits_gives_the_store_that_is_built_from_nothing(
    pool: list[Paper],
    shared_encoder: SharedEncoder,
    tmp_path_factory: pytest.TempPathFactory,
    history: History,
) -> None:
    check(history, tmp_path_factory.mktemp("history"), pool, shared_encoder)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_any_of_many_histories_gives_the_store_that_is_built_from_nothing(
    pool: list[Paper],
    shared_encoder: SharedEncoder,
    tmp_path_factory: pytest.TempPathFactory,
    history: History,
) -> None:
    check(history, tmp_path_factory.mktemp("history"), pool, shared_encoder)
