"""What is shown of each paper."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from index.encoding.encoder import Encoder
from index.paper import Kind, split_sentences
from index.store.generation import Generation
from search.engine import Engine
from search.query.question import Question, question, word_analysis
from search.ranking.fusion import RECIPE, Ranked
from search.ranking.highlights import searched_parts
from search.ranking.hybrid import find
from search.ranking.results import Presenter, section_pairs
from search.ranking.similar import section_grid

LORA, QLORA = "2106.09685", "2305.14314"
QUERY = "큰 모델을 적은 메모리로 미세 조정하는 방법"


@pytest.fixture(scope="module")
def generation(engine: Engine) -> Generation:
    return engine.generation


@pytest.fixture(scope="module")
def asked(generation: Generation, encoder: Encoder) -> Question:
    return question(QUERY, encoder.encode_query(QUERY).vector, generation, word_analysis(generation))


@pytest.fixture(scope="module")
def ranked(generation: Generation, asked: Question) -> Ranked:
    return find(asked, generation, RECIPE).ranked


def presenter(generation: Generation, asked: Question, kind: Kind | None = None) -> Presenter:
    return Presenter(generation, searched_parts(word_analysis(generation)), asked, kind)


def test_a_page_holds_the_ranked_papers_from_its_place_on(
    generation: Generation, asked: Question, ranked: Ranked
) -> None:
    shown = presenter(generation, asked)
    page = shown.page(ranked, 3, 4)
    assert [result.paper.id for result in page] == [generation.paper(int(row)).id for row in ranked.rows[3:7]]
    assert [result.score for result in page] == [float(score) for score in ranked.scores[3:7]]
    assert [result.parts["terms"] for result in page] == [float(part) for part in ranked.parts["terms"][3:7]]
    assert shown.page(ranked, 64, 10) == shown.page(ranked, 60, 10)[4:]
    assert shown.page(ranked, 66, 10) == ()


def test_sections_are_untouched_and_the_one_with_the_best_sentence_comes_first(
    generation: Generation, asked: Question
) -> None:
    for row in range(0, generation.manifest.papers, 6):
        paper = generation.paper(row)
        found = presenter(generation, asked).matches(np.array([row]))[0]
        assert sorted((s.kind, s.heading, s.text) for s in found) == sorted(
            (s.kind, s.heading, s.text) for s in paper.sections
        )
        assert found[0].score == 1
        assert all(one.score >= other.score > 0 for one, other in pairwise(found))


def test_only_sections_of_the_wanted_kind_are_shown(generation: Generation, asked: Question) -> None:
    found = presenter(generation, asked, Kind.PERFORMANCE).matches(np.array([generation.row_of(LORA)]))[0]
    assert [section.kind for section in found] == [Kind.PERFORMANCE]
    assert presenter(generation, asked, Kind.OTHER).matches(np.array([generation.row_of(LORA)]))[0] == ()


def test_the_best_sentence_of_the_right_paper_answers_the_question(generation: Generation, asked: Question) -> None:
    best = presenter(generation, asked).matches(np.array([generation.row_of(LORA)]))[0][0]
    marked = [best.text[h.start : h.end] for h in best.highlights if h.kind == "semantic" and h.weight == 1]
    assert len(marked) == 1
    assert "메모리" in marked[0]
    assert "미세 조정" in marked[0]


def test_terms_of_the_question_and_their_translations_are_marked(generation: Generation, encoder: Encoder) -> None:
    text = "contrastive learning"
    english = question(text, encoder.encode_query(text).vector, generation, word_analysis(generation))
    row = int(find(english, generation, RECIPE).ranked.rows[0])
    words = {
        section.text[h.start : h.end].lower()
        for section in presenter(generation, english).matches(np.array([row]))[0]
        for h in section.highlights
        if h.kind == "term"
    }
    assert "contrastive" in words
    added = english.added()
    shown = [generation.posting(term) for term in added]
    assert any(posting is not None for posting in shown)


def test_a_paper_that_is_doubted_says_so(
    generation: Generation, asked: Question, ranked: Ranked, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = int(ranked.rows[1])
    monkeypatch.setattr(generation, "doubts", lambda rows: rows == odd)
    assert [result.doubtful for result in presenter(generation, asked).page(ranked, 0, 4)] == [
        False,
        True,
        False,
        False,
    ]


def test_pairs_are_shown_beside_an_example_only(generation: Generation, asked: Question, ranked: Ranked) -> None:
    shown = presenter(generation, asked)
    assert all(result.pairs == () for result in shown.page(ranked, 0, 5))
    assert all(result.pairs for result in shown.page(ranked, 0, 5, generation.row_of(LORA)))


@pytest.mark.parametrize("other", [QLORA, "1506.02640", "2307.03172"])
def test_every_section_of_the_example_is_paired_with_every_one_of_the_other(generation: Generation, other: str) -> None:
    rows = generation.row_of(LORA), generation.row_of(other)
    papers = [generation.paper(row) for row in rows]
    found = section_pairs(*rows, generation)
    expected = sorted((a.heading, b.heading) for a in papers[0].sections for b in papers[1].sections)
    assert sorted((pair.example_heading, pair.heading) for pair in found) == expected
    assert all(one.similarity >= two.similarity for one, two in pairwise(found))
    grid = section_grid(*rows, generation)
    assert sorted(pair.similarity for pair in found) == pytest.approx(sorted(grid.ravel().tolist()), abs=1e-4)


def test_a_pair_names_the_two_likest_sentences_of_its_sections(generation: Generation) -> None:
    rows = generation.row_of(LORA), generation.row_of(QLORA)
    offsets = generation.layout.section_offsets
    for pair in section_pairs(*rows, generation):
        places, texts = [], []
        for row, heading in zip(rows, (pair.example_heading, pair.heading), strict=True):
            sections = generation.paper(row).sections
            place = next(i for i, section in enumerate(sections) if section.heading == heading)
            places.append(generation.sentence_vectors(int(offsets[row]) + place))
            texts.append([sections[place].text[s.start : s.end] for s in split_sentences(sections[place].text)])
        alike = places[0] @ places[1].T
        chosen = alike[texts[0].index(pair.example_sentence), texts[1].index(pair.sentence)]
        assert float(chosen) == pytest.approx(float(alike.max()), abs=1e-6)


def test_likeness_is_the_same_from_either_side(generation: Generation) -> None:
    one, other = generation.row_of(LORA), generation.row_of(QLORA)
    assert np.allclose(section_grid(one, other, generation), section_grid(other, one, generation).T, atol=1e-5)
    assert np.allclose(np.diag(section_grid(one, one, generation)), 1, atol=1e-3)
