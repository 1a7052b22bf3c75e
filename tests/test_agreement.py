"""Whether a summary belongs to its title."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.agreement import DOUBTFUL, SAMPLE, FloatArray, nearness, said
from index.build import build
from index.corpus import read_corpus
from index.encoder import Encoder
from index.generation import Generation
from index.manifest import CACHE
from index.paper import Paper
from tests.fakes import silent

PRIVACY, SEGMENT = "1607.00133", "2304.02643"
WEIGHTS = {"증류": 2.0, "search": 1.0, "rare": 5.0}


def units(number: int, seed: int) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(number, 16))
    found: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def test_a_title_is_nearest_to_the_summary_that_is_its_own() -> None:
    titles = units(40, 1)
    own = nearness(titles, titles)
    other = nearness(titles, np.roll(titles, 1, axis=0))
    assert own.shape == (40,)
    assert own.min() > 2.5
    assert abs(float(other.mean())) < 0.5


def test_nearness_does_not_depend_on_the_scale_of_what_others_have_in_common() -> None:
    titles, summaries = units(40, 1), units(40, 2)
    assert nearness(titles, summaries * 0.1) == pytest.approx(nearness(titles, summaries), abs=1e-3)


def test_a_large_archive_is_judged_by_a_sample() -> None:
    titles = units(SAMPLE * 3, 3)
    assert nearness(titles, titles).min() > 2


@pytest.mark.parametrize("papers", [1, 2])
def test_too_few_papers_give_finite_figures(papers: int) -> None:
    assert np.isfinite(nearness(units(papers, 1), units(papers, 2))).all()


@pytest.mark.parametrize(
    ("title", "body", "share"),
    [
        ({"증류", "search"}, {"증류", "search", "more"}, 1.0),
        ({"증류", "search"}, {"search"}, 1 / 3),
        ({"증류", "search"}, {"other"}, 0.0),
        ({"증류"}, {"distil", "knowledg"}, 1.0),
        ({"증류"}, {"distil"}, 0.0),
        (set(), {"search"}, 1.0),
    ],
)
def test_a_summary_says_the_terms_of_its_title_in_either_language(
    title: set[str], body: set[str], share: float
) -> None:
    entries = {"증류": [("knowledg", "distil")]}
    found = said([frozenset(title)], [frozenset(body)], WEIGHTS, entries)
    assert found == pytest.approx(np.array([share]))


def test_a_rare_term_says_more_than_a_common_one() -> None:
    titles = [frozenset({"search", "rare"})] * 2
    one, other = said(titles, [frozenset({"rare"}), frozenset({"search"})], WEIGHTS, {})
    assert one > other


def test_the_examples_are_not_doubted(example_store: Path) -> None:
    generation = Generation.open(example_store)
    assert not any(generation.doubtful(row) for row in range(generation.manifest.papers))
    assert len(generation.layout.agreement) == generation.manifest.papers
    generation.close()


def write(papers: Sequence[Paper], file: Path) -> Path:
    rows = (
        {**paper.as_dict(), "sections": [{"heading": s.heading, "text": s.text} for s in paper.sections]}
        for paper in papers
    )
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


@pytest.fixture(scope="module")
def swapped(
    examples: Path, example_store: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Generation]:
    """Yield the examples with the summaries of two papers swapped."""
    papers = {paper.id: paper for paper in read_corpus([examples]).papers}
    one, other = papers[PRIVACY], papers[SEGMENT]
    papers[PRIVACY], papers[SEGMENT] = replace(one, sections=other.sections), replace(other, sections=one.sections)
    folder = tmp_path_factory.mktemp("swapped")
    source, store = write(list(papers.values()), folder / "papers.jsonl"), folder / "store"
    store.mkdir()
    shutil.copyfile(example_store / CACHE, store / CACHE)
    assert build([source], store, encoder, silent).encoded == 0
    opened = Generation.open(store)
    yield opened
    opened.close()


def test_two_papers_whose_summaries_are_swapped_agree_least(swapped: Generation) -> None:
    agreement = swapped.layout.agreement
    order = np.argsort(agreement)
    assert {swapped.paper(int(row)).id for row in order[:2]} == {PRIVACY, SEGMENT}
    assert agreement[order[2]] > DOUBTFUL + 1


def test_a_swapped_summary_agrees_less_than_the_right_one(swapped: Generation, example_store: Path) -> None:
    right = Generation.open(example_store)
    for paper in (PRIVACY, SEGMENT):
        row = right.row_of(paper)
        assert swapped.layout.agreement[swapped.row_of(paper)] < right.layout.agreement[row] - 1
    right.close()


def test_only_swapped_papers_are_doubted(swapped: Generation) -> None:
    doubted = {swapped.paper(row).id for row in range(swapped.manifest.papers) if swapped.doubtful(row)}
    assert doubted
    assert doubted <= {PRIVACY, SEGMENT}
