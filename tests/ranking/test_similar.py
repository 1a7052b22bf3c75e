"""Papers like one that is known."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from index.arrays import FloatArray
from index.errors import QueryError, UnknownPaper
from index.paper import Kind, split_sentences
from index.store.layout import KINDS
from index.words.lexical import Morpheme
from search.answers import Filters
from search.engine import Engine
from search.query.bounds import MAX_EXAMPLES
from search.query.filters import Allowed
from search.query.question import word_analysis
from search.ranking.similar import (
    UNLIKE,
    Example,
    combined,
    neighbours,
    paper_example,
    section_grid,
    section_means,
    text_example,
)

TRANSFORMER, LORA, QLORA, GAN = "1706.03762", "2106.09685", "2305.14314", "1406.2661"
RAG, BERT, SBERT = "2005.11401", "1810.04805", "1908.10084"
METHOD = "거대한 언어 모델을 적은 메모리로 미세 조정하기"


def ids(engine: Engine, paper: str, k: int = 10, offset: int = 0, filters: Filters | None = None) -> list[str]:
    return [result.paper.id for result in engine.similar(paper, k, offset, filters).results]


@pytest.mark.parametrize(("paper", "other"), [(LORA, QLORA), (QLORA, LORA), ("1810.04805", "1908.10084")])
def test_a_paper_on_the_same_matter_comes_among_the_first(engine: Engine, paper: str, other: str) -> None:
    assert other in ids(engine, paper, 5)


def test_a_paper_is_not_like_itself(engine: Engine) -> None:
    assert TRANSFORMER not in ids(engine, TRANSFORMER, 100)
    assert TRANSFORMER not in ids(engine, TRANSFORMER, 100, filters=Filters(date_from="2017", date_to="2017"))


def test_every_other_paper_is_ranked_once(engine: Engine) -> None:
    found = ids(engine, TRANSFORMER, 100)
    assert len(found) == len(set(found)) == engine.generation.manifest.papers - 1


def test_pages_follow_each_other(engine: Engine) -> None:
    whole = ids(engine, LORA, 30)
    assert ids(engine, LORA, 10) + ids(engine, LORA, 10, 10) + ids(engine, LORA, 10, 20) == whole


def test_the_order_is_the_same_every_time(engine: Engine) -> None:
    first, second = (engine.similar(LORA, 50).results for _ in range(2))
    assert first == second
    assert all(one.score >= other.score for one, other in pairwise(first))


def test_a_score_is_the_sum_of_its_parts(engine: Engine) -> None:
    for result in engine.similar(GAN, 50).results:
        assert result.score == pytest.approx(sum(result.parts.values()), abs=1e-5)


def test_filters_are_exact(engine: Engine) -> None:
    filters = Filters(date_from="2020", date_to="2020")
    found = engine.similar(LORA, 100, filters=filters).results
    assert len(found) == 11
    assert all((result.paper.date or "").startswith("2020") for result in found)
    assert ids(engine, GAN, filters=Filters(author="goodfellow")) != []
    assert GAN not in ids(engine, GAN, filters=Filters(author="goodfellow"))
    assert ids(engine, LORA, filters=Filters(author="nobody at all")) == []


def test_only_sections_of_the_wanted_kind_are_shown(engine: Engine) -> None:
    found = engine.similar(LORA, 20, filters=Filters(section=Kind.PERFORMANCE)).results
    assert len(found) == 20
    assert {section.kind for result in found for section in result.sections} == {Kind.PERFORMANCE}


def test_highlights_lie_within_untouched_text(engine: Engine) -> None:
    for result in engine.similar(LORA, 10).results:
        texts = {section.text for section in engine.paper(result.paper.id).sections}
        for section in result.sections:
            assert section.text in texts
            for mark in section.highlights:
                assert 0 <= mark.start < mark.end <= len(section.text)
                assert 0 < mark.weight <= 1


@pytest.mark.parametrize("paper", ["", "0000.00000", "9906.03762v2", "' OR 1=1 --"])
def test_an_unknown_paper_is_named(engine: Engine, paper: str) -> None:
    with pytest.raises(UnknownPaper, match="no paper with the id"):
        engine.similar(paper)


@pytest.mark.parametrize(("k", "offset"), [(0, 0), (101, 0), (10, -1), (10, 10_001)])
def test_a_page_outside_of_what_is_answered_is_refused(engine: Engine, k: int, offset: int) -> None:
    with pytest.raises(QueryError, match="must be between"):
        engine.similar(LORA, k, offset)


def liked(engine: Engine, like: Sequence[str] = (), unlike: Sequence[str] = (), text: str = "") -> list[str]:
    return [result.paper.id for result in engine.similar(like, 100, unlike=unlike, text=text).results]


@pytest.mark.parametrize(
    ("like", "unlike"), [([LORA], []), ([LORA, RAG], []), ([LORA, RAG, GAN], [BERT]), ([BERT], [SBERT, TRANSFORMER])]
)
def test_none_of_the_given_papers_comes_back_and_every_other_does(
    engine: Engine, like: list[str], unlike: list[str]
) -> None:
    found = liked(engine, like, unlike, METHOD)
    given = {*like, *unlike}
    assert not given & set(found)
    assert len(found) == len(set(found)) == engine.generation.manifest.papers - len(given)


def test_several_examples_bring_what_is_like_each_of_them(engine: Engine) -> None:
    found = liked(engine, [LORA, RAG])
    assert QLORA in found[:3]
    assert "2004.04906" in found[:3]
    assert sorted(liked(engine, [RAG, LORA])) == sorted(found)
    assert liked(engine, [RAG, LORA])[:10] == found[:10]


@pytest.mark.parametrize(("like", "unlike"), [(LORA, QLORA), (BERT, SBERT), (LORA, BERT), (RAG, SBERT)])
def test_unlike_moves_away_from_what_the_unliked_paper_is_like(engine: Engine, like: str, unlike: str) -> None:
    before = [paper for paper in liked(engine, [like]) if paper != unlike]
    after = liked(engine, [like], [unlike])
    near = [paper for paper in liked(engine, [unlike])[:10] if paper != like]
    assert sum(after.index(paper) - before.index(paper) for paper in near) > 0


def test_what_is_unliked_counts_against_a_likeness(engine: Engine) -> None:
    generation = engine.generation
    rows = np.array([generation.row_of(paper) for paper in (BERT, SBERT)])
    one, other = (paper_example(int(row), generation, word_analysis(generation)) for row in rows)
    away = combined([one], [other])
    assert float(away.sections @ other.sections) < float(one.sections @ other.sections)
    assert float(away.title @ other.title) < float(one.title @ other.title)
    assert float(away.topics @ other.topics) < float(one.topics @ other.topics)


@pytest.mark.parametrize("text", [METHOD, f"  {METHOD}\n", unicodedata.normalize("NFD", METHOD)])
def test_papers_like_a_text_are_found(engine: Engine, text: str) -> None:
    found = engine.similar(text=text, k=5)
    assert {result.paper.id for result in found.results[:2]} == {LORA, QLORA}
    assert found.results == engine.similar(text=METHOD, k=5).results


def test_the_text_of_a_paper_finds_that_paper(engine: Engine) -> None:
    for paper in (LORA, RAG, GAN, BERT):
        text = "\n".join(section.text for section in engine.paper(paper).sections)
        assert liked(engine, text=text)[0] == paper


def test_a_blank_text_beside_an_example_counts_for_nothing(engine: Engine) -> None:
    assert engine.similar(LORA, text=" \n").results == engine.similar(LORA).results


def test_a_text_moves_what_an_example_is_like(engine: Engine) -> None:
    assert liked(engine, [LORA], text="image segmentation")[:10] != liked(engine, [LORA])[:10]


@pytest.mark.parametrize("aspect", [Kind.WHATS_NEW, Kind.TECHNICAL_DETAILS, Kind.PERFORMANCE])
def test_an_aspect_compares_sections_of_that_kind(engine: Engine, aspect: Kind) -> None:
    generation = engine.generation
    row = generation.row_of(LORA)
    results = engine.similar(LORA, 100, aspect=aspect).results
    rows = np.array([generation.row_of(result.paper.id) for result in results])
    kind = KINDS.index(aspect)

    def mean(paper: int) -> FloatArray:
        places = np.flatnonzero(generation.layout.section_papers == paper)
        of_kind = places[generation.layout.section_kinds[places] == kind]
        vectors = generation.section_vectors(of_kind if len(of_kind) else places)
        total: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).sum(axis=0)
        return total / np.linalg.norm(total)

    alike = np.array([float(mean(int(other)) @ mean(row)) for other in rows])
    share = np.array([result.parts["sections"] for result in results])
    above = share > 0
    assert np.corrcoef(alike[above], share[above])[0, 1] > 0.999
    assert alike[~above].max() <= alike[above].min() + 1e-4


def test_an_aspect_changes_what_is_compared(engine: Engine) -> None:
    orders = {
        tuple(result.paper.id for result in engine.similar(LORA, 20, aspect=aspect).results)
        for aspect in (None, Kind.WHATS_NEW, Kind.TECHNICAL_DETAILS, Kind.PERFORMANCE)
    }
    assert len(orders) == 4


def test_an_aspect_that_the_example_lacks_falls_back_to_all_of_it(engine: Engine) -> None:
    rows = np.array([engine.generation.row_of(LORA)])
    assert np.array_equal(
        section_means(rows, engine.generation, Kind.OTHER), section_means(rows, engine.generation, None)
    )
    assert QLORA in [result.paper.id for result in engine.similar(LORA, 3, aspect=Kind.OTHER).results]


def test_pairs_come_likest_first_and_quote_both_papers(engine: Engine) -> None:
    example = {s.text[a.start : a.end] for s in engine.paper(LORA).sections for a in split_sentences(s.text)}
    for result in engine.similar(LORA, 10).results:
        other = engine.paper(result.paper.id)
        theirs = {s.text[a.start : a.end] for s in other.sections for a in split_sentences(s.text)}
        assert len(result.pairs) == len(engine.paper(LORA).sections) * len(other.sections)
        assert all(one.similarity >= two.similarity for one, two in pairwise(result.pairs))
        for pair in result.pairs:
            assert pair.example_sentence in example
            assert pair.sentence in theirs
            assert -1 <= pair.similarity <= 1


def test_only_a_single_example_is_paired(engine: Engine) -> None:
    assert all(result.pairs for result in engine.similar([LORA], 5, unlike=[GAN]).results)
    assert not any(result.pairs for result in engine.similar([LORA, RAG], 5).results)
    assert not any(result.pairs for result in engine.similar(text=METHOD, k=5).results)


@pytest.mark.parametrize(("like", "unlike"), [([LORA, "0000.00000"], []), ([LORA], ["0000.00000"])])
def test_one_unknown_paper_among_several_is_named(engine: Engine, like: list[str], unlike: list[str]) -> None:
    with pytest.raises(UnknownPaper, match=r"no paper with the id '0000\.00000'"):
        engine.similar(like, unlike=unlike)


def test_nothing_to_be_like_is_refused(engine: Engine) -> None:
    for text in ("", " \n"):
        with pytest.raises(QueryError, match="nothing to be like; give an id or a text"):
            engine.similar((), unlike=[LORA], text=text)


def test_too_many_examples_are_refused(engine: Engine) -> None:
    papers = [engine.generation.paper(row).id for row in range(MAX_EXAMPLES + 1)]
    with pytest.raises(QueryError, match=f"{MAX_EXAMPLES + 1} papers are given; give {MAX_EXAMPLES} at most"):
        engine.similar(papers[:1], unlike=papers)
    left = engine.generation.manifest.papers - MAX_EXAMPLES
    assert len(engine.similar(papers[:-1], 100).results) == left


def example(direction: Sequence[float], **terms: float) -> Example:
    vector = np.array(direction, np.float32)
    return Example(vector, vector, vector, terms)


def test_liked_examples_are_averaged_and_disliked_ones_taken_off() -> None:
    found = combined([example([1, 0], a=2), example([0, 1], a=1, b=1)], [example([0, 1], a=1, c=5)])
    assert dict(found.terms) == pytest.approx({"a": 1.5 - UNLIKE, "b": 0.5})
    # The mean of the liked is (.5, .5); half of (0, 1) is taken off.
    assert found.sections == pytest.approx([1, 0], abs=1e-6)


def test_a_term_that_is_disliked_as_much_as_liked_is_dropped() -> None:
    assert combined([example([1, 0], a=1)], [example([0, 1], a=2)]).terms == {}


def test_what_is_liked_and_disliked_alike_still_has_a_direction() -> None:
    found = combined([example([1, 0], a=1)], [example([1, 0], a=1)])
    assert found.sections == pytest.approx([1, 0])


def test_a_text_stands_for_sections_and_title_alike(engine: Engine) -> None:
    generation = engine.generation
    vector = generation.title_vectors(np.array([generation.row_of(LORA)]))[0]
    found = text_example("lora lora 뷁궤", vector, generation, lambda word: (Morpheme(word, 0, len(word)),))
    assert found.terms == {"lora": 2.0, "뷁궤": 1.0}
    for part in (found.sections, found.title, found.topics):
        assert float(np.linalg.norm(part)) == pytest.approx(1, abs=1e-4)


def test_only_allowed_papers_are_neighbours(engine: Engine) -> None:
    generation = engine.generation
    allowed = np.arange(generation.manifest.papers) % 4 == 0
    found = neighbours(paper_example(1, generation, word_analysis(generation)), generation, Allowed(allowed))
    assert sorted(found.rows) == list(np.flatnonzero(allowed))


def test_no_paper_has_no_section_means(engine: Engine) -> None:
    assert section_means(np.zeros(0, np.int64), engine.generation).shape == (0, engine.generation.index.dimensions)


def test_a_grid_has_a_cell_for_every_two_sections(engine: Engine) -> None:
    generation = engine.generation
    rows = generation.row_of(LORA), generation.row_of("1506.02640")
    sizes = tuple(len(generation.paper(row).sections) for row in rows)
    grid = section_grid(*rows, generation)
    assert grid.shape == sizes
    assert (np.abs(grid) <= 1 + 1e-5).all()
