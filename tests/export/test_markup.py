from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.answers import Answer, Highlight
from search.engine import Engine
from search.export.markup import answer_html, load_ipython_extension, marked, paper_link
from tests.support.hostile import HOSTILE, PAPER, Read, hostile_answer


def test_a_notebook_shows_the_papers_of_an_answer_with_what_matches(engine: Engine) -> None:
    answer = engine.search("검색한 문서를 근거로 답을 생성하는 모델", k=3)
    shown = Read(answer_html(answer))
    assert not shown.open
    assert shown.links == [result.paper.url for result in answer.results]
    for result in answer.results:
        assert result.paper.title in shown.text
        assert result.sections[0].text in shown.text
    assert "검색 증강 생성(retrieval-augmented generation, RAG)을 제안합니다." in shown.marks[0]
    assert "검색" in shown.marks[1]


def test_hostile_text_stays_text() -> None:
    shown = Read(answer_html(hostile_answer()))
    assert not shown.open
    assert shown.tags <= {
        "div",
        "p",
        "em",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "br",
        "small",
        "strong",
        "mark",
        "u",
    }
    assert shown.text.count(HOSTILE) == 9
    assert shown.links == ['https://x.org/"><script>']


def test_what_is_to_be_known_of_an_answer_stands_above_it() -> None:
    shown = Read(answer_html(hostile_answer())).text
    assert "not confident" in shown
    assert "doubtful" in shown
    assert "and 2 more · 1 vote" in shown
    empty = Answer("q", (), "g", 1.0, degraded=True)
    assert "no paper matches" in answer_html(empty)
    assert "words alone" in answer_html(empty)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "//x.org"])
def test_only_an_address_of_the_web_is_linked(url: str) -> None:
    assert "<a" not in paper_link(replace(PAPER, url=url))


SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["semantic", "term"])), max_size=6)


@settings(deadline=None)
@given(st.text(alphabet="ab<>&\"'가\n", max_size=20), SPANS)
def test_marks_may_overlap_and_lose_no_text(content: str, spans: list[tuple[int, int, str]]) -> None:
    found = [Highlight(min(a, b), max(a, b), 0.5, "term" if kind == "term" else "semantic") for a, b, kind in spans]
    shown = Read(marked(content, found))
    assert shown.text == content
    for position, kind in enumerate(("semantic", "term")):
        covered = [any(h.start <= i < h.end for h in found if h.kind == kind) for i in range(len(content))]
        wanted = "".join(c for c, inside in zip(content, covered, strict=True) if inside)
        assert shown.marks[position] == wanted.replace("\n", "")


def test_a_notebook_that_loads_the_extension_shows_answers_as_tables() -> None:
    shown: dict[type, Any] = {}
    html = SimpleNamespace(for_type=shown.__setitem__)
    load_ipython_extension(SimpleNamespace(display_formatter=SimpleNamespace(formatters={"text/html": html})))
    answer = hostile_answer()
    assert "<table>" in shown[type(answer)](answer)
