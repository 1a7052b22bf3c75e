"""Words typed in the wrong layout."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.engine import Engine
from search.query.keyboard import in_hangul, in_latin, known_words, retyped
from search.query.question import word_analysis

SYLLABLES = st.text(alphabet=st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1, max_size=6)


def known(word: str) -> bool:
    return word in {"검색", "지식", "증류", "닭을", "과의", "왜", "lora", "rip", "Form", "을"}


@pytest.mark.parametrize(
    ("keys", "syllables"),
    [
        ("rjator", "검색"),
        ("wltlr", "지식"),
        ("wmdfb", "증류"),
        ("ekfrdmf", "닭을"),
        ("rhkdml", "과의"),
        ("qkRnrl", "바꾸기"),
        ("rkqtl", "갑시"),
        ("djqtek", "없다"),
        ("dho", "왜"),
        ("dnpqTkdlxm", "웹싸이트"),
        ("dPfP", "예례"),
        ("SKFK", "나라"),
    ],
)
def test_latin_keys_type_syllables_with_compound_vowels_and_finals(keys: str, syllables: str) -> None:
    assert in_hangul(keys) == syllables


@pytest.mark.parametrize("keys", ["model", "lora", "r", "k", "rkk", "Transformer", "attention"])
def test_keys_that_leave_a_loose_jamo_type_no_syllables(keys: str) -> None:
    assert in_hangul(keys) is None


@pytest.mark.parametrize(
    ("hangul", "keys"),
    [("ㅣㅐㄱㅁ", "lora"), ("갸ㅔ", "rip"), ("ㅆㄱ무ㄴ래그ㄷㄱ", "transformer"), ("ㅢ", "ml"), ("ㄳㅘ", "rthk")],
)
def test_hangul_gives_back_the_latin_keys_of_its_jamo(hangul: str, keys: str) -> None:
    assert in_latin(hangul) == keys


@given(st.text(alphabet=string.ascii_letters, min_size=1, max_size=12))
def test_syllables_and_the_keys_that_typed_them_agree(keys: str) -> None:
    typed = in_hangul(keys)
    assert typed is None or in_latin(typed) == keys.lower()


@given(SYLLABLES)
def test_in_lower_case_only_a_double_consonant_or_vowel_is_lost(syllables: str) -> None:
    typed = in_hangul(in_latin(syllables))
    assert typed is None or in_latin(typed) == in_latin(syllables)
    if not set(in_latin(syllables)) & set("retqwop"):
        assert typed == syllables


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rjator", "검색"),
        ("Rjator", "검색"),
        ("RJATOR", "검색"),
        ("wltlr wmdfb", "지식 증류"),
        ("wltlr, wmdfb?", "지식, 증류?"),
        ("lora rjator", "lora 검색"),
        ("dho wltlr", "왜 지식"),
        ("ㅣㅐㄱㅁ", "lora"),
        ("ㅣㅐㄱㅁ 검색", "lora 검색"),
        ("갸ㅔ", "rip"),
    ],
)
def test_an_unknown_word_is_read_in_the_layout_where_it_is_known(text: str, read: str) -> None:
    assert retyped(text, known) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "검색",
        "lora",
        "Form",
        "unknown words",
        "zhao",
        "dho",
        "rjator2",
        "x_rjator",
        "모르는 말",
        "ㅋㅋㅋ",
        "BERTdmf",
    ],
)
def test_nothing_changes_without_a_known_reading_of_an_unknown_word(text: str) -> None:
    assert retyped(text, known) is None


@given(st.text(alphabet="rjatowl ㅣㅐㄱ검색지12-\n😀"))
def test_a_known_word_is_never_touched(text: str) -> None:
    assert retyped(text, lambda word: True) is None


@given(st.text(alphabet="rjatowl ㅣㅐㄱ검색지12-\n😀"))
def test_what_stands_between_words_stays(text: str) -> None:
    read = retyped(text, lambda word: word == "검색" or word == "lora")
    kept = set(" 12-\n😀")
    assert read is None or [c for c in read if c in kept] == [c for c in text if c in kept]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("wltlr wmdfb", "지식 증류"),
        ("wltlrwmdfb", "지식증류"),
        ("akdrkr", "망각"),
        ("rkdghk gkrtmq", "강화 학습"),
        ("ㅣㅐㄱㅁ", "lora"),
        ("ㅠㄷㄱㅅ", "bert"),
    ],
)
def test_a_word_of_the_archive_is_found_in_the_other_layout(engine: Engine, text: str, read: str) -> None:
    assert retyped(text, known_words(engine.generation, word_analysis(engine.generation))) == read


@pytest.mark.parametrize(
    "text",
    [
        "LoRA",
        "the",
        "attention",
        "Django",
        "zhao",
        "Chen",
        "TOFU",
        "envy",
        "Sock",
        "sLSTM",
        "근",
        "뼈",
        "김철수",
        "재앙적",
    ],
)
def test_ordinary_words_stay_whether_the_archive_has_them_or_not(engine: Engine, text: str) -> None:
    assert retyped(text, known_words(engine.generation, word_analysis(engine.generation))) is None


def test_no_word_of_the_archive_is_retyped(engine: Engine) -> None:
    is_known = known_words(engine.generation, word_analysis(engine.generation))
    for row in range(engine.generation.manifest.papers):
        paper = engine.generation.paper(row)
        for text in (paper.title, *(section.text for section in paper.sections)):
            assert retyped(text, is_known) is None
