"""What was mistyped."""

from __future__ import annotations

import pytest

from search.engine import Engine
from search.query.correction import SHORT, corrected
from search.query.question import word_analysis


def correction(query: str, engine: Engine) -> str:
    return corrected(query, engine.generation, word_analysis(engine.generation))


@pytest.mark.parametrize("query", ["지식 증류", "compress a large model", "LoRA", "2106.09685", "?", "뷁궤 zzz", ""])
def test_an_ordinary_query_stands_as_it_is(engine: Engine, query: str) -> None:
    assert correction(query, engine) == query


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("wltlr wmdfb", "지식 증류"),
        ("지식증류", "지식 증류"),
        ("wltlrwmdfb", "지식 증류"),
        ("갸ㅔ ㅣㅐㄱㅁ", "갸ㅔ lora"),
        ("ㅣㅐㄱㅁ", "lora"),
    ],
)
def test_what_was_mistyped_is_read_as_it_was_meant_and_said(engine: Engine, query: str, text: str) -> None:
    assert correction(query, engine) == text
    assert engine.search(query).warnings == (f"{query!r} was read as {text!r}",)
    assert engine.search(query, literal=True).warnings == ()


def test_missing_spaces_are_looked_for_in_short_queries_only(engine: Engine) -> None:
    short = " ".join(["지식증류"] * SHORT)
    assert correction(short, engine) == " ".join(["지식 증류"] * SHORT)
    assert correction(f"{short} 모델", engine) == f"{short} 모델"
