"""Papers, glossary, counts and the map over HTTP."""

from __future__ import annotations

import httpx
import pytest
from pydantic import TypeAdapter

from index.encoding.encoder import DEFAULT_MODEL
from index.paper import Paper
from search.browse.facets import Facets
from search.browse.map import Map
from tests.support.servers import body_of, ids
from tests.support.services import KOREAN, ODD_PAPERS


def test_the_glossary_lists_the_weightiest_first_and_finds_either_side(client: httpx.Client) -> None:
    body = body_of(client.get("/glossary", params={"limit": 5}))
    assert body["total"] > len(body["entries"]) == 5
    order = [(-entry["weight"], -entry["together"]) for entry in body["entries"]]
    assert order == sorted(order)
    found = body_of(client.get("/glossary", params={"q": "QUANTIZATION", "limit": 1000}))
    pairs = {(entry["phrase"], entry["other"]) for entry in found["entries"]}
    assert {("양자화", "quantization"), ("quantization", "양자화")} <= pairs
    assert all("quantiz" in f"{phrase} {other}".casefold() for phrase, other in pairs)
    assert found["total"] == len(found["entries"])


def test_a_paper_comes_whole(client: httpx.Client, papers: list[Paper]) -> None:
    for paper in papers:
        assert body_of(client.get(f"/papers/{paper.id}")) == paper.as_dict()


@pytest.mark.parametrize("path", ["cs/0112017", "cs%2F0112017", "cs/0112017/v2", "%ED%95%9C%EA%B8%80%20id%3F%26%23%25"])
def test_an_id_may_hold_any_characters(odd_client: httpx.Client, path: str) -> None:
    found = body_of(odd_client.get(f"/papers/{path}"))["id"]
    assert found in {paper["id"] for paper in ODD_PAPERS}
    similar = body_of(odd_client.get(f"/papers/{path}/similar"))
    assert similar["query"] == found
    assert found not in ids(similar)


def test_stats_say_what_the_store_holds(client: httpx.Client, papers: list[Paper]) -> None:
    stats = body_of(client.get("/stats"))
    assert stats["papers"] == len(papers)
    assert stats["sections"] == sum(len(paper.sections) for paper in papers)
    assert stats["first_date"] == min(paper.date for paper in papers if paper.date)
    assert stats["encoder"]["model"] == DEFAULT_MODEL


def test_facets_and_the_map_validate_and_agree(client: httpx.Client) -> None:
    points = TypeAdapter(Map).validate_python(body_of(client.get("/map")), extra="forbid")
    around = body_of(client.get("/facets", params={"q": KOREAN}))
    facets = TypeAdapter(Facets).validate_python(around, extra="forbid")
    assert facets.papers == len(points.ids) == len(points.x) == len(points.y) == len(points.months)
    assert set(facets.best) <= set(points.ids)
    assert facets.generation == points.generation
    left = [one for one, x in zip(points.ids, points.x, strict=True) if x <= 5000]
    assert body_of(client.get("/facets", params={"area": "0,0,0.5,1"}))["papers"] == len(left)
    assert set(ids(body_of(client.get("/search", params={"q": KOREAN, "area": "0,0,0.5,1", "k": 100})))) == set(left)
