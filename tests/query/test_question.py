"""What a query asks for: its terms, what the glossary adds, and whether the store can answer it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from index.store.generation import Generation
from index.words.glossary import Entry
from index.words.lexical import ATTACHED, WordAnalysis
from search.engine import Engine
from search.query.question import Question, also_searched, question, term_weights, word_analysis
from search.ranking.fusion import Ranked
from search.ranking.hybrid import Found, is_confident

NOWHERE = np.zeros(3, np.float32)
HIGH = 10.0


@pytest.fixture(scope="module")
def generation(engine: Engine) -> Generation:
    return engine.generation


@pytest.fixture(scope="module")
def analyze(generation: Generation) -> WordAnalysis:
    return word_analysis(generation)


def asked(text: str, generation: Generation) -> Question:
    return question(text, NOWHERE, generation, word_analysis(generation))


def pointed(text: str, generation: Generation) -> Question:
    """Return a question that has some vector."""
    return replace(asked(text, generation), vector=np.ones_like(NOWHERE))


def near(score: float, row: int | None = None) -> Found:
    """Return what was found where the nearest section has this score and a row, if any, comes first and nearest."""
    rows = np.array([] if row is None else [row], np.int64)
    return Found(Ranked(rows, np.zeros(len(rows), np.float32), {}), score, rows)


def test_an_answer_that_says_nearly_all_of_a_question_is_trusted(generation: Generation) -> None:
    lora = generation.row_of("2106.09685")
    one = asked("low rank adaptation of large language models", generation)
    assert is_confident(one, near(0.0, lora), generation)
    assert not is_confident(one, near(0.0, generation.row_of("1412.6980")), generation)


def entry(phrase: str, other: str, weight: float) -> Entry:
    return Entry(tuple(phrase.split()), tuple(other.split()), weight, 3)


def test_a_term_counts_as_often_as_it_is_said(generation: Generation) -> None:
    assert asked("graph models and a graph", generation).counts() == {"graph": 2.0, "model": 1.0}


def test_what_the_glossary_adds_is_summed_over_its_entries_and_lacks_what_is_said() -> None:
    entries = (entry("지식 증류", "knowledg distil", 1.0), entry("증류", "distil", 0.25), entry("모델", "model", 0.5))
    found = Question("", NOWHERE, ("지식", "증류", "모델", "model"), entries)
    assert found.added() == {"knowledg": 1.0, "distil": 1.25}


def test_a_question_has_the_entries_of_its_phrases(generation: Generation) -> None:
    found = asked("대조 학습", generation)
    assert (("대조", "학습"), ("contrast", "learn")) in {(one.phrase, one.other) for one in found.entries}
    assert {"contrast", "learn"} <= set(found.added())


def test_additions_are_shown_as_the_archive_writes_them_heaviest_first(generation: Generation) -> None:
    shown = also_searched(asked("대조 학습", generation), generation)
    assert (shown[0].term, shown[0].other.lower(), shown[0].weight) == ("대조 학습", "contrastive learning", 1.0)
    assert [one.weight for one in shown] == sorted((one.weight for one in shown), reverse=True)
    assert len(shown) == len(set(shown))


def test_nothing_is_shown_where_nothing_was_added(generation: Generation) -> None:
    assert also_searched(asked("zzz 뷁궤", generation), generation) == ()


def test_a_word_of_the_archive_is_read_as_it_was_indexed(generation: Generation, analyze: WordAnalysis) -> None:
    known = generation.word("모델을")
    assert known is not None
    assert analyze("모델을") == known


def test_a_word_that_the_archive_never_wrote_is_pieced_together(generation: Generation, analyze: WordAnalysis) -> None:
    assert generation.word("증류모델검색을") is None
    assert [m.term for m in analyze("증류모델검색을") if m.term] == ["증류", "모델", "검색"]
    assert [m.term for m in analyze(f"{ATTACHED}뷁궤")] == ["뷁궤"]


def test_a_rare_term_weighs_more_than_a_common_one_and_an_unknown_one_nothing(generation: Generation) -> None:
    weights = term_weights(asked("model distillation zzzz", generation), generation)
    assert weights["distil"] > weights["model"] > 0
    assert "zzzz" not in weights


def test_an_added_term_weighs_no_more_than_one_that_is_said(generation: Generation) -> None:
    said, other = ("학습",), (entry("학습", "model", 0.3), entry("학습", "graph", 4.0))
    weights = term_weights(Question("학습", NOWHERE, said, other), generation)
    full = term_weights(Question("x", NOWHERE, ("model", "graph"), ()), generation)
    assert weights["model"] == pytest.approx(0.3 * full["model"])
    assert weights["graph"] == pytest.approx(full["graph"])


@pytest.mark.parametrize("text", ["지식 증류", "image generation by removing noise", "BERT"])
def test_a_question_of_known_words_is_answered_as_far_as_some_section_is_near(
    generation: Generation, text: str
) -> None:
    least = generation.manifest.background.evidence["ko" if text == "지식 증류" else "other"]
    assert is_confident(pointed(text, generation), near(least), generation)
    assert not is_confident(pointed(text, generation), near(least - 0.001), generation)


def test_what_a_near_paper_says_of_a_question_is_evidence_too(generation: Generation) -> None:
    least, lora = generation.manifest.background.evidence["other"], generation.row_of("2106.09685")
    one = pointed("low rank adaptation of large language models", generation)
    assert is_confident(one, near(least - 0.02, lora), generation)
    assert not is_confident(one, near(least - 0.02, generation.row_of("1412.6980")), generation)


def test_a_question_of_unknown_words_is_not_answered_however_near(generation: Generation) -> None:
    assert not is_confident(pointed("asdf qwer zxcv", generation), near(HIGH), generation)
    assert not is_confident(pointed("graph asdf qwer zxcv", generation), near(HIGH), generation)
    assert is_confident(pointed("graph attention networks asdf", generation), near(HIGH), generation)


def test_a_verb_that_no_paper_uses_says_nothing_against_a_question(generation: Generation) -> None:
    assert generation.posting("헤엄치다") is None
    assert is_confident(pointed("확산 모델 헤엄치다", generation), near(HIGH), generation)


def test_a_question_without_terms_goes_by_nearness_alone(generation: Generation) -> None:
    assert is_confident(pointed("?", generation), near(HIGH), generation)
    assert not is_confident(pointed("?", generation), near(0.0), generation)
