"""Spaces that a query leaves out, over the summaries that ship with the repository."""

from __future__ import annotations

import re

import pytest

from index.words.lexical import terms
from search.engine import Engine
from search.query.question import word_analysis
from search.query.spacing import spaced

FORGETTING, DISTILLATION, QUANTIZATION = "1612.00796", "1503.02531", "2305.14314"


@pytest.mark.parametrize(
    ("written", "paper"),
    [
        ("파국적 망각", FORGETTING),
        ("재앙적 망각", FORGETTING),
        ("탄성 가중치 고정", FORGETTING),
        ("지식 증류", DISTILLATION),
        ("지식 증류를", DISTILLATION),
        ("이중 양자화", QUANTIZATION),
    ],
)
def test_a_missing_space_is_put_back_and_finds_the_same_paper(engine: Engine, written: str, paper: str) -> None:
    joined = written.replace(" ", "")
    analyze = word_analysis(engine.generation)
    assert set(terms(joined, analyze)) >= set(terms(written, analyze))
    assert spaced(joined, engine.generation, analyze) == written
    assert engine.ranked_ids(written, 1) == [paper]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("LoRA미세조정", "LoRA 미세 조정"),
        ("대규모언어모델의 지식증류", "대규모 언어 모델의 지식 증류"),
        ("(지식증류)!", "(지식 증류)!"),
    ],
)
def test_spaces_go_between_what_the_archive_writes(engine: Engine, text: str, read: str) -> None:
    assert spaced(text, engine.generation, word_analysis(engine.generation)) == read


@pytest.mark.parametrize(
    "text", ["", "지식 증류", "BERT에서의", "재학습", "김철수", "knowledgedistillation", "를", "뷁궤"]
)
def test_no_space_is_put_where_none_is_missing(engine: Engine, text: str) -> None:
    assert spaced(text, engine.generation, word_analysis(engine.generation)) is None


def test_no_word_of_the_archive_is_taken_apart(engine: Engine) -> None:
    analyze = word_analysis(engine.generation)
    for row in range(engine.generation.manifest.papers):
        paper = engine.generation.paper(row)
        for text in (paper.title, *(section.text for section in paper.sections)):
            assert spaced(text, engine.generation, analyze) is None


def test_most_neighbouring_words_are_told_apart_again(engine: Engine) -> None:
    pairs, analyze = set(), word_analysis(engine.generation)
    for row in range(engine.generation.manifest.papers):
        for section in engine.generation.paper(row).sections:
            pairs |= set(re.findall(r"(?<!\w)(?=([가-힣]{3,} [가-힣]{3,}))", section.text))
    unseen = [pair for pair in sorted(pairs) if engine.generation.word(pair.replace(" ", "")) is None]
    right = sum(spaced(pair.replace(" ", ""), engine.generation, analyze) == pair for pair in unseen)
    assert len(unseen) > 500
    assert right > 0.75 * len(unseen)
