"""What a request gets that cannot be answered."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

import httpx
import pytest

from index.encoding.encoder import Encoder
from search.api.limits import MAX_BODY_BYTES, MAX_PARAMETER_BYTES
from search.query.bounds import MAX_EXAMPLES
from tests.support.servers import SECONDS, app_of, body_of, ids, problem_of, serving
from tests.support.services import KOREAN

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
    ('{"text": "a", "offset": 151}', 422, "between 0 and 150"),
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


BAD_REQUESTS = [
    ("/search?q=a&k=0", 422, "between 1 and 100"),
    ("/search?q=a&k=101", 422, "between 1 and 100"),
    ("/search?q=a&k=-1", 422, "between 1 and 100"),
    ("/search?q=a&k=ten", 422, "whole number"),
    ("/search?q=a&k=1.5", 422, "whole number"),
    (f"/search?q=a&k={'9' * 5000}", 422, "whole number"),
    ("/search?q=a&offset=-1", 422, "between 0 and 150"),
    ("/search?q=a&offset=151", 422, "between 0 and 150"),
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
    def fail(_: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("search.api.routes.stats_of", fail)
    response = client.get("/stats")
    assert "log" in problem_of(response, 500)
    assert "secret" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "a secret of the inside" in caplog.text
    assert response.headers["x-request-id"]
    assert ids(body_of(client.get("/search", params={"q": KOREAN, "k": 1}))) == ["2005.11401"]
