"""Requests that are too large, too slow or no HTTP at all, and the others that are answered meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import httpx
import pytest

from index.encoding.encoder import Encoder
from scripts.bench.servers import send_raw
from scripts.reliability.bad_requests import bad_requests, refused
from search.api.limits import MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_HEADERS, MAX_PARAMETER_BYTES, MAX_URL_BYTES
from tests.support.servers import app_of, body_of, ids, metric, problem_of, serving

KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of the service over the example store."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


def address(client: httpx.Client) -> tuple[str, int]:
    return client.base_url.host, client.base_url.port or 80


@pytest.mark.parametrize("path", ["/search?q=a&", "/stats?", "/nothing?", "/healthz?"])
def test_an_address_may_have_just_the_largest_size(client: httpx.Client, path: str) -> None:
    filled = path + "x" * (MAX_URL_BYTES - len(path) + 1)  # the question mark does not count
    assert client.get(filled).status_code != 414
    assert f"shorten it to {MAX_URL_BYTES}" in problem_of(client.get(filled + "x"), 414)


def test_the_longest_query_fits_into_the_longest_address(client: httpx.Client) -> None:
    query = "한" * (MAX_PARAMETER_BYTES // 3)
    assert len(ids(body_of(client.get("/search", params={"q": query, "k": 3})))) == 3


def test_a_long_id_is_no_paper_and_a_longer_one_no_address(client: httpx.Client) -> None:
    assert "no paper" in problem_of(client.get("/papers/" + "x" * 10_000), 404)
    problem_of(client.get("/papers/" + "x" * MAX_URL_BYTES), 414)


def test_headers_may_be_so_large_and_so_many(client: httpx.Client) -> None:
    assert client.get("/stats", headers={"X-Filler": "x" * (MAX_HEADER_BYTES // 2)}).status_code == 200
    large = client.get("/stats", headers={"X-Filler": "x" * MAX_HEADER_BYTES})
    assert f"of {MAX_HEADER_BYTES} at most" in problem_of(large, 431)
    many = client.get("/stats", headers={f"X-Filler-{i}": "x" for i in range(MAX_HEADERS)})
    assert f"send {MAX_HEADERS}" in problem_of(many, 431)


@pytest.mark.parametrize(("method", "path"), [("POST", "/similar"), ("GET", "/search?q=a"), ("POST", "/nothing")])
def test_a_body_that_is_announced_too_large_is_refused_before_it_is_sent(
    client: httpx.Client, method: str, path: str
) -> None:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
    assert send_raw(address(client), head.encode(), seconds=60) == "413"


def test_an_endless_body_beside_a_question_does_not_fill_the_memory(client: httpx.Client) -> None:
    before = metric(client, "process_resident_memory_bytes")
    head = b"GET /search?q=endless HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = 0
    with socket.create_connection(address(client)) as connection:
        connection.sendall(head)
        try:
            while sent < 64 * 2**20:
                connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                sent += 0x10000
        except OSError:
            pass
    assert metric(client, "process_resident_memory_bytes") < before + 32 * 2**20
    assert client.get("/search?q=a").status_code == 200


def test_a_body_that_does_not_arrive_is_waited_for_only_so_long(example_store: Path, encoder: Encoder) -> None:
    with serving(app_of(example_store, encoder, seconds=0.5)) as client:
        head = b"POST /similar HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 30\r\n\r\n"
        with socket.create_connection(address(client), timeout=60) as connection:
            connection.sendall(head + b'{"text"')
            answer = b""
            while b"\r\n\r\n{" not in answer and (part := connection.recv(65536)):
                answer += part
    assert b" 408 " in answer.partition(b"\r\n")[0]
    assert b"did not arrive within 0.5 seconds" in answer


def test_bad_requests_are_refused_and_cost_no_other_its_answer(client: httpx.Client) -> None:
    found = refused(str(client.base_url).rstrip("/"), 150)
    assert found.crashes == 0
    assert (found.good, found.good_lost) == (15, 0)
    assert sum(found.answers.values()) == 150
    assert found.answers.get("400", 0) > 20
    assert found.answers.get("200", 0) < 15


def test_bad_requests_on_other_connections_do_not_change_an_answer(client: httpx.Client) -> None:
    alone = body_of(client.get("/search", params={"q": KOREAN, "k": 5}))["results"]

    def send(request: bytes) -> str:
        return send_raw(address(client), request)

    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(send, request) for request in islice(bad_requests(1), 40)]
        asked = [pool.submit(client.get, "/search", params={"q": KOREAN, "k": 5 + i % 2}) for i in range(20)]
        assert all(body_of(one.result())["results"][:5] == alone for one in asked)
        assert not [one.result() for one in sent if one.result().startswith("5")]


def test_a_bad_request_behind_a_good_one_on_the_same_connection_leaves_the_answer_whole(client: httpx.Client) -> None:
    good = b"GET /papers/2005.11401 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(address(client), timeout=60) as connection:
        connection.sendall(good + b"\x00\x01 NONSENSE\r\n\r\n")
        received = b""
        end = time.monotonic() + 60
        while (part := connection.recv(65536)) and time.monotonic() < end:
            received += part
    head, _, rest = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    length = int(head.lower().partition(b"content-length:")[2].split()[0])
    assert httpx.Response(200, content=rest[:length]).json()["id"] == "2005.11401"
    assert rest[length:].startswith(b"HTTP/1.1 400") or rest[length:] == b""
