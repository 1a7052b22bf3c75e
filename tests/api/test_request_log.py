"""What the service says of itself: logs, request ids and metrics."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from index.encoding.encoder import Encoder
from search.service.logs import JsonLines, StandardError, WithoutQuery, request_id, write_logs
from search.service.metrics import STAGES
from tests.support.servers import SECONDS, app_of, metric, serving

SECRET = "비밀 질문 secretive"


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of a service that logs every request."""
    with serving(app_of(example_store, encoder, log="info")) as opened:
        yield opened


def logged(capsys: pytest.CaptureFixture[str], count: int) -> str:
    """Return so many lines of standard error, the last of which may be written after its answer is sent.

    Those of the requests that waited for the service to be ready are left out.
    """
    shown, end = "", time.monotonic() + SECONDS
    while shown.count("\n") < count and time.monotonic() < end:
        shown += "".join(line for line in capsys.readouterr().err.splitlines(True) if '"/readyz"' not in line)
        time.sleep(0.02)
    assert shown.count("\n") == count
    return shown


def lines(capsys: pytest.CaptureFixture[str], count: int) -> list[dict[str, Any]]:
    """Return so many lines of standard error, each of which is JSON."""
    return [json.loads(line) for line in logged(capsys, count).splitlines()]


def test_a_request_is_logged_on_one_line_with_its_id(client: httpx.Client, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    response = client.get("/search?q=diffusion&k=1")
    (line,) = lines(capsys, 1)
    assert line["request_id"] == response.headers["x-request-id"]
    assert (line["method"], line["path"], line["status"], line["level"]) == ("GET", "/search", 200, "info")
    assert line["generation"] == response.headers["nonmun-generation"]
    assert line["ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line["time"])


def test_an_id_that_the_client_sends_is_kept_where_it_is_harmless(
    client: httpx.Client, capsys: pytest.CaptureFixture[str]
) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "trace-1.2:3"}).headers["x-request-id"] == "trace-1.2:3"
    for odd in ("x" * 65, "a b", '"}', "", "é"):
        kept = client.get("/healthz", headers=[(b"X-Request-ID", odd.encode())]).headers["x-request-id"]
        assert re.fullmatch(r"[0-9a-f]{32}", kept)
    assert len({client.get("/healthz").headers["x-request-id"] for _ in range(5)}) == 5
    assert lines(capsys, 11)[0]["request_id"] == "trace-1.2:3"


def test_a_question_is_not_logged_whatever_comes_of_it(
    client: httpx.Client, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    capsys.readouterr()
    client.get("/search", params={"q": SECRET})
    client.get("/search", params={"q": SECRET, "k": 0})
    client.get("/search", params={"q": SECRET, "unknown": 1})
    client.get("/search", params={"q": f"{SECRET}\0"})
    client.get("/search", params={"q": SECRET * 1000})
    client.post("/similar", json={"text": SECRET})
    client.post("/similar", json={"text": SECRET, "k": 0})
    client.post("/similar", json={"texts": SECRET})
    shown = logged(capsys, 8)
    assert not re.search("비밀|secretive|bbc1|BE%84", shown.encode().decode("unicode-escape") + shown)


def test_a_question_is_logged_where_that_is_asked_for(
    example_store: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(app_of(example_store, encoder, log="info", log_queries=True)) as client:
        client.get("/search?q=secretive")
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["query"] for line in found if line.get("path") == "/search"] == ["q=secretive"]


def test_by_default_requests_are_not_logged_but_failures_are(
    example_store: Path, encoder: Encoder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr("search.api.routes.stats_of", fail)
    with serving(app_of(example_store, encoder)) as client:
        client.get("/search?q=diffusion")
        response = client.get("/stats")
    (line,) = lines(capsys, 1)
    assert (line["level"], line["request_id"]) == ("error", response.headers["x-request-id"])
    assert "RuntimeError: no memory" in line["traceback"]


def test_a_line_of_the_log_holds_nothing_that_a_terminal_obeys() -> None:
    record = logging.LogRecord("nonmun", logging.INFO, "f", 1, "a\x1b[2J\n\x9b31m 논문 \u202e", (), None)
    written = JsonLines().format(record)
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written)["message"] == "a\x1b[2J\n\x9b31m 논문 \u202e"


def test_what_is_logged_for_a_request_names_it_and_nothing_else_does() -> None:
    record = logging.LogRecord("nonmun", logging.INFO, "f", 1, "said", (), None)
    token = request_id.set("one")
    assert json.loads(JsonLines().format(record))["request_id"] == "one"
    request_id.reset(token)
    assert "request_id" not in json.loads(JsonLines().format(record))


def test_the_servers_own_log_of_addresses_leaves_questions_out() -> None:
    arguments = ("127.0.0.1:1", "GET", "/search?q=secret", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "f", 1, '%s - "%s %s HTTP/%s" %d', arguments, None)
    for asked, shown in ((True, "/search?q=secret"), (False, "/search ")):
        write_logs("warning", asked)
        logging.getLogger("uvicorn.access").filter(record)
        assert shown in record.getMessage()
    filters = [one for one in logging.getLogger("uvicorn.access").filters if isinstance(one, WithoutQuery)]
    assert len(filters) == 1
    assert len([one for one in logging.getLogger("nonmun").handlers if isinstance(one, StandardError)]) == 1


def test_the_metrics_are_what_prometheus_reads(client: httpx.Client) -> None:
    client.get("/search?q=metrics")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=1.0.0")
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    assert {
        "nonmun_requests",
        "nonmun_request_seconds",
        "nonmun_stage_seconds",
        "nonmun_cache_requests",
        "nonmun_unanswered",
        "nonmun_reloads",
        "nonmun_reload_failures",
        "nonmun_encoder_failures",
        "nonmun_generation_info",
        "nonmun_generation_age_seconds",
        "nonmun_degraded",
        "nonmun_questions_in_hand",
        "nonmun_papers",
        "process_resident_memory_bytes",
    } <= set(families)
    assert {sample.labels["stage"] for sample in families["nonmun_stage_seconds"].samples} == set(STAGES)
    assert all(family.documentation for family in families.values())


def test_requests_are_counted_by_route_and_status(client: httpx.Client) -> None:
    def counted(route: str, status: int) -> float:
        return metric(client, f'nonmun_requests_total{{route="{route}",status="{status}"}}')

    expected = [
        ("/papers/2005.11401", "/papers/{paper_id:path}", 200),
        ("/papers/none", "/papers/{paper_id:path}", 404),
        ("/search?q=a&k=0", "/search", 422),
        ("/nothing/here?q=a", "none", 404),
        ("/?" + "x" * 40_000, "none", 414),
    ]
    for path, route, status in expected:
        before = counted(route, status)
        client.get(path)
        assert counted(route, status) == before + 1
    assert "here" not in client.get("/metrics").text


def test_every_stage_of_a_question_is_counted_once(client: httpx.Client) -> None:
    def counts() -> list[float]:
        return [metric(client, f'nonmun_stage_seconds_count{{stage="{stage}"}}') for stage in STAGES]

    before = counts()
    client.get("/search?q=every stage of this")
    assert counts() == [count + 1 for count in before]
    client.get("/search?q=every stage of this")
    assert counts() == [count + 1 for count in before]


def test_the_generation_is_told_with_its_age_and_its_papers(client: httpx.Client, example_store: Path) -> None:
    name = (example_store / "CURRENT").read_text().strip()
    assert metric(client, f'nonmun_generation_info{{generation="{name}"}}') == 1
    assert 0 < metric(client, "nonmun_generation_age_seconds") < 24 * 3600
    assert metric(client, "nonmun_papers") == 66
    assert metric(client, "nonmun_degraded") == 0
