from __future__ import annotations

from dataclasses import replace

import feedparser
import pytest

from index.sources.markdown import parse_markdown
from search.export.bulletin import DOCUMENTS, NOTHING, WEAKER, Bulletin, atom_bulletin, html_bulletin, markdown_bulletin
from search.export.saved_searches import Digest, Part
from tests.support.hostile import HOSTILE, Read, hostile_answer
from tests.support.papers import LORA

RESULT = hostile_answer().results[0]
SECOND = replace(RESULT, paper=LORA)
CREATED = "2026-01-02T03:04:05+00:00"
BULLETIN = Bulletin(
    Digest(
        (HOSTILE, "검색", "none"), (Part(("검색",), True, (SECOND,)), Part((HOSTILE, "검색"), False, (RESULT,))), ()
    ),
    "queries.txt",
    "g",
    CREATED,
)
EMPTY = Bulletin(Digest(("none",), (), ()), "queries.txt", "g", CREATED)


def test_a_page_shows_each_query_with_its_papers_and_hostile_text_as_text() -> None:
    page = html_bulletin(BULLETIN)
    body = Read("<body" + page.partition("<body")[2].removesuffix("</html>\n"))
    assert not body.open
    assert "script" not in body.tags
    assert "img" not in body.tags
    assert body.links == [LORA.url, RESULT.paper.url]
    assert body.text.index("검색") < body.text.index(LORA.title) < body.text.index(HOSTILE)
    assert body.text.count(WEAKER) == 1
    assert "none" not in body.text


def test_the_markdown_of_a_digest_names_its_queries_and_its_papers_are_read() -> None:
    text = markdown_bulletin(BULLETIN)
    assert text.splitlines()[4] == "## 2026-01-02 · 검색"
    assert f" · 검색 · {WEAKER}\n" in text
    read = parse_markdown(text, "x.md")
    assert not read.skipped
    lora, hostile = read.papers
    assert (hostile.title, hostile.sections[0].text) == (RESULT.paper.title, HOSTILE)
    assert (lora.title, lora.date) == (LORA.title, LORA.date)


def test_a_feed_reader_reads_a_digest() -> None:
    feed = feedparser.parse(atom_bulletin(BULLETIN).encode())
    assert not feed.bozo
    assert feed.entries[0].link == LORA.url
    assert len({entry.id for entry in feed.entries}) == 2


@pytest.mark.parametrize("name", ["md", "html"])
def test_a_digest_without_news_says_so(name: str) -> None:
    assert NOTHING in DOCUMENTS[name](EMPTY)


def test_a_feed_without_news_is_a_feed() -> None:
    feed = feedparser.parse(atom_bulletin(EMPTY).encode())
    assert not feed.bozo
    assert (feed.entries, feed.feed.updated) == ([], CREATED)
