from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.paper import Kind, Paper
from search.answers import Answer, Highlight, Result, SectionMatch
from search.engine import Engine
from search.export.markup import marked, paper_link

HOSTILE = "<script>alert('1')</script> & \"<img src=x onerror=alert(1)>\""
PAPER = Paper(HOSTILE, HOSTILE, 'https://x.org/"><script>', "2024-01-01", 1, (HOSTILE,) * 5, (HOSTILE,), ())


class Read(HTMLParser):
    """The tags, links and text of a piece of HTML; whatever is open at the end is in `open`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.marks = ["", ""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]
        if tag == "br":
            self.text += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for position, tag in enumerate(("mark", "u")):
            self.marks[position] += data if tag in self.open else ""


def hostile_answer() -> Answer:
    match = SectionMatch(
        Kind.OTHER, HOSTILE, HOSTILE, 1.0, (Highlight(0, 9, 1.0, "semantic"), Highlight(5, 20, 1.0, "term"))
    )
    result = Result(PAPER, 1.0, {}, (match,), doubtful=True)
    return Answer(HOSTILE, (result,), "g", 1.0, confident=False, warnings=(HOSTILE,))


def test_a_notebook_shows_the_papers_of_an_answer_with_what_matches(engine: Engine) -> None:
    answer = engine.search("검색한 문서를 근거로 답을 생성하는 모델", k=3)
    shown = Read(answer._repr_html_())
    assert not shown.open
    assert shown.links == [result.paper.url for result in answer.results]
    for result in answer.results:
        assert result.paper.title in shown.text
        assert result.sections[0].text in shown.text
    assert "검색 증강 생성(retrieval-augmented generation, RAG)을 제안합니다." in shown.marks[0]
    assert "검색" in shown.marks[1]


def test_hostile_text_stays_text() -> None:
    shown = Read(hostile_answer()._repr_html_())
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
    shown = Read(hostile_answer()._repr_html_()).text
    assert "not confident" in shown
    assert "doubtful" in shown
    assert "and 2 more · 1 vote" in shown
    empty = Answer("q", (), "g", 1.0, degraded=True)
    assert "no paper matches" in empty._repr_html_()
    assert "words alone" in empty._repr_html_()


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
