from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.encoding.encoder import Encoder
from index.errors import QueryError, UnknownPaper
from index.paper import Kind, PaperHead
from index.sources.markdown import parse_markdown
from search.answers import Answer, Filters
from search.client import Client, ServiceError, read, refusal
from search.engine import Engine
from search.export.json import answer_body
from search.export.markup import answer_html
from search.settings import key_digest
from tests.support.servers import SECONDS, app_of, serving

KEY = "0123456789abcdef"
QUESTION = "검색한 문서를 근거로 답을 생성하는 모델"
LORA, QLORA = "2106.09685", "2305.14314"


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[Client]:
    """Yield a client of the service over the example store, which wants a key."""
    with serving(app_of(example_store, encoder, keys=(key_digest(KEY),))) as opened:
        yield Client(str(opened.base_url), KEY, SECONDS)


def same(answer: Answer) -> Answer:
    """Return an answer without what two runs of one question differ by."""
    headed = tuple(replace(one, parts={}) for one in answer.results)
    return replace(answer, took_ms=0.0, results=headed)


@pytest.mark.parametrize(
    "asked",
    [
        {"query": QUESTION, "k": 3},
        {"query": "model", "k": 5, "offset": 2, "sort": "date", "half_life": 365.0},
        {"query": "model", "filters": Filters("2017", "2021-06", author="hu", section=Kind.WHATS_NEW)},
        {"query": "model", "filters": Filters(min_votes=1)},
        {"query": "model", "filters": Filters(field="cs.LG")},
        {"query": "모델", "filters": Filters(area="0,0,0.5,1")},
    ],
)
def test_the_service_answers_a_client_as_an_engine_does(asked: dict[str, Any], client: Client, engine: Engine) -> None:
    answer = client.search(**asked)
    assert same(answer) == same(engine.search(**asked))
    assert answer.results
    assert answer_html(answer).count("<tr>") == len(answer.results) + 1


@pytest.mark.parametrize(
    "asked",
    [
        {"like": LORA, "k": 3},
        {"like": [LORA, QLORA], "unlike": ["1810.04805"], "aspect": Kind.TECHNICAL_DETAILS},
        {"text": "작은 행렬만 학습하는 미세 조정", "filters": Filters("2021")},
    ],
)
def test_similar_papers_are_those_of_an_engine(asked: dict[str, Any], client: Client, engine: Engine) -> None:
    assert same(client.similar(**asked)) == same(engine.similar(**asked))


def test_a_whole_paper_and_what_the_store_holds_come_too(client: Client, engine: Engine) -> None:
    assert client.paper(LORA) == engine.paper(LORA)
    assert client.stats()["papers"] == 66
    assert client.health()["status"] == "ok"


def test_papers_are_exported_by_question_and_by_id(client: Client, engine: Engine) -> None:
    parsed = parse_markdown(client.export(ids=[QLORA, LORA], form="md"), "x.md")
    assert parsed.papers == (engine.paper(QLORA), engine.paper(LORA))
    text = client.export("low-rank adaptation", form="bibtex", k=1)
    assert "2106.09685" in text
    assert text.count("@misc") == 1


def test_a_refusal_is_the_error_that_an_engine_raises(client: Client) -> None:
    with pytest.raises(QueryError, match="20x1"):
        client.search("a", filters=Filters(date_from="20x1"))
    with pytest.raises(QueryError, match="k is 0"):
        client.similar(LORA, k=0)
    with pytest.raises(UnknownPaper, match=r"9999\.99999"):
        client.paper("9999.99999")
    with pytest.raises(UnknownPaper, match="odd/한글"):
        client.paper("odd/한글?&#%")


def test_a_wrong_key_and_a_service_that_is_not_there_are_said(client: Client) -> None:
    with pytest.raises(ServiceError, match="key") as refused:
        replace(client, key="x" * 16).stats()
    assert refused.value.status == 401
    with pytest.raises(ServiceError, match="nonmun serve") as gone:
        Client("http://127.0.0.1:9").stats()
    assert gone.value.status == 0


def test_a_busy_service_says_when_to_ask_again() -> None:
    error = refusal(503, b'{"detail": "busy"}', "7")
    assert isinstance(error, ServiceError)
    assert (str(error), error.status, error.retry_after) == ("busy", 503, 7.0)
    assert "502" in str(refusal(502, b"<html>", None))


def test_what_a_newer_service_adds_is_left_out(engine: Engine) -> None:
    answer = engine.search(QUESTION, k=1)
    body = {**answer_body(answer), "novelty": 1}
    body["results"][0]["novelty"] = body["results"][0]["paper"]["novelty"] = 1
    found = read(Answer, json.dumps(body).encode())
    assert found == answer
    assert isinstance(found.results[0].paper, PaperHead)
