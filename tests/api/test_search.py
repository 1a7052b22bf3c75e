"""A search over HTTP."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.paper import Kind, Paper, split_sentences
from search.answers import Result
from search.api.limits import MAX_PARAMETER_BYTES
from search.api.security import SECURITY_HEADERS
from search.engine import Engine
from search.export.json import answer_body, explanation
from search.query.bounds import MAX_OFFSET
from tests.support.paths import REPOSITORY
from tests.support.servers import await_status, body_of, ids
from tests.support.services import ENGLISH, KOREAN, MARKUP


def marked(body: dict[str, Any], kind: str) -> list[str]:
    """Return what the highlights of the best section of the best paper mark."""
    section = body["results"][0]["sections"][0]
    return [section["text"][h["start"] : h["end"]] for h in section["highlights"] if h["kind"] == kind]


def test_a_korean_question_brings_its_paper_first_with_the_sentence_that_answers(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": KOREAN, "k": 3}))
    assert ids(body)[0] == "2005.11401"
    best = (
        "생성 모델이 답을 쓰기 전에 외부 문서를 찾아 읽게 하는 "
        "검색 증강 생성(retrieval-augmented generation, RAG)을 제안합니다."
    )
    assert best in marked(body, "semantic")
    assert {"검색", "문서", "생성"} <= set(marked(body, "term"))


def test_an_english_question_brings_its_paper_first_with_the_sentence_that_answers(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": ENGLISH, "k": 3}))
    assert ids(body)[0] == "2302.04761"
    best = (
        "The tools are a calculator, a question answering system, a Wikipedia search engine, "
        "a translator and a calendar."
    )
    assert best in marked(body, "semantic")
    assert "calculator" in marked(body, "term")


@pytest.mark.parametrize("query", [KOREAN, ENGLISH, "diffusion", "확산 모델의 image generation"])
def test_every_highlight_slices_the_untouched_text(client: httpx.Client, papers: list[Paper], query: str) -> None:
    written = {paper.id: {(s.heading, s.text) for s in paper.sections} for paper in papers}
    results = body_of(client.get("/search", params={"q": query, "k": 20}))["results"]
    assert len(results) == 20
    for result in results:
        assert {(s["heading"], s["text"]) for s in result["sections"]} == written[result["paper"]["id"]]
        for section in result["sections"]:
            sentences = {(span.start, span.end) for span in split_sentences(section["text"])}
            for mark in section["highlights"]:
                assert 0 <= mark["start"] < mark["end"] <= len(section["text"])
                assert 0 < mark["weight"] <= 1
                assert mark["kind"] == "term" or (mark["start"], mark["end"]) in sentences


def test_results_sections_and_parts_are_in_order_and_add_up(client: httpx.Client) -> None:
    results = body_of(client.get("/search", params={"q": ENGLISH, "k": 20}))["results"]
    scores = [result["score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    for result in results:
        assert sum(result["parts"].values()) == pytest.approx(result["score"], abs=1e-6)
        assert "explanation" not in result
        weights = [section["score"] for section in result["sections"]]
        assert weights == sorted(weights, reverse=True)


EXPLAINED = re.compile(r"(?:[a-z]+ \d\.\d{3} \+ )*[a-z]+ \d\.\d{3} = \d\.\d{3}|0\.000 = 0\.000")


@pytest.mark.parametrize("more", [{}, {"half_life": "365"}, {"sort": "votes"}])
def test_an_explanation_is_a_sum_that_holds_as_written(client: httpx.Client, more: dict[str, str]) -> None:
    results = body_of(client.get("/search", params={"q": "2106.09685 fine tuning", "k": 66, "explain": "true", **more}))
    for result in results["results"]:
        assert sum(result["parts"].values()) == pytest.approx(result["score"], abs=1e-6)
        assert EXPLAINED.fullmatch(result["explanation"])
        left, _, right = result["explanation"].partition(" = ")
        thousandths = [round(1000 * float(term.split()[-1])) for term in left.split(" + ")]
        assert sum(thousandths) == round(1000 * float(right)) == round(1000 * result["score"])
        for term in left.split(" + ") if left != "0.000" else []:
            name, value = term.split()
            assert float(value) == pytest.approx(result["parts"][name], abs=1e-3)


def test_an_explanation_of_thirds_adds_up() -> None:
    paper = Paper("a", "A", "https://x.org/a", None, None, (), (), ())
    result = Result(paper, 1.0, {"one": 1 / 3, "two": 1 / 3, "none": 0.0, "three": 1 / 3}, ())
    assert explanation(result) == "one 0.334 + two 0.333 + three 0.333 = 1.000"


@pytest.mark.parametrize("name", ["date", "votes"])
def test_results_are_sorted_as_asked_and_are_the_same_papers(client: httpx.Client, name: str) -> None:
    body = body_of(client.get("/search", params={"q": KOREAN, "k": 100, "sort": name}))
    values = [result["paper"][name] for result in body["results"]]
    known = [value for value in values if value is not None]
    assert len(set(known)) > 1
    assert values == [*sorted(known, reverse=True), *[None] * (len(values) - len(known))]
    assert set(ids(body)) == set(ids(body_of(client.get("/search", params={"q": KOREAN, "k": 100}))))


def test_a_half_life_adds_to_the_score_of_new_papers(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": "language model", "k": 66, "half_life": "365"}))
    gains = [(result["paper"]["date"], result["parts"]["recency"]) for result in body["results"]]
    assert [gain for _, gain in sorted(gains)] == sorted(gain for _, gain in gains)
    newest = max(day for day, _ in gains)
    assert {round(gain, 4) for day, gain in gains if day == newest} == {0.2}
    scores = [result["score"] for result in body["results"]]
    assert scores == sorted(scores, reverse=True)


def test_an_answer_says_what_the_glossary_added_and_whether_it_is_to_be_trusted(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": "사람의 피드백을 쓰는 강화 학습과 보상 모델"}))
    assert body["confident"] is True
    assert body["also_searched"]
    weights = [added["weight"] for added in body["also_searched"]]
    assert weights == sorted(weights, reverse=True)
    assert body_of(client.get("/search", params={"q": "김치찌개 끓이는 순서"}))["confident"] is False


def test_offsets_count_code_points_and_markup_stays_text(odd_client: httpx.Client) -> None:
    response = odd_client.get("/search", params={"q": "script", "k": 1})
    body = body_of(response)
    assert ids(body) == ["cs/0112017"]
    assert body["results"][0]["sections"][0]["text"] == MARKUP
    assert "<" not in response.text
    assert r"\u003cscript>" in response.text
    assert "script" in marked(body, "term")


def test_the_body_is_the_one_that_the_command_line_prints(client: httpx.Client, engine: Engine) -> None:
    served = body_of(client.get("/search", params={"q": KOREAN, "k": 4, "offset": 2}))
    printed = json.loads(json.dumps(answer_body(engine.search(KOREAN, 4, 2))))
    assert {**served, "took_ms": 0} == {**printed, "took_ms": 0}


def field_is(name: str) -> Callable[[Paper], bool]:
    return lambda paper: name.casefold() in {field.casefold() for field in paper.fields}


def author_is(*words: str) -> Callable[[Paper], bool]:
    return lambda paper: any(set(words) <= set(name.casefold().split()) for name in paper.authors)


def dated(first: str, last: str) -> Callable[[Paper], bool]:
    return lambda paper: paper.date is not None and first <= paper.date <= last


@pytest.mark.parametrize(
    ("filters", "passes"),
    [
        ({"from": "2023-04-08"}, dated("2023-04-08", "9999")),
        ({"to": "2014"}, dated("0000", "2014-12-31")),
        ({"from": "2020-04", "to": "2020-05"}, dated("2020-04-01", "2020-05-31")),
        ({"min_votes": "3"}, lambda paper: (paper.votes or 0) >= 3),
        ({"field": "CS.lg"}, field_is("cs.LG")),
        ({"author": "LEWIS"}, author_is("lewis")),
        ({"author": "lewis patrick"}, author_is("patrick", "lewis")),
        ({"section": "performance"}, lambda paper: any(s.kind == Kind.PERFORMANCE for s in paper.sections)),
        ({"author": "lewis", "to": "2020-05", "from": "2020-05"}, lambda paper: paper.id == "2005.11401"),
    ],
    ids=lambda part: str(part) if isinstance(part, dict) else "",
)
def test_a_filter_lets_through_exactly_the_papers_that_pass(
    client: httpx.Client, papers: list[Paper], filters: dict[str, str], passes: Callable[[Paper], bool]
) -> None:
    expected = {paper.id for paper in papers if passes(paper)}
    assert 0 < len(expected) < len(papers)
    found = ids(body_of(client.get("/search", params={"q": KOREAN, "k": 100, **filters})))
    assert len(found) == len(expected)
    assert set(found) == expected


@pytest.mark.parametrize("k", [1, 2, 10])
def test_a_page_is_full_whenever_enough_papers_pass(client: httpx.Client, k: int) -> None:
    filters = {"from": "2021", "to": "2022"}
    assert len(ids(body_of(client.get("/search", params={"q": "zebra", "k": k, **filters})))) == k


def test_a_section_filter_leaves_sections_of_that_kind_only(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": ENGLISH, "k": 10, "section": "technical_details"}))
    kinds = {section["kind"] for result in body["results"] for section in result["sections"]}
    assert kinds == {"technical_details"}


def test_a_filter_that_nothing_passes_brings_nothing(client: httpx.Client) -> None:
    assert body_of(client.get("/search", params={"q": KOREAN, "author": "nobody"}))["results"] == []


def test_a_blank_parameter_counts_as_not_given(client: httpx.Client) -> None:
    blank = {"k": "", "offset": "", "from": "", "to": " ", "min_votes": "", "author": "", "field": "", "section": ""}
    plain = body_of(client.get("/search", params={"q": KOREAN}))
    blanked = body_of(client.get("/search", params={"q": KOREAN, **blank}))
    assert ids(plain) == ids(blanked)
    assert (blanked["k"], blanked["offset"]) == (10, 0)


def test_pages_join_to_the_whole_without_overlap(client: httpx.Client, papers: list[Paper]) -> None:
    pages = [body_of(client.get("/search", params={"q": KOREAN, "k": 9, "offset": o})) for o in range(0, 72, 9)]
    joined = [paper_id for page in pages for paper_id in ids(page)]
    assert joined == ids(body_of(client.get("/search", params={"q": KOREAN, "k": 100})))
    assert sorted(joined) == sorted(paper.id for paper in papers)
    assert [page["offset"] for page in pages] == list(range(0, 72, 9))


def test_a_page_past_the_end_is_empty(client: httpx.Client) -> None:
    assert body_of(client.get("/search", params={"q": KOREAN, "offset": MAX_OFFSET}))["results"] == []


def test_a_query_longer_than_the_model_reads_is_answered_with_a_warning(client: httpx.Client) -> None:
    body = body_of(client.get("/search", params={"q": f"{KOREAN} " + "검색 증강 " * 400, "k": 3}))
    assert "2005.11401" in ids(body)
    assert any("first" in warning and "tokens" in warning for warning in body["warnings"])


def test_a_query_of_just_the_longest_size_is_answered(client: httpx.Client) -> None:
    assert len(ids(body_of(client.get("/search", params={"q": "a" * MAX_PARAMETER_BYTES, "k": 3})))) == 3


@pytest.mark.parametrize("path", ["/healthz", f"/search?q={KOREAN}", "/papers/0000.00000", "/nothing", "/docs"])
def test_every_response_has_the_security_headers_once_and_opens_no_other_origin(
    client: httpx.Client, path: str
) -> None:
    response = client.get(path, headers={"Origin": "https://example.org"})
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_simultaneous_questions_get_the_answers_that_they_get_alone(client: httpx.Client) -> None:
    queries = [KOREAN, ENGLISH, "image generation by removing noise", "개인정보를 지키는 학습"]
    alone = {query: body_of(client.get("/search", params={"q": query}))["results"] for query in queries}

    def ask(query: str) -> bool:
        return bool(body_of(client.get("/search", params={"q": query}))["results"] == alone[query])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, queries * 8))


def test_uvicorn_serves_the_store_that_the_environment_names(example_store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "search.api.app:create_app", "--port", str(port)]
    environment = {**os.environ, "NONMUN_STORE": str(example_store)}
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
                await_status(client, 200)
                body = body_of(client.get("/search", params={"q": KOREAN, "k": 1}))
        finally:
            server.terminate()
            log = server.communicate(timeout=30)[0]
    assert ids(body) == ["2005.11401"], log
    assert "Traceback" not in log
    assert "Application shutdown complete" in log
