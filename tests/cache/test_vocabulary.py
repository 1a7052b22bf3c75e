"""Texts by number, each once, and the parts that words are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.cache import vocabulary as words_kept
from index.cache.database import Cache
from index.cache.vocabulary import Analysis, Vocabulary
from index.words.lexical import Morpheme, morphemes_from_json

TABLE: Analysis = {
    "검색기를": (Morpheme("검색", 0, 2), Morpheme("", 2, 3), Morpheme("", 3, 4)),
    "·를": (Morpheme("", 0, 1),),
    "음": (),
}


class Analyst:
    """Analyses words by the table; `asked` are those that it was given, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, words: Iterable[str]) -> Analysis:
        self.asked += words
        return {word: TABLE[word] for word in self.asked}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = Cache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()


def parts(vocabulary: Vocabulary, *words: str) -> list[list[tuple[str, str]]]:
    """Return what is written and what is read in each part of some words."""
    sizes, _, found = vocabulary.parts(vocabulary.numbers(words))
    texts = iter(vocabulary.texts(found.ravel()))
    return [[(next(texts), next(texts)) for _ in range(size)] for size in sizes]


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=12))
def test_a_text_has_one_number_and_every_other_text_another(texts: list[str]) -> None:
    vocabulary = Vocabulary(Cache(Path(":memory:")))
    numbers = vocabulary.numbers(texts)
    assert vocabulary.numbers(texts[::-1]).tolist() == numbers.tolist()[::-1]
    assert len(set(numbers.tolist())) == len(set(texts))
    assert vocabulary.texts(numbers) == texts


def test_numbers_outlive_the_vocabulary(cache: Cache) -> None:
    first = Vocabulary(cache).numbers(["a", "b", ""]).tolist()
    assert Vocabulary(cache).numbers(["", "c", "b", "a"]).tolist()[::-1][:2] == first[:2]
    assert Vocabulary(cache).texts(np.array(first[::-1])) == ["", "b", "a"]


def test_words_of_both_languages_have_their_parts(cache: Cache) -> None:
    vocabulary = Vocabulary(cache, Analyst())
    vocabulary.learn(["검색기를", "·를", "음", "FlashAttention", "the"])
    assert parts(vocabulary, "검색기를", "음", "the", "·를") == [
        [("검색", "검색"), ("기", ""), ("를", "")],
        [],
        [],
        [("를", "")],
    ]
    assert parts(vocabulary, "FlashAttention") == [
        [("FlashAttention", "flashattent"), ("Flash", "flash"), ("Attention", "attent")]
    ]
    _, hangul, _ = vocabulary.parts(vocabulary.numbers(["the", "음", "·를"]))
    assert hangul.tolist() == [False, True, True]


def test_a_word_is_analysed_once_and_kept(cache: Cache) -> None:
    first, second = Analyst(), Analyst()
    Vocabulary(cache, first).learn(["검색기를", "model", "검색기를"])
    again = Vocabulary(cache, second)
    again.learn(["model", "음", "검색기를"])
    assert (first.asked, second.asked) == (["검색기를"], ["음"])
    assert again.analyze("검색기를") == TABLE["검색기를"]


def test_hangul_words_come_with_their_morphemes(cache: Cache) -> None:
    vocabulary = Vocabulary(cache, Analyst())
    vocabulary.learn(["검색기를", "model", "음"])
    found = dict(vocabulary.analyses(vocabulary.numbers(["검색기를", "model", "음"])))
    assert {word: morphemes_from_json(text) for word, text in found.items()} == {
        "검색기를": TABLE["검색기를"],
        "음": (),
    }


def test_another_analysis_is_not_used(cache: Cache) -> None:
    old, new = Vocabulary(cache, Analyst()), Vocabulary(cache, lambda _: {"음": (Morpheme("음", 0, 1),)})
    old.learn(["음"])
    new.version = "another"
    new.learn(["음"])
    assert parts(new, "음") == [[("음", "음")]]


def test_much_more_than_is_remembered_can_be_learned(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words_kept, "_MOST_REMEMBERED", 5)
    vocabulary = Vocabulary(cache)
    words = [f"word{letter}" for letter in "abcdefghijklmnop"]
    for start in range(0, len(words), 4):
        vocabulary.learn(words[start : start + 4])
    assert [found for ((found, _),) in parts(vocabulary, *words)] == words
