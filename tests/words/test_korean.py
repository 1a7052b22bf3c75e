"""Korean morphemes of single words."""

from __future__ import annotations

import pytest

from index.paper import split_sentences
from index.words.korean import analysis_version, analyze_words
from index.words.lexical import ATTACHED, hangul_words, tokenize

TEXT = (
    "거대한 언어 모델의 추론을 빠르게 하는 방법을 제안합니다. 검색기를 학습하면 정확도가 높아졌고, GPU에서 돌아갔다. "
    "봤던 데이터는 잊었으나 새로운 과제도 풀었다. 됐다, 했다, 그래서 비지도 학습(unsupervised)으로 미세조정했습니다."
)


def searched(word: str) -> list[str]:
    return [morpheme.term for morpheme in analyze_words([word])[word] if morpheme.term]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("논문의", ["논문"]),
        ("학습하는", ["학습"]),
        ("개선되었다", ["개선"]),
        ("데이터셋", ["데이터", "셋"]),
        ("빠르게", ["빠르다"]),
        ("봤어", ["보다"]),
        ("것이다", []),
    ],
)
def test_nouns_stand_as_they_are_and_predicates_in_their_dictionary_form(word: str, expected: list[str]) -> None:
    assert searched(word) == expected


def test_a_noun_is_the_same_with_and_without_its_particle() -> None:
    assert searched("검색기를") == searched("검색기") != []


def test_a_particle_behind_a_latin_word_is_not_searched() -> None:
    found = analyze_words([f"{ATTACHED}를", f"{ATTACHED}에서", f"{ATTACHED}가"])
    assert all(not morpheme.term for morphemes in found.values() for morpheme in morphemes)
    assert [(m.start, m.end) for m in found[f"{ATTACHED}를"]] == [(0, 1)]


def test_every_word_is_analysed_by_itself() -> None:
    words = sorted({word for word, _ in hangul_words(TEXT)})
    together = analyze_words(words)
    assert list(together) == words
    assert together == {word: analyze_words([word])[word] for word in words}


def test_morphemes_lie_within_their_word_in_order() -> None:
    for word, morphemes in analyze_words({word for word, _ in hangul_words(TEXT)}).items():
        places = [(m.start, m.end) for m in morphemes]
        assert places == sorted(places)
        assert all(0 <= start <= end <= len(word.removeprefix(ATTACHED)) for start, end in places)


def test_every_searched_term_covers_some_of_the_text() -> None:
    table = analyze_words({word for word, _ in hangul_words(TEXT)})
    tokens = tokenize(TEXT, table.__getitem__)
    assert all(token.end > token.start for token in tokens)
    assert {TEXT[t.start : t.end] for t in tokens if t.term in {"모델", "검색", "학습"}} == {"모델", "검색", "학습"}
    assert len(split_sentences(TEXT)) == 4


def test_no_word_needs_no_dictionary() -> None:
    assert analyze_words([]) == {}


def test_the_analysis_is_named_after_the_dictionary() -> None:
    from importlib.metadata import version

    assert version("kiwipiepy_model") in analysis_version()
