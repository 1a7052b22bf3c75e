from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel

from index.encoding.encoder import DEFAULT_MODEL, Encoder
from index.paper import Kind, Paper, split_sentences
from index.pipeline.build import build
from search.answers import Result
from search.api import schemas
from search.api.limits import MAX_BODY_BYTES, MAX_PARAMETER_BYTES
from search.api.parameters import Aspect, SimilarBody
from search.api.security import SECURITY_HEADERS
from search.cli.options import ASPECTS
from search.engine import Engine
from search.export.formats import FORMATS
from search.export.json_values import answer_body, explanation
from search.query.bounds import MAX_EXAMPLES, MAX_OFFSET
from tests.servers import SECONDS, app_of, await_status, body_of, ids, problem_of, serving

REPOSITORY = Path(__file__).resolve().parent.parent
KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
ENGLISH = "let a language model call a calculator or a search engine"
MARKUP = "👩‍🔬 새 방법입니다. <b>R&amp;D</b> keeps $a < b$ & <script>alert(1)</script> as written."

ODD_PAPERS: list[dict[str, Any]] = [
    {
        "id": "cs/0112017",
        "title": "Minimum spanning trees of noisy graphs",
        "url": "https://arxiv.org/abs/cs/0112017",
        "date": "2001-12-14",
        "sections": {"What's New": MARKUP},
    },
    {
        "id": "cs/0112017/v2",
        "title": "Minimum spanning trees of noisy graphs, revised",
        "url": "https://arxiv.org/abs/cs/0112017v2",
        "sections": {"Summary": "The revision adds a proof for weighted graphs."},
    },
    {
        "id": "한글 id?&#%",
        "title": "Speech recognition for children",
        "url": "https://example.org/child",
        "sections": {"Summary": "아이들의 음성을 인식합니다."},
    },
]


def marked(body: dict[str, Any], kind: str) -> list[str]:
    """Return what the highlights of the best section of the best paper mark."""
    section = body["results"][0]["sections"][0]
    return [section["text"][h["start"] : h["end"]] for h in section["highlights"] if h["kind"] == kind]


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of the service over the example store."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def odd_client(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yield a client of a service whose papers have odd ids and texts."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.jsonl").write_text("\n".join(json.dumps(paper) for paper in ODD_PAPERS), encoding="utf-8")
    build([folder / "odd.jsonl"], folder / "store", encoder, progress=lambda *_: None)
    with serving(app_of(folder / "store", encoder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def papers(engine: Engine) -> list[Paper]:
    """Return every paper of the example store."""
    return [engine.generation.paper(row) for row in range(engine.generation.manifest.papers)]


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
    body = body_of(client.get("/search", params={"q": "저랭크 행렬 미세 조정"}))
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
    printed = json.loads(json.dumps(answer_body(engine.search(KOREAN, 4, 2), 4, 2)))
    assert {**served, "took_ms": 0} == {**printed, "took_ms": 0}


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (f"/search?q={KOREAN}&k=5&section=whats_new", schemas.Answer),
        (f"/search?q={ENGLISH}&k=5&explain=yes&half_life=30", schemas.Answer),
        ("/papers/2106.09685/similar?k=5", schemas.Answer),
        ("/glossary?limit=3", schemas.Glossary),
        ("/papers/2005.11401", schemas.Paper),
        ("/stats", schemas.Stats),
        ("/healthz", schemas.Health),
        ("/readyz", schemas.Health),
    ],
)
def test_a_body_holds_what_openapi_says_and_nothing_else(
    client: httpx.Client, path: str, model: type[BaseModel]
) -> None:
    body = body_of(client.get(path))
    assert json.loads(model.model_validate(body, extra="forbid").model_dump_json(exclude_unset=True)) == body


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
    ids=str,
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


def test_papers_like_one_do_not_hold_it(client: httpx.Client) -> None:
    body = body_of(client.get("/papers/2106.09685/similar", params={"k": 100}))
    assert body["query"] == "2106.09685"
    assert "2106.09685" not in ids(body)
    assert ids(body)[0] == "2305.14314"


def test_papers_like_one_are_filtered_and_paged_as_answers_are(client: httpx.Client) -> None:
    page = "/papers/2106.09685/similar?k=3&from=2021&to=2023&offset="
    first, second = (body_of(client.get(f"{page}{offset}"))["results"] for offset in (0, 3))
    assert all("2021" <= result["paper"]["date"] < "2024" for result in [*first, *second])
    assert len({result["paper"]["id"] for result in [*first, *second]}) == 6


def test_papers_like_one_say_which_sections_pair(client: httpx.Client, engine: Engine) -> None:
    liked = engine.paper("2106.09685")
    for result in body_of(client.get("/papers/2106.09685/similar", params={"k": 5}))["results"]:
        other = engine.paper(result["paper"]["id"])
        assert len(result["pairs"]) == len(liked.sections) * len(other.sections)
        similarities = [pair["similarity"] for pair in result["pairs"]]
        assert similarities == sorted(similarities, reverse=True)
        for pair in result["pairs"]:
            assert any(
                pair["example_sentence"] in s.text for s in liked.sections if s.heading == pair["example_heading"]
            )
            assert any(pair["sentence"] in s.text for s in other.sections if s.heading == pair["heading"])


def test_an_aspect_compares_by_other_sections(client: httpx.Client) -> None:
    found = [
        [(r["paper"]["id"], r["score"]) for r in body_of(client.get(f"/papers/2106.09685/similar{aspect}"))["results"]]
        for aspect in ("", "?aspect=whats_new", "?aspect=technical_details", "?aspect=performance")
    ]
    assert all(one != other for i, one in enumerate(found) for other in found[:i])


def test_the_command_line_and_http_compare_by_the_same_aspects() -> None:
    assert get_args(Aspect) == ASPECTS


def test_papers_like_several_hold_none_of_those_given(client: httpx.Client) -> None:
    body = body_of(client.post("/similar", json={"positive": ["2106.09685", "2305.14314"], "k": 100}))
    assert body["query"] == "2106.09685 2305.14314"
    assert len(ids(body)) == 64
    assert not {"2106.09685", "2305.14314"} & set(ids(body))
    assert not any(result["pairs"] for result in body["results"])


def test_a_paper_to_be_unlike_drives_those_like_it_down(client: httpx.Client) -> None:
    plain = ids(body_of(client.post("/similar", json={"positive": ["2106.09685"], "k": 100})))
    away = ids(
        body_of(client.post("/similar", json={"positive": ["2106.09685"], "negative": ["2302.13971"], "k": 100}))
    )
    assert set(plain) - set(away) == {"2302.13971"}
    like_it = ids(body_of(client.get("/papers/2302.13971/similar", params={"k": 5})))
    places = [(plain.index(one), away.index(one)) for one in like_it if one in plain and one in away]
    assert sum(after for _, after in places) > sum(before for before, _ in places)


def test_one_positive_paper_is_answered_as_its_own_address_is(client: httpx.Client) -> None:
    sent = {"positive": ["2106.09685"], "aspect": "whats_new", "k": 4, "offset": 1, "filters": {"from": "2019"}}
    posted = body_of(client.post("/similar", json=sent))
    got = body_of(client.get("/papers/2106.09685/similar?aspect=whats_new&k=4&offset=1&from=2019"))
    assert posted["results"][0]["pairs"]
    assert {**posted, "took_ms": 0} == {**got, "took_ms": 0}


def test_papers_like_a_text_in_korean_are_found_and_filtered(client: httpx.Client) -> None:
    text = "  가중치는 고정하고 저랭크 행렬만 학습하여 거대 언어 모델을 적은 메모리로 미세 조정한다.\n"
    body = body_of(client.post("/similar", json={"text": text, "k": 3}))
    assert body["query"] == text.strip()
    assert {"2106.09685", "2305.14314"} <= set(ids(body))
    filtered = body_of(client.post("/similar", json={"text": text, "k": 100, "filters": {"author": "dettmers"}}))
    assert ids(filtered) == ["2305.14314"]


BAD_BODIES: list[tuple[str, int, str]] = [
    ("", 422, "the body is not JSON"),
    ("{", 422, "the body is not JSON"),
    ("[]", 422, "it must be an object"),
    ("null", 422, "the body is None"),
    ("[" * 5000, 422, "the body is not JSON"),
    ('{"text": "\\ud800"}', 422, "the body is not JSON"),
    ("{}", 422, "give an id or a text"),
    ('{"negative": ["2106.09685"]}', 422, "give an id or a text"),
    ('{"text": " \\n "}', 422, "give an id or a text"),
    ('{"positive": "2106.09685"}', 422, "positive is '2106.09685'"),
    ('{"positive": [2106.09685]}', 422, "positive.0 is 2106.09685"),
    ('{"positive": ["0000.00000"]}', 404, "no paper with the id '0000.00000'"),
    ('{"positive": ["\\u0000"]}', 404, "no paper with the id"),
    ('{"positive": ["2106.09685"], "negative": ["0000.00000"]}', 404, "no paper with the id '0000.00000'"),
    (json.dumps({"positive": ["2106.09685"] * (MAX_EXAMPLES + 1)}), 422, "51 papers are given"),
    (json.dumps({"positive": ["2106.09685"], "negative": ["a"] * (MAX_EXAMPLES + 1)}), 422, "51 papers"),
    ('{"text": "a", "aspect": "summary"}', 422, "'technical_details' or 'performance'"),
    ('{"text": "a", "k": "5"}', 422, "k is '5'; it must be a whole number"),
    ('{"text": "a", "k": 101}', 422, "between 1 and 100"),
    ('{"text": "a", "offset": 401}', 422, "between 0 and 400"),
    ('{"text": "a", "positives": []}', 422, "no 'positives'"),
    ('{"text": "a", "filters": []}', 422, "filters is []; it must be an object"),
    ('{"text": "a", "filters": {"sections": "summary"}}', 422, "no 'filters.sections'"),
    ('{"text": "a", "filters": {"section": "methods"}}', 422, "filters.section is 'methods'"),
    ('{"text": "a", "filters": {"from": "soon"}}', 422, "YYYY-MM-DD"),
    ('{"text": "a", "filters": {"min_votes": 1.5}}', 422, "filters.min_votes is 1.5; it must be a whole number"),
]


@pytest.mark.parametrize(("sent", "status", "words"), BAD_BODIES, ids=[sent[:40] for sent, _, _ in BAD_BODIES])
def test_a_bad_body_gets_one_line_that_says_what_to_do(
    client: httpx.Client, sent: str, status: int, words: str
) -> None:
    assert words in problem_of(client.post("/similar", content=sent), status)


def test_a_body_that_is_no_text_gets_one_line(client: httpx.Client) -> None:
    assert "not JSON" in problem_of(client.post("/similar", content=b"\xff\xfe{\x00}\x00"), 422)


def test_a_body_takes_no_parameters_beside_it(client: httpx.Client) -> None:
    assert "there are none" in problem_of(client.post("/similar?k=3", json={"positive": ["2106.09685"]}), 422)


@pytest.mark.parametrize("extra", [0, 1])
def test_a_body_may_have_just_the_largest_size(client: httpx.Client, extra: int) -> None:
    room = MAX_BODY_BYTES - len('{"text":"a"}')
    content = '{"text":"a"' + " " * (room + extra) + "}"
    response = client.post("/similar", content=content)
    if extra:
        assert f"shorten it to {MAX_BODY_BYTES} bytes" in problem_of(response, 413)
    else:
        assert len(ids(body_of(response))) == 10


def test_a_body_without_a_length_is_refused_once_it_is_too_large(client: httpx.Client) -> None:
    chunks = iter([b'{"text": "', *[b"a" * 8192] * 9])
    assert "too large" in problem_of(client.post("/similar", content=chunks), 413)


def test_the_glossary_lists_the_weightiest_first_and_finds_either_side(client: httpx.Client) -> None:
    body = body_of(client.get("/glossary"))
    assert body["total"] > len(body["entries"]) == 50
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


def test_the_paper_most_like_one_whose_id_holds_a_slash_is_its_revision(odd_client: httpx.Client) -> None:
    assert ids(body_of(odd_client.get("/papers/cs/0112017/similar?k=1"))) == ["cs/0112017/v2"]


def test_stats_say_what_the_store_holds(client: httpx.Client, papers: list[Paper]) -> None:
    stats = body_of(client.get("/stats"))
    assert stats["papers"] == len(papers)
    assert stats["sections"] == sum(len(paper.sections) for paper in papers)
    assert stats["first_date"] == min(paper.date for paper in papers if paper.date)
    assert stats["encoder"]["model"] == DEFAULT_MODEL


BAD_REQUESTS = [
    ("/search", 422, "q is missing"),
    ("/search?q=", 422, "empty"),
    ("/search?q=%20%0A", 422, "empty"),
    ("/search?q=a&k=0", 422, "between 1 and 100"),
    ("/search?q=a&k=101", 422, "between 1 and 100"),
    ("/search?q=a&k=-1", 422, "between 1 and 100"),
    ("/search?q=a&k=ten", 422, "whole number"),
    ("/search?q=a&k=1.5", 422, "whole number"),
    (f"/search?q=a&k={'9' * 5000}", 422, "whole number"),
    ("/search?q=a&offset=-1", 422, "between 0 and 400"),
    ("/search?q=a&offset=401", 422, "between 0 and 400"),
    ("/search?q=a&sort=newest", 422, "'relevance', 'date' or 'votes'"),
    ("/search?q=a&half_life=0", 422, "above 0"),
    ("/search?q=a&half_life=-30", 422, "above 0"),
    ("/search?q=a&half_life=inf", 422, "finite"),
    ("/search?q=a&half_life=nan", 422, "finite"),
    ("/search?q=a&half_life=month", 422, "number"),
    ("/search?q=a&explain=please", 422, "true or false"),
    ("/search?q=a&aspect=performance", 422, "there is no parameter 'aspect'"),
    ("/search?q=a&min_votes=many", 422, "whole number"),
    ("/search?q=a&from=yesterday", 422, "YYYY-MM-DD"),
    ("/search?q=a&from=2024-02-30", 422, "YYYY-MM-DD"),
    ("/search?q=a&to=2024-13", 422, "YYYY-MM-DD"),
    ("/search?q=a&section=methods", 422, "'technical_details'"),
    ("/search?q=a&min_vote=1", 422, "did you mean 'min_votes'?"),
    ("/search?q=a&date_from=2024", 422, "there is no parameter 'date_from'"),
    ("/search?q=a&zzz=1", 422, "there are q, k, offset, from, to"),
    ("/search?q=a&q=b", 422, "'q' is given more than once"),
    ("/search?q=%ED%95", 400, "UTF-8"),
    ("/search?q=a&author=%FF", 400, "UTF-8"),
    ("/search?q=a%00b", 400, "NUL"),
    ("/search?q=a&field=%00", 400, "NUL"),
    (f"/search?q={'a' * (MAX_PARAMETER_BYTES + 1)}", 414, f"shorten it to {MAX_PARAMETER_BYTES}"),
    (f"/search?q={'%ED%95%9C' * 2731}", 414, "'q' has 8193 bytes"),
    ("/papers/0000.00000", 404, "no paper with the id '0000.00000'"),
    ("/papers/0000.00000/similar", 404, "no paper with the id '0000.00000'"),
    ("/papers/%FF%00", 404, "no paper"),
    ("/papers/", 404, "no paper"),
    ("/papers/2005.11401/similar?k=0", 422, "between 1 and 100"),
    ("/papers/2005.11401/similar?q=a", 422, "there is no parameter 'q'"),
    ("/papers/2005.11401/similar?aspect=summary", 422, "'technical_details' or 'performance'"),
    ("/papers/2005.11401/similar?sort=date", 422, "there is no parameter 'sort'"),
    ("/glossary?limit=0", 422, "greater than or equal to 1"),
    ("/glossary?limit=1001", 422, "less than or equal to 1000"),
    ("/papers/2005.11401?fields=title", 422, "there are none"),
    ("/stats?full=1", 422, "there are none"),
    ("/facets?k=3", 422, "there is no parameter 'k'"),
    ("/facets?area=0,0,1", 422, "write left,top,right,bottom"),
    ("/map?q=a", 422, "there are none"),
    ("/nothing/here", 404, "there is nothing at '/nothing/here'"),
]


@pytest.mark.parametrize(("path", "status", "words"), BAD_REQUESTS, ids=[path[:40] for path, _, _ in BAD_REQUESTS])
def test_a_bad_request_gets_one_line_that_says_what_to_do(
    client: httpx.Client, path: str, status: int, words: str
) -> None:
    assert words in problem_of(client.get(path), status)


def test_all_parameters_that_do_not_validate_are_named_at_once(client: httpx.Client) -> None:
    detail = problem_of(client.get("/search?q=a&k=x&min_votes=1.5&section=methods"), 422)
    assert all(name in detail for name in ("k is 'x'", "min_votes is '1.5'", "section is 'methods'"))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_told_which_one_works(client: httpx.Client, method: str) -> None:
    response = client.request(method, "/search?q=a")
    assert "use GET" in problem_of(response, 405)
    assert response.headers["allow"] == "GET"


def test_similar_papers_are_asked_for_by_post(client: httpx.Client) -> None:
    response = client.get("/similar")
    assert "use POST" in problem_of(response, 405)
    assert response.headers["allow"] == "POST"


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


def test_a_store_that_cannot_be_opened_is_logged_and_never_ready(
    tmp_path: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), serving(app_of(tmp_path / "none", encoder), until=503) as client:
        end = time.monotonic() + SECONDS
        while "log" not in (detail := problem_of(client.get("/search?q=a"), 503)) and time.monotonic() < end:
            time.sleep(0.05)
        assert body_of(client.get("/healthz")) == {"status": "failed", "generation": None, "detail": detail}
    assert detail == "the store cannot be opened; the service's log says why"
    assert {record.name for record in caplog.records} == {"nonmun"}
    assert f"{tmp_path / 'none'}: no store here; make one with: nonmun index" in caplog.text
    assert "Traceback" not in caplog.text


def test_an_unforeseen_error_is_logged_and_tells_the_client_nothing_of_the_inside(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Engine) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(Engine, "stats", fail)
    response = client.get("/stats")
    assert "log" in problem_of(response, 500)
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "a secret of the inside" in caplog.text
    assert response.headers["x-request-id"]
    assert ids(body_of(client.get("/search", params={"q": KOREAN, "k": 1}))) == ["2005.11401"]


@pytest.fixture(scope="module")
def openapi(client: httpx.Client) -> dict[str, Any]:
    """Return the service's own description."""
    return body_of(client.get("/openapi.json"))


def test_openapi_lists_every_route_and_parameter(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]) == {
        "/search",
        "/similar",
        "/papers/{paper_id}",
        "/papers/{paper_id}/similar",
        "/glossary",
        "/export",
        "/facets",
        "/feed.atom",
        "/map",
        "/stats",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    names = [parameter["name"] for parameter in openapi["paths"]["/search"]["get"]["parameters"]]
    filters = ["from", "to", "min_votes", "author", "field", "section", "area"]
    assert names == ["q", "k", "offset", *filters, "sort", "half_life", "explain"]


def test_openapi_has_an_example_of_every_answer_that_validates(openapi: dict[str, Any]) -> None:
    for example in openapi["components"]["schemas"]["Answer"]["examples"]:
        answer = schemas.Answer.model_validate(example, extra="forbid")
        section = answer.results[0].sections[0]
        marks = [section.text[h.start : h.end] for h in section.highlights]
        assert marks == [section.text, "검색", "증강"]


def test_the_examples_of_the_parameters_are_answered(client: httpx.Client, openapi: dict[str, Any]) -> None:
    parameters = openapi["paths"]["/search"]["get"]["parameters"]
    examples = {p["name"]: p["schema"].get("examples") or p.get("examples") for p in parameters}
    assert all(examples.values()), examples
    for name, values in examples.items():
        for value in values:
            body_of(client.get("/search", params={"q": KOREAN, name: value}))


def test_facets_and_the_map_validate_and_agree(client: httpx.Client) -> None:
    points = schemas.Map.model_validate(body_of(client.get("/map")), extra="forbid")
    facets = schemas.Facets.model_validate(body_of(client.get("/facets", params={"q": KOREAN})), extra="forbid")
    assert facets.papers == len(points.ids) == len(points.x) == len(points.y) == len(points.months)
    assert set(facets.best) <= set(points.ids)
    assert facets.generation == points.generation
    left = [one for one, x in zip(points.ids, points.x, strict=True) if x <= 5000]
    assert body_of(client.get("/facets", params={"area": "0,0,0.5,1"}))["papers"] == len(left)
    assert set(ids(body_of(client.get("/search", params={"q": KOREAN, "area": "0,0,0.5,1", "k": 100})))) == set(left)


def test_the_examples_of_a_body_are_answered(client: httpx.Client, openapi: dict[str, Any]) -> None:
    schema = openapi["paths"]["/similar"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in json.dumps(schema)
    assert set(schema["properties"]) == set(SimilarBody.model_fields)
    assert set(schema["properties"]["filters"]["properties"]) == {
        "from", "to", "min_votes", "author", "field", "section", "area"
    }  # fmt: skip
    for example in schema["examples"]:
        assert body_of(client.post("/similar", json=example))["results"]


def test_openapi_describes_every_error_as_a_problem(openapi: dict[str, Any]) -> None:
    written = {"/metrics": ["text/plain"], "/feed.atom": ["application/atom+xml"]}
    written["/export"] = [form.media_type for form in FORMATS.values()]
    for path, methods in openapi["paths"].items():
        ((_, method),) = methods.items()
        assert list(method["responses"]["200"]["content"]) == written.get(path, ["application/json"]), path
        for status, response in method["responses"].items():
            assert status in ("200", "304") or list(response["content"]) == ["application/problem+json"], path
    assert "413" in openapi["paths"]["/similar"]["post"]["responses"]


def test_uvicorn_serves_the_store_that_the_environment_names(example_store: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "search.api:create_app", "--port", str(port)]
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
