from __future__ import annotations

import numpy as np

from search.engine import Engine

RAG = "2005.11401"
QUESTION = "검색한 문서를 근거로 답을 생성하는 모델"


def reported(engine: Engine, query: str, ids: set[str], k: int = 8) -> tuple[list[str], list[str]]:
    new = np.array([one in ids for one in engine.generation.ids()])
    news = engine.news(query, new, k)
    return [one.paper.id for one in news.strong], [one.paper.id for one in news.weaker]


def test_only_new_papers_are_reported_each_once_and_at_most_so_many_of_each_kind(engine: Engine) -> None:
    everything = set(engine.generation.ids())
    strong, weaker = reported(engine, QUESTION, everything, 2)
    assert strong[0] == RAG
    assert len(strong) <= 2
    assert len(weaker) <= 2
    assert not set(strong) & set(weaker)
    assert RAG not in [one for some in reported(engine, QUESTION, everything - {RAG}) for one in some]
    assert reported(engine, QUESTION, {RAG}) == ([RAG], [])


def test_a_stranger_is_answered_by_none_for_sure(engine: Engine) -> None:
    assert reported(engine, "김치찌개 끓이는 순서", set(engine.generation.ids()))[0] == []


def test_a_paper_that_is_named_is_reported_only_where_it_is_new(engine: Engine) -> None:
    assert reported(engine, RAG, {RAG}) == ([RAG], [])
    assert reported(engine, RAG, {"2106.09685"}) == ([], [])


def test_where_nothing_is_new_nothing_is_reported(engine: Engine) -> None:
    assert reported(engine, QUESTION, set()) == ([], [])
