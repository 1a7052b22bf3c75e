"""What is marked in a section: offsets into its untouched text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.arrays import AnyArray, FloatArray
from index.paper import Span, split_sentences
from index.store.generation import Generation
from index.store.remembered import Remembered
from index.words.lexical import ATTACHED, Morpheme, Token, terms, tokenize
from search.answers import Highlight, SectionMatch
from search.engine import Engine
from search.query.question import word_analysis
from search.ranking.highlights import (
    SHOWN,
    Evidence,
    highlights,
    is_notice,
    occurrences,
    overlaps,
    searched_parts,
    sentence_weights,
    standardized,
)

TABLE = {
    "검색기를": (Morpheme("검색", 0, 2), Morpheme("", 2, 3), Morpheme("", 3, 4)),
    "검색기는": (Morpheme("검색", 0, 2), Morpheme("", 2, 3), Morpheme("", 3, 4)),
    "검색기": (Morpheme("검색", 0, 2), Morpheme("", 2, 3)),
    "학습한다": (Morpheme("학습", 0, 2), Morpheme("", 2, 4)),
}
CHARACTERS = ["a", "B", "s", " ", "검", "색", "기", "를", "👩‍👩‍👧", "🇰🇷", "1️⃣", "7", "👍🏽", ".", "!", "\n", "e\u0301"]
NOTHING: Mapping[str, float] = {}
TEXTS = st.lists(st.sampled_from(CHARACTERS), max_size=40)


def analyze(word: str) -> tuple[Morpheme, ...]:
    body = word.removeprefix(ATTACHED)
    return TABLE.get(body, (Morpheme(body, 0, len(body)),))


def evidence_of(
    sentences: Sequence[Span], similarities: AnyArray, tokens: Sequence[Token], weights: Mapping[str, float]
) -> Evidence:
    """Return sentences all of which are near, and none of them a notice."""
    count = len(sentences)
    near, none = np.ones(count, np.bool_), np.zeros(count, np.bool_)
    said = [token for token in tokens if token.term in weights]
    overlap = overlaps(said, sentences, weights)
    return Evidence(tuple(sentences), np.asarray(similarities, np.float32), said, overlap, near, none)


def evidence(
    text: str, similarities: Sequence[float] | None = None, weights: Mapping[str, float] = NOTHING
) -> Evidence:
    sentences = split_sentences(text)
    values = np.linspace(0.8, 0.9, len(sentences)) if similarities is None else np.array(similarities)
    return evidence_of(sentences, values, tokenize(text, analyze), weights)


def marked(text: str, query: str, kind: str = "term") -> list[str]:
    weights = dict.fromkeys(terms(query, analyze), 2.0)
    found = evidence(text, weights=weights)
    (section,) = sentence_weights([found])
    return [text[h.start : h.end] for h in highlights(found, section, sum(weights.values())) if h.kind == kind]


def check(text: str, found: Sequence[Highlight]) -> None:
    """Assert that highlights lie within the text, in order, whole characters each."""
    assert list(found) == sorted(found, key=lambda h: (h.start, -h.end))
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert 0 < one.weight <= 1
        written = text[one.start : one.end]
        assert written == written.strip()
        assert written.encode("utf-8").decode("utf-8") == written
    assert len({(one.start, one.end, one.kind) for one in found}) == len(found)


def test_a_noun_is_marked_whatever_particle_follows() -> None:
    assert marked("이 검색기는 크다. 새 검색기를 학습한다.", "검색기를") == ["검색", "검색"]
    assert marked("검색기 하나", "검색기를") == marked("검색기를 하나", "검색기") == ["검색"]


def test_case_and_endings_do_not_matter() -> None:
    assert marked("Transformers and a TRANSFORMER.", "transformer") == ["Transformers", "TRANSFORMER"]
    assert marked("FlashAttention is fast", "flashattention") == ["FlashAttention"]


def test_a_part_of_a_compound_is_marked_by_itself() -> None:
    assert marked("We use FlashAttention.", "flash") == ["Flash"]
    assert marked("We use FlashAttention.", "FlashAttention") == ["FlashAttention"]


def test_a_word_of_one_syllable_is_not_found_inside_another() -> None:
    assert marked("검색기를 쓴다", "검") == []


def test_what_the_text_lacks_marks_no_term() -> None:
    assert marked("검색기를 학습한다.", "양자 컴퓨터") == []


def test_offsets_count_code_points_behind_an_emoji() -> None:
    text = "👩‍👩‍👧 검색기를 🇰🇷 BERT로"
    assert marked(text, "검색기 bert") == ["검색", "BERT"]


def test_the_best_sentence_weighs_one_and_is_marked() -> None:
    found = evidence("First one. Second one. Third one.", [0.80, 0.90, 0.81])
    (weights,) = sentence_weights([found])
    assert weights.argmax() == 1
    assert weights.max() == 1
    (best,) = highlights(found, weights, 0.0)
    assert (best.start, best.end, best.weight, best.kind) == (11, 22, 1.0, "semantic")


def test_terms_tell_apart_sentences_that_mean_the_same() -> None:
    found = evidence("검색기를 학습한다. 그림을 그린다.", [0.85, 0.85], {"검색": 3.0})
    (weights,) = sentence_weights([found])
    assert weights[0] == 1 > weights[1]


def test_sections_of_one_paper_are_weighed_together() -> None:
    far, near = evidence("One here. Two here.", [0.5, 0.52]), evidence("Three here.", [0.9])
    weights = sentence_weights([far, near])
    assert weights[1][0] == 1
    assert max(weights[0]) < SHOWN
    assert highlights(far, weights[0], 0.0) == ()


def test_a_paper_without_sentences_has_no_highlights() -> None:
    assert [len(part) for part in sentence_weights([evidence(""), evidence("")])] == [0, 0]
    assert sentence_weights([]) == []


def test_of_tokens_within_each_other_the_outer_is_marked() -> None:
    tokens = (Token("ab", 0, 4), Token("a", 0, 2), Token("b", 2, 4), Token("a", 5, 7))
    weights = dict.fromkeys(("a", "b", "ab"), 1.0)
    found = highlights(evidence_of((), np.zeros(0), tokens, weights), np.zeros(0, np.float32), 3.0)
    assert [(h.start, h.end) for h in found] == [(0, 4), (5, 7)]


@given(TEXTS, TEXTS)
def test_highlights_never_split_a_character(characters: list[str], query: list[str]) -> None:
    text = "".join(characters)
    weights = dict.fromkeys(terms("".join(query), analyze), 1.0)
    found = evidence(text, weights=weights)
    (section,) = sentence_weights([found])
    result = highlights(found, section, sum(weights.values()))
    check(text, result)
    boundaries = {0, *accumulate(map(len, characters))}
    assert {place for one in result for place in (one.start, one.end)} <= boundaries
    words = [one for one in result if one.kind == "term"]
    assert all(first.end <= second.start for first, second in pairwise(words))


@given(st.lists(st.lists(st.floats(-1, 1, width=32), max_size=6), min_size=1, max_size=4))
def test_weights_lie_between_nought_and_one_and_follow_similarity(groups: list[list[float]]) -> None:
    given_evidence = [evidence_of(tuple(Span(i, i + 1) for i in range(len(g))), np.array(g), (), {}) for g in groups]
    weights = sentence_weights(given_evidence)
    assert [len(part) for part in weights] == [len(group) for group in groups]
    total: FloatArray = np.concatenate(weights)
    similarities = np.array([value for group in groups for value in group], np.float32)
    if len(total):
        assert 0 < total.min() <= total.max() == 1
        assert (np.diff(total[np.argsort(similarities, kind="stable")]) >= 0).all()


def test_values_that_do_not_differ_have_no_z_scores() -> None:
    assert not standardized(np.full(5, 0.3, np.float32)).any()
    assert standardized(np.array([1.0, 3.0], np.float32)) == pytest.approx([-1, 1])


def sections(engine: Engine, query: str) -> list[SectionMatch]:
    return [section for result in engine.search(query, 20).results for section in result.sections]


QUERIES = [
    "검색기를 학습하는 방법",
    "attention",
    "큰 모델을 적은 메모리로 미세 조정",
    "Reinforcement learning with GPUs 2.0",
    "👍",
    "가",
]


@pytest.mark.parametrize("query", QUERIES)
def test_answers_mark_whole_characters_of_untouched_text(engine: Engine, query: str) -> None:
    for result in engine.search(query, 20).results:
        stored = {section.heading: section.text for section in engine.paper(result.paper.id).sections}
        for section in result.sections:
            assert section.text == stored[section.heading]
            check(section.text, section.highlights)


def test_answers_mark_a_noun_of_the_query_with_any_particle(engine: Engine) -> None:
    for query in ("토큰을", "토큰", "토큰처럼"):
        texts = {section.text: section.highlights for section in sections(engine, query) if "토큰" in section.text}
        words = [(text, place) for text in texts for place in re.finditer("토큰[가-힣]*", text)]
        assert len({place.group() for _, place in words}) > 3
        for text, place in words:
            spans = {(h.start, h.end) for h in texts[text] if h.kind == "term"}
            assert (place.start(), place.start() + 2) in spans


def test_a_result_on_the_subject_marks_a_sentence_and_a_stranger_none(engine: Engine) -> None:
    def marked(query: str) -> list[bool]:
        results = engine.search(query, 20).results
        return [any(h.kind == "semantic" for s in result.sections for h in s.highlights) for result in results]

    found = marked("graph neural networks")
    assert all(found[:2])
    assert not all(found)
    assert not any(marked("how to remove red wine stains"))


def test_the_tokens_are_those_of_tokenize_that_were_asked_for(engine: Engine) -> None:
    generation: Generation = engine.generation
    analyze = word_analysis(generation)
    parts = searched_parts(analyze)
    texts = [s.text for row in range(generation.manifest.papers) for s in generation.paper(row).sections][::5]
    every = {token.term for text in texts for token in tokenize(text, analyze)}
    for wanted in ({"모델", "languag", "model", "attent", "flashattent"}, set(sorted(every)[::7]), every, set()):
        expected = [[token for token in tokenize(text, analyze) if token.term in wanted] for text in texts]
        assert occurrences(texts, wanted, parts) == expected


def test_the_overlap_of_a_sentence_counts_each_of_its_terms_once() -> None:
    text = "검색기를 학습한다. 검색기는 검색기를 학습한다. 그림."
    weights = {"검색": 2.0, "학습": 1.0}
    tokens = [token for token in tokenize(text, analyze) if token.term in weights]
    assert overlaps(tokens, split_sentences(text), weights).tolist() == [3.0, 3.0, 0.0]
    assert overlaps(tokens, split_sentences(text)[1:], weights).tolist() == [3.0, 0.0]


def test_a_word_is_analysed_once_however_often_and_for_whatever_it_is_looked_at() -> None:
    seen: list[str] = []

    def read(words: Sequence[str]) -> dict[str, tuple[Morpheme, ...]]:
        seen.extend(words)
        return {word: (Morpheme("말", 0, 1), Morpheme("", 1, len(word))) for word in words}

    parts = searched_parts(Remembered(read, 100))
    for wanted in ({"말"}, {"글"}):
        (found,) = occurrences(["말이 말이 많다. 말이"], wanted, parts)
        assert len(found) == (4 if "말" in wanted else 0)
    assert seen == ["말이", "많다"]


def test_a_sentence_that_is_no_nearer_than_strangers_is_marked_only_where_it_says_half_of_the_query() -> None:
    text = "가 나 다. 라 마 바."
    one = evidence(text, [0.2, 0.9], {"가": 1.0, "나": 0.2, "라": 0.6})
    far = replace(one, related=np.zeros(2, np.bool_))
    weights = np.array([1.0, 0.9], np.float32)
    assert [h.start for h in highlights(far, weights, 1.8) if h.kind == "semantic"] == [0]
    assert [h.start for h in highlights(one, weights, 1.8) if h.kind == "semantic"] == [0, 7]
    assert all(h.kind == "term" for h in highlights(one, weights, 1.8, shades=False))


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("The code is available at https://github.com/some/code.", True),
        ("코드는 https://example.org/a 에서 볼 수 있습니다.", True),
        ("Released under CC BY 4.0.", True),
        ("데이터는 MIT 라이선스로 공개합니다.", True),
        ("https://example.org", True),
        ("We learn sparse attention.", False),
        (
            "The model at https://example.org/m learns sparse attention by masks that it predicts for every head.",
            False,
        ),
    ],
)
def test_a_notice_is_a_short_sentence_with_a_url_or_a_licence(sentence: str, is_one: bool) -> None:
    assert is_notice(sentence) == is_one


def test_a_notice_is_never_the_best_sentence_beside_others() -> None:
    one = evidence("코드는 https://a.b/c 에 있다. 라 마 바.", [0.9, 0.1], {"코드": 9.0})
    noticed = replace(one, notices=np.array([True, False]))
    assert sentence_weights([noticed])[0].tolist() == [0.0, 1.0]
    alone = replace(one, notices=np.array([True, True]))
    assert sentence_weights([alone])[0].max() == 1.0
