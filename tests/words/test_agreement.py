"""Whether a summary belongs to its title."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from index.arrays import FloatArray
from index.encoding.encoder import Encoder
from index.paper import Paper
from index.pipeline.build import build
from index.publishing.opening import open_generation
from index.sources.corpus import read_corpus
from index.store.generation import DOUBTFUL, Generation
from index.store.manifest import CACHE
from index.words.agreement import SAMPLE, Entries, nearness, said, sample
from index.words.bm25 import TITLE_WEIGHT
from tests.support.fakes import silent

PRIVACY, SEGMENT = "1607.00133", "2304.02643"
TERMS = ["증류", "search", "rare", "more", "other", "distil", "knowledg"]
WEIGHTS = np.array([2.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0])


def units(number: int, seed: int) -> FloatArray:
    vectors = np.random.default_rng(seed).normal(size=(number, 16))
    found: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def test_a_title_is_nearest_to_the_summary_that_is_its_own() -> None:
    titles = units(40, 1)
    own = nearness(titles, titles, titles)
    other = nearness(titles, np.roll(titles, 1, axis=0), titles)
    assert own.shape == (40,)
    assert own.min() > 2.5
    assert abs(float(other.mean())) < 0.5


def test_nearness_does_not_depend_on_the_scale_of_what_others_have_in_common() -> None:
    titles, summaries = units(40, 1), units(40, 2)
    scaled = nearness(titles, summaries * 0.1, summaries * 0.1)
    assert scaled == pytest.approx(nearness(titles, summaries, summaries), abs=1e-3)


def test_a_large_archive_is_judged_by_a_sample() -> None:
    titles = units(SAMPLE * 3, 3)
    picked = sample(len(titles))
    assert (len(picked), picked[0], picked[-1]) == (SAMPLE, 0, len(titles) - 1)
    assert nearness(titles, titles, titles[picked]).min() > 2


@pytest.mark.parametrize("papers", [1, 2])
def test_too_few_papers_give_finite_figures(papers: int) -> None:
    titles, summaries = units(papers, 1), units(papers, 2)
    assert np.isfinite(nearness(titles, summaries, summaries[sample(papers)])).all()


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
    assert shares([title], [body], {"증류": [("knowledg", "distil")]}) == pytest.approx([share])


def test_any_of_several_phrases_will_do_and_an_unknown_one_will_not() -> None:
    entries = {"증류": [("knowledg", "distil"), ("unknown",), ("more",)]}
    assert shares([{"증류"}] * 3, [{"more"}, {"distil"}, {"other"}], entries) == [1, 0, 0]


def test_a_rare_term_says_more_than_a_common_one() -> None:
    one, other = shares([{"search", "rare"}] * 2, [{"rare"}, {"search"}], {})
    assert one > other


def test_a_term_that_no_summary_says_and_the_glossary_lacks_is_not_asked_for() -> None:
    titles, bodies = [{"search", "rare"}, {"search"}], [{"search"}, {"search"}]
    assert shares(titles, bodies, {}) == [1, 1]
    assert shares(titles, bodies, {"rare": [("unknown",)]}) == pytest.approx([1 / 6, 1])
    assert shares(titles, [{"search"}, {"rare"}], {}) == pytest.approx([1 / 6, 0])


def shares(titles: list[set[str]], bodies: list[set[str]], phrases: dict[str, list[tuple[str, ...]]]) -> list[float]:
    """Return what `said` says of papers with these terms in their titles and sections."""
    in_title, in_body = (
        np.array([[t in held for t in TERMS] for held in some], np.float32) for some in (titles, bodies)
    )
    places = {term: place for place, term in enumerate(TERMS)}
    entries = {places[t]: [[places.get(o, -1) for o in phrase] for phrase in some] for t, some in phrases.items()}
    papers = sparse.csr_matrix(TITLE_WEIGHT * in_title + in_body)
    found: list[float] = said(sparse.csr_matrix(in_title), papers, WEIGHTS, Entries(entries, len(TERMS))).tolist()
    return found


def test_the_examples_are_not_doubted(example_store: Path) -> None:
    generation = open_generation(example_store)
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
    opened = open_generation(store)
    yield opened
    opened.close()


def test_two_papers_whose_summaries_are_swapped_agree_least(swapped: Generation) -> None:
    agreement = swapped.layout.agreement
    order = np.argsort(agreement)
    assert {swapped.paper(int(row)).id for row in order[:2]} == {PRIVACY, SEGMENT}
    assert agreement[order[2]] > DOUBTFUL + 0.5


def test_a_swapped_summary_agrees_less_than_the_right_one(swapped: Generation, example_store: Path) -> None:
    right = open_generation(example_store)
    for paper in (PRIVACY, SEGMENT):
        row = right.row_of(paper)
        assert swapped.layout.agreement[swapped.row_of(paper)] < right.layout.agreement[row] - 1
    right.close()


def test_only_swapped_papers_are_doubted(swapped: Generation) -> None:
    doubted = {swapped.paper(row).id for row in range(swapped.manifest.papers) if swapped.doubtful(row)}
    assert doubted
    assert doubted <= {PRIVACY, SEGMENT}
