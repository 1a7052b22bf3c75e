"""A glossary mined from what summaries put in brackets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words.glossary import LEAST_SEEN, LONGEST, MOST_PHRASES, Entry, Phrase, PhraseCounts, bracketed, expansions
from index.words.lexical import ATTACHED, Morpheme, terms, words_of
from search.engine import Engine

PARTICLES = "은는이가을를의로"
DISTILLATION = ("지식", "증류"), ("knowledg", "distil")
PIECES = ["지식 ", "증류", "검색", "(knowledge distillation)", "(Search)", ", ", ".", "model "]
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=6)


def analyze(word: str) -> tuple[Morpheme, ...]:
    """Return a word without its particle."""
    body = word.removeprefix(ATTACHED)
    stem = body[:-1] if len(body) > 1 and body[-1] in PARTICLES else body
    return (Morpheme(stem, 0, len(stem)),)


def mined(*texts: str) -> list[Entry]:
    counts = PhraseCounts()
    for text in texts:
        for english, korean in bracketed(text, list(words_of(text)), analyze):
            counts.add(english, korean)
    return list(counts.entries())


def pairs(*texts: str) -> set[tuple[Phrase, Phrase]]:
    return {(entry.phrase, entry.other) for entry in mined(*texts)}


def test_a_phrase_that_recurs_before_its_english_is_an_entry_both_ways() -> None:
    text = "새로운 지식 증류(knowledge distillation)를 쓴다."
    korean, english = DISTILLATION
    found = pairs(
        text, "이 지식 증류(Knowledge Distillation)는 빠르다.", "큰 지식 증류(knowledge distillation, KD) 하나"
    )
    assert found == {(korean, english), (english, korean)}


def test_an_entry_counts_how_often_both_were_seen_together() -> None:
    entries = mined(*["지식 증류(knowledge distillation)"] * 3)
    assert {entry.together for entry in entries} == {3}
    assert all(0 < entry.weight <= 1 for entry in entries)


def test_what_is_seen_once_is_no_entry() -> None:
    assert LEAST_SEEN > 1
    assert mined("지식 증류(knowledge distillation)", "검색(search)") == []


@pytest.mark.parametrize(
    "text",
    [
        "지식 증류 (3.5)",
        "teacher model (student)",
        "지식 증류. (knowledge)",
        "지식 증류(x)",
        "지식 증류(a very long English clause which no one would take for the name of any one thing)",
        "(knowledge)",
    ],
)
def test_what_is_no_translation_is_left_out(text: str) -> None:
    assert mined(*[text] * 5) == []


def test_words_of_an_earlier_clause_are_left_out() -> None:
    assert (("증류",), ("distil",)) in pairs(*["큰 모델, 증류(distillation)"] * 3)
    assert pairs(*["큰 모델, 증류(distillation)"] * 3) == {(("증류",), ("distil",)), (("distil",), ("증류",))}


def test_a_word_that_stands_before_many_english_ones_does_not_outweigh_its_own() -> None:
    texts = [f"{word} 증류(distillation)" for word in ("빠른", "작은", "느린", "깊은")]
    assert pairs(*texts) == {(("증류",), ("distil",)), (("distil",), ("증류",))}


def test_one_phrase_keeps_its_most_frequent_partners() -> None:
    texts = [
        f"증류({word})" for count, word in ((4, "distillation"), (3, "stilling"), (2, "vapour")) for _ in range(count)
    ]
    found = [entry for entry in mined(*texts) if entry.phrase == ("증류",)]
    assert [entry.other for entry in found] == [("distil",), ("still",)]
    assert len(found) == MOST_PHRASES


@given(TEXTS)
def test_entries_come_in_both_languages_in_order_and_seen_often_enough(texts: list[str]) -> None:
    entries = mined(*texts, *texts)
    for entry in entries:
        assert entry.together >= LEAST_SEEN
        assert 0 < len(entry.phrase) <= LONGEST
        assert any("가" <= c <= "힣" for c in "".join(entry.phrase)) != any(
            "가" <= c <= "힣" for c in "".join(entry.other)
        )
    assert [entry.phrase for entry in entries] == sorted(entry.phrase for entry in entries)


def table(*pairs: tuple[Phrase, Phrase]) -> Callable[[Collection[Phrase]], Mapping[Phrase, Sequence[Entry]]]:
    return lambda phrases: {p: [Entry(one, other, 1.0, 5) for one, other in pairs if one == p] for p in phrases}


def test_a_query_is_expanded_by_its_words_and_its_phrases() -> None:
    entries_of = table(DISTILLATION, (("모델",), ("model",)))
    found = expansions(("큰", "모델", "지식", "증류"), entries_of)
    assert {(entry.phrase, entry.other) for entry in found} == {DISTILLATION, (("모델",), ("model",))}


def test_words_that_do_not_stand_together_are_no_phrase() -> None:
    assert expansions(("지식", "의", "증류"), table(DISTILLATION)) == []


def test_what_the_query_says_itself_is_not_added() -> None:
    assert expansions(("지식", "증류", "distil", "knowledg"), table(DISTILLATION)) == []
    assert len(expansions(("지식", "증류", "distil"), table(DISTILLATION))) == 1


def test_a_word_that_is_said_twice_is_expanded_once() -> None:
    assert len(expansions(("모델", "과", "모델"), table((("모델",), ("model",))))) == 1


def test_the_examples_give_the_phrases_that_they_put_in_brackets(engine: Engine) -> None:
    generation = engine.generation
    others = {entry.other for entry in generation.glossary(("대조", "학습"))}
    assert ("contrast", "learn") in others
    assert generation.glossary(("없는", "구절")) == ()


def test_every_bracketed_pair_of_the_examples_was_written_so(engine: Engine) -> None:
    generation = engine.generation
    texts = [section.text for row in range(generation.manifest.papers) for section in generation.paper(row).sections]
    found = generation.glossary(("양자화",))
    written = [text for text in texts if "양자화(quantization)" in text]
    assert found[0].other == ("quantiz",)
    assert found[0].together == len(written)
    assert terms("quantization", analyze) == ["quantiz"]
