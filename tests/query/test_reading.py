"""How a query is read."""

from __future__ import annotations

import unicodedata

import pytest

from search.engine import Engine
from search.query.question import word_analysis
from search.query.reading import SHORT, Reading, read


def reading(query: str, engine: Engine) -> Reading:
    return read(query, engine.generation, word_analysis(engine.generation))


@pytest.mark.parametrize("query", ["지식 증류", "compress a large model", "LoRA", "2106.09685", "?", "뷁궤 zzz"])
def test_an_ordinary_query_is_read_as_it_stands(engine: Engine, query: str) -> None:
    found = reading(query, engine)
    assert found.parsed.text == query
    assert found.warnings == ()


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
    found = reading(query, engine)
    assert found.parsed.text == text
    assert found.warnings == (f"{query!r} was read as {text!r}",)


def test_missing_spaces_are_looked_for_in_short_queries_only(engine: Engine) -> None:
    short = "지식증류 " * SHORT
    assert reading(short, engine).parsed.text == " ".join(["지식 증류"] * SHORT)
    assert reading(f"{short} 모델", engine).parsed.text == f"{short} 모델".strip().replace("  ", " ")


def test_a_query_of_authors_alone_is_ranked_by_their_names(engine: Engine) -> None:
    found = reading('author:"Kaiming He" author:Girshick', engine)
    assert found.parsed.text == "Kaiming He Girshick"
    assert found.parsed.authors == ("Kaiming He", "Girshick")
    assert found.warnings == ()


def test_clauses_and_ids_outlast_a_correction(engine: Engine) -> None:
    found = reading('wltlr author:Hinton "soft targets" 1503.02531', engine)
    assert found.parsed.authors == ("Hinton",)
    assert found.parsed.phrases == ("soft targets",)
    assert found.parsed.ids == ("1503.02531",)


def test_decomposed_hangul_is_read_as_composed(engine: Engine) -> None:
    query = "새로운 과제를 배우면 예전 것을 잊는 문제"
    assert reading(unicodedata.normalize("NFD", query), engine) == reading(query, engine)
