from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import feedparser
from hypothesis import given

from index.paper import Kind, Paper
from search.answers import Highlight, SectionMatch
from search.export.atom import UNDATED, FeedEntry, atom, stable_id
from tests.support.papers import ANY, LORA, PAPERS

NOW = "2026-01-02T03:04:05+00:00"
ADDRESS = "https://nonmun.example/feed.atom?q=%EB%A7%9D%EA%B0%81&k=5"


def read(text: str) -> feedparser.FeedParserDict:
    parsed = feedparser.parse(text.encode())
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10"
    return parsed


def test_a_feed_reader_reads_papers_with_what_matches() -> None:
    match = SectionMatch(Kind.WHATS_NEW, "What's New", "작은 <b>행렬</b>", 1.0, (Highlight(3, 12, 1.0, "semantic"),))
    older = replace(LORA, id="a", title="An <older> & paper", date="2020-01-01", authors=(), fields=())
    feed = read(atom("망각", "논문: 망각", [FeedEntry(LORA, match), FeedEntry(older)], updated=NOW, address=ADDRESS))
    assert feed.feed.title == "논문: 망각"
    assert feed.feed.updated == "2021-06-17T00:00:00Z"
    assert [(link.rel, link.href) for link in feed.feed.links] == [("self", ADDRESS)]
    lora, second = feed.entries
    assert (lora.title, lora.link, lora.updated) == (LORA.title, LORA.url, "2021-06-17T00:00:00Z")
    assert [author.name for author in lora.authors] == list(LORA.authors)
    assert [tag.term for tag in lora.tags] == list(LORA.fields)
    assert lora.content[0].type == "text/html"
    assert "&lt;b&gt;행렬&lt;/b&gt;</" in lora.content[0].value
    assert second.title == "An <older> & paper"
    assert LORA.sections[0].text.split("\n")[0] in second.content[0].value


def test_ids_depend_on_nothing_but_names() -> None:
    one = read(atom("망각", "a", [FeedEntry(LORA)], updated=NOW, address=ADDRESS))
    other = read(
        atom("망각", "b", [FeedEntry(replace(LORA, title="Renamed", votes=9))], updated="2027-01-01T00:00:00Z")
    )
    assert (one.feed.id, one.entries[0].id) == (other.feed.id, other.entries[0].id)
    assert one.feed.id != one.entries[0].id
    assert stable_id("paper", "a") != stable_id("paper", "b")
    assert read(atom("기억", "a", [], updated=NOW)).feed.id != one.feed.id


def test_a_feed_without_dates_is_as_new_as_it_is_said_to_be() -> None:
    feed = read(atom("x", "x", [FeedEntry(replace(LORA, date=None))], updated=NOW))
    assert (feed.feed.updated, feed.entries[0].updated) == (NOW, UNDATED)


@ANY
@given(PAPERS)
def test_any_text_makes_a_feed(papers: list[Paper]) -> None:
    odd = [replace(paper, title=f"\x00\x0b\ufffe\uffff{paper.title}") for paper in papers]
    text = atom("x\x01", "\x02", [FeedEntry(paper) for paper in odd], updated=NOW, address="https://x.org/?a=\x7f&b=<")
    assert len(ElementTree.fromstring(text).findall("{http://www.w3.org/2005/Atom}entry")) == len(papers)
    assert len({entry.id for entry in read(text).entries}) == len(papers)
