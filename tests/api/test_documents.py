"""The routes whose answers are documents, asked of a real server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest
import rispy
from bibtexparser.entrypoint import parse_string

from index.encoding.encoder import Encoder
from index.sources.markdown import parse_markdown
from search.engine import Engine
from search.export.formats import FORMATS
from search.settings import key_digest
from tests.support.servers import app_of, body_of, ids, problem_of, serving

QUESTION = "검색한 문서를 근거로 답을 생성하는 모델"
LORA, QLORA = "2106.09685", "2305.14314"
READERS: dict[str, Any] = {
    "bibtex": lambda text: [entry["eprint"] for entry in parse_string(text).entries],
    "ris": lambda text: [entry["accession_number"] for entry in rispy.loads(text)],
    "csv": lambda text: [row["id"] for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))],
    "jsonl": lambda text: [json.loads(line)["id"] for line in text.splitlines()],
    "md": lambda text: [paper.id for paper in parse_markdown(text, "x.md").papers],
}


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of the service over the example store."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_is_exported_in_its_order(name: str, client: httpx.Client) -> None:
    asked: dict[str, Any] = {"q": QUESTION, "k": 5, "offset": 1, "sort": "date", "to": "2022", "section": "whats_new"}
    response = client.get("/export", params={**asked, "format": name})
    assert response.status_code == 200
    form = FORMATS[name]
    assert response.headers["content-type"].partition(";")[0] == form.media_type
    assert response.headers["content-disposition"] == f'attachment; filename="nonmun.{form.ending}"'
    assert response.headers["nonmun-generation"]
    found = READERS[name](response.content.decode())
    assert found == ids(body_of(client.get("/search", params=asked)))
    assert len(found) == 5


def test_an_export_has_whole_summaries(client: httpx.Client, engine: Engine) -> None:
    response = client.get("/export", params={"q": QUESTION, "k": 3, "section": "whats_new", "format": "md"})
    papers = parse_markdown(response.text, "x.md").papers
    assert papers == tuple(engine.paper(paper.id) for paper in papers)
    assert len(papers) == 3


def test_named_papers_are_exported_each_once_with_their_whole_summaries(client: httpx.Client, engine: Engine) -> None:
    response = client.get("/export", params={"ids": f" {QLORA},{LORA},,{QLORA} ", "format": "md", "q": "ignored"})
    papers = parse_markdown(response.text, "x.md").papers
    assert papers == (engine.paper(QLORA), engine.paper(LORA))


def test_without_a_question_the_newest_papers_are_exported(client: httpx.Client, engine: Engine) -> None:
    response = client.get("/export", params={"k": 3, "offset": 1, "to": "2021"})
    papers = [paper for paper in engine.generation.papers() if paper.date and paper.date < "2022"]
    newest = sorted((str(paper.date) for paper in papers), reverse=True)
    assert [json.loads(line)["date"] for line in response.text.splitlines()] == newest[1:4]


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        ({"ids": "9999.99999"}, 404, "9999.99999"),
        ({"ids": ","}, 422, "no id"),
        ({"ids": LORA, "k": 0}, 422, "k is 0"),
        ({"ids": LORA, "half_life": 0}, 422, "half-life"),
        ({"ids": LORA, "from": "20x1"}, 422, "20x1"),
        ({"q": "x", "format": "pdf"}, 422, "bibtex"),
        ({"q": "x", "k": 0}, 422, "k is 0"),
        ({"k": 101}, 422, "k is 101"),
        ({"q": "x", "from": "20x1"}, 422, "20x1"),
        ({"q": "x", "formats": "md"}, 422, "format"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    asked: dict[str, Any], status: int, word: str, client: httpx.Client
) -> None:
    assert word in problem_of(client.get("/export", params=asked), status)


def test_a_feed_reader_follows_a_question(client: httpx.Client) -> None:
    asked: dict[str, Any] = {"q": "language model", "k": 5, "from": "2019"}
    response = client.get("/feed.atom", params=asked)
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = feedparser.parse(response.content)
    assert not feed.bozo
    (link,) = feed.feed.links
    assert (link.rel, link.href) == ("self", str(response.url))
    found = body_of(client.get("/search", params={**asked, "sort": "date"}))
    assert [entry.link for entry in feed.entries] == [one["paper"]["url"] for one in found["results"]]
    assert [entry.updated[:10] for entry in feed.entries] == [one["paper"]["date"] for one in found["results"]]
    assert feed.feed.updated == feed.entries[0].updated
    assert any("<mark" in entry.content[0].value or "<u>" in entry.content[0].value for entry in feed.entries)


def test_a_feed_keeps_its_ids_wherever_it_is_asked_for(client: httpx.Client) -> None:
    feeds = [
        feedparser.parse(client.get("/feed.atom", params={"q": "망각"}, headers={"Host": host}).content)
        for host in ("127.0.0.1:1", "localhost:2")
    ]
    assert feeds[0].feed.id == feeds[1].feed.id
    assert [link.href.partition("?")[0] for feed in feeds for link in feed.feed.links] == [
        "http://127.0.0.1:1/feed.atom",
        "http://localhost:2/feed.atom",
    ]
    other = feedparser.parse(client.get("/feed.atom", params={"q": "기억"}).content)
    assert other.feed.id != feeds[0].feed.id


def test_a_feed_without_a_question_has_the_newest_papers(client: httpx.Client) -> None:
    feed = feedparser.parse(client.get("/feed.atom").content)
    times = [entry.updated for entry in feed.entries]
    assert len(times) == 20
    assert times == sorted(times, reverse=True)


def test_a_reader_who_has_the_feed_already_is_told_so(client: httpx.Client) -> None:
    first = client.get("/feed.atom", params={"q": "망각"})
    again = client.get("/feed.atom", params={"q": "망각"}, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = client.get("/feed.atom", params={"q": "기억"}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


def test_documents_want_a_key_where_the_service_does(example_store: Path, encoder: Encoder) -> None:
    with serving(app_of(example_store, encoder, keys=(key_digest("0123456789abcdef"),))) as guarded:
        for path in ("/export", "/feed.atom"):
            assert "key" in problem_of(guarded.get(path), 401)
