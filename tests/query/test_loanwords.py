"""Queries in Hangul that spell what the archive writes in Latin letters, over the summaries that ship here."""

from __future__ import annotations

import pytest

from index.words.lexical import terms
from search.engine import Engine
from search.query.keyboard import known_words
from search.query.loanwords import spellings, with_latin
from search.query.question import word_analysis


@pytest.mark.parametrize(
    ("query", "term"),
    [
        ("디스틸레이션", "Distillation"),
        ("디스틸레이션을", "Distillation"),
        ("제너레이티브 모델", "Generate"),
        ("이미지넷", "ImageNet"),
    ],
)
def test_a_borrowed_word_finds_what_its_latin_spelling_finds(engine: Engine, query: str, term: str) -> None:
    answer = engine.search(query)
    assert (query.split()[0].removesuffix("을"), term.lower(), 1.0) in [
        (also.term, also.other.lower(), also.weight) for also in answer.also_searched
    ]
    assert answer.results[0].paper.id in engine.ranked_ids(term, 3)


@pytest.mark.parametrize(
    "query", ["지식 증류", "김치찌개 끓이는 법", "비트코인", "고양이와 강아지", "knowledge distillation", ""]
)
def test_other_words_spell_nothing(engine: Engine, query: str) -> None:
    assert spellings(query, engine.generation, word_analysis(engine.generation)) == []


def test_the_latin_spelling_goes_behind_the_word_and_before_its_particle(engine: Engine) -> None:
    generation, analyze = engine.generation, word_analysis(engine.generation)
    text = "큰 디스틸레이션의 예"
    read = with_latin(text, spellings(text, generation, analyze), generation)
    assert read.lower() == "큰 디스틸레이션 distillation의 예"


def test_a_word_that_spells_a_term_is_read_as_the_term(engine: Engine) -> None:
    analyze = word_analysis(engine.generation)
    assert terms("디스틸레이션", analyze) == ["distil"]
    assert known_words(engine.generation, analyze)("디스틸레이션")


def test_a_word_that_the_archive_knows_keeps_its_particles_and_its_term(engine: Engine) -> None:
    assert terms("토큰처럼", word_analysis(engine.generation)) == ["토큰"]
