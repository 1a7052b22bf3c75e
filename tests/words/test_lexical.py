"""Terms of Korean and English text, and where they stand."""

from __future__ import annotations

import string
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words.lexical import (
    ATTACHED,
    STOP_WORDS,
    Morpheme,
    Segmenter,
    hangul_words,
    is_hangul,
    latin_tokens,
    terms,
    tokenize,
    words_of,
)

NOTHING: Mapping[str, tuple[Morpheme, ...]] = {}
MIXED = st.text(alphabet="aBcXY 01.9-_()검색기를가각힣é\u0301😀👍🏽\ufe0f\u20e3日\n")


def whole_word(word: str) -> tuple[Morpheme, ...]:
    body = word.removeprefix(ATTACHED)
    return (Morpheme(body, 0, len(body)),)


def latin_terms(word: str) -> list[str]:
    return [token.term for token in latin_tokens(word)]


def test_english_words_are_stemmed_and_stop_words_left_out() -> None:
    assert terms("The models are trained on translated sentences", whole_word) == [
        "model",
        "train",
        "translat",
        "sentenc",
    ]
    assert terms("we propose a method that uses it", whole_word) == ["method"]


def test_a_compound_gives_itself_and_its_parts_with_their_places() -> None:
    found = {(t.term, "xx FlashAttention"[t.start : t.end]) for t in tokenize("xx FlashAttention", whole_word)}
    assert {("flash", "Flash"), ("attent", "Attention"), ("flashattent", "FlashAttention")} <= found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FlashAttention", "flashattention"),
        ("ColBERT", "colbert"),
        ("LLMs", "llms"),
        ("LLMs", "LLM"),
        ("VAEs", "vae"),
        ("GPT4", "gpt4"),
        ("Transformers", "TRANSFORMER"),
        ("Jégou", "Je\u0301gou"),
    ],
)
def test_spellings_of_one_word_share_a_term(one: str, other: str) -> None:
    assert set(latin_terms(one)) & set(latin_terms(other))


@given(st.text(alphabet=string.ascii_letters + string.digits, min_size=1, max_size=12))
def test_a_word_is_found_whatever_its_case(word: str) -> None:
    lower = set(latin_terms(word.lower()))
    assert word.lower() in STOP_WORDS or lower & set(latin_terms(word))


def test_numbers_keep_their_decimals() -> None:
    assert terms("from 3.5 to 12.25 points.", whole_word) == ["3.5", "12.25", "point"]


def test_a_hangul_word_is_analysed_by_itself_and_marked_where_it_is_attached() -> None:
    text = "검색기를 BERT를 (모델)은 3가지 가나.다라"
    assert [word for word, _ in hangul_words(text)] == ["검색기를", "·를", "모델", "·은", "·가지", "가나", "다라"]
    assert all(text[start:].startswith(word.removeprefix(ATTACHED)) for word, start in hangul_words(text))
    assert [word for word, _ in words_of(text) if not is_hangul(word)] == ["BERT", "3"]


def test_parts_without_a_term_are_not_searched() -> None:
    table = {"검색기를": (Morpheme("검색", 0, 2), Morpheme("", 2, 3), Morpheme("", 3, 4))}
    (token,) = tokenize("이 검색기를", lambda word: table.get(word, ()))
    assert (token.term, token.start, token.end) == ("검색", 2, 4)


@given(MIXED)
def test_tokens_cover_letters_and_digits_of_their_text(text: str) -> None:
    for token in tokenize(text, whole_word):
        covered = text[token.start : token.end]
        assert 0 <= token.start < token.end <= len(text)
        assert covered[0].isalnum()
        assert not any(character.isspace() for character in covered)


@given(st.text(alphabet="aBc1 -\u0301"))
def test_no_token_ends_between_a_letter_and_its_accent(text: str) -> None:
    assert not any(text[token.end :].startswith("\u0301") for token in tokenize(text, whole_word))


@given(st.text(alphabet="a1 \ufe0f\u20e3"))
def test_no_token_ends_inside_a_keycap(text: str) -> None:
    assert not any(text[token.end :].startswith(("\u20e3", "\ufe0f\u20e3")) for token in tokenize(text, whole_word))


@given(MIXED)
def test_terms_do_not_depend_on_the_words_around_them(text: str) -> None:
    assert terms(f"앞 {text} 뒤", whole_word) == ["앞", *terms(text, whole_word), "뒤"]


KNOWN = {"검색": ("검색", 3.0), "기": ("", 2.0), "를": ("", 1.0), "모델": ("모델", 3.0), "검": ("검", 9.0)}


def pieces(word: str) -> list[tuple[str, int, int]]:
    return [
        (m.term, m.start, m.end)
        for m in Segmenter(lambda surfaces: {surface: KNOWN.get(surface) for surface in surfaces})(word)
    ]


def test_an_unseen_word_is_split_into_pieces_that_the_archive_knows() -> None:
    assert pieces("검색모델를") == [("검색", 0, 2), ("모델", 2, 4), ("", 4, 5)]
    assert pieces(f"{ATTACHED}를") == [("", 0, 1)]


def test_a_syllable_alone_and_a_particle_in_front_say_nothing() -> None:
    assert pieces("검모델") == [("", 0, 1), ("모델", 1, 3)]
    assert pieces("검기") == [("검기", 0, 2)]
    assert pieces("기검") == [("기검", 0, 2)]
    assert pieces("를모델") == [("", 0, 1), ("모델", 1, 3)]


def test_syllables_that_no_piece_covers_join_to_one_term() -> None:
    assert pieces("뷁궤모델") == [("뷁궤", 0, 2), ("모델", 2, 4)]
    assert pieces("모델뷁궤") == [("모델", 0, 2), ("뷁궤", 2, 4)]
    assert pieces("뷁") == [("뷁", 0, 1)]


@given(st.text(alphabet="검색기를모델뷁궤", max_size=20))
def test_the_pieces_of_an_unseen_word_cover_it_without_gap_or_overlap(word: str) -> None:
    found = pieces(word)
    assert [start for _, start, _ in found] == [0, *(end for *_, end in found)][: len(found)]
    assert sum(end - start for _, start, end in found) == len(word)


def test_an_unknown_word_stays_whole_where_its_pieces_say_little() -> None:
    assert pieces("뷁모델검") == [("뷁모델검", 0, 4)]
    assert pieces("뷁궤뷁를") == [("뷁궤뷁를", 0, 4)]
