"""The server itself: when it says that it is there, how it ends, and whom it does not wait for."""

from __future__ import annotations

import json
import logging
import socket
import time
from pathlib import Path
from threading import Thread

import httpx
import pytest

from index.encoding.encoder import Encoder
from index.errors import ModelError
from index.store.generation import Generation
from scripts.bench.servers import metric, served
from scripts.reliability.asking import question
from search.api import server as serving
from search.api.app import create_app
from search.api.server import Server
from search.settings import Settings
from tests.support.servers import SECONDS, app_of

QUESTIONS = 60
"""So many that some still wait when the first are answered; no more than may wait."""


def announced(server: Server, listener: socket.socket, said: list[bool]) -> Thread:
    """Run a server on a thread and return once it has said that it is there."""
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    end = time.monotonic() + SECONDS
    while not said and thread.is_alive():
        assert time.monotonic() < end
        time.sleep(0.02)
    return thread


def test_a_server_says_that_it_is_there_even_where_words_alone_will_be_compared(example_store: Path) -> None:
    def broken(_: Generation) -> Encoder:
        raise ModelError("there is no model")

    said: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(create_app(Settings(example_store), broken), lambda: said.append(True))
        thread = announced(server, listener, said)
        url = serving.address(listener)
        assert httpx.get(f"{url}/readyz", trust_env=False, timeout=SECONDS).json()["status"] == "degraded"
        server.should_exit = True
        thread.join()
    assert said == [True]


@pytest.mark.parametrize(
    ("host", "keys", "warned"), [("0.0.0.0", (), 1), ("0.0.0.0", (b"k",), 0), ("127.0.0.1", (), 0)]
)
def test_a_server_that_others_can_reach_without_a_key_warns_of_it(
    example_store: Path,
    encoder: Encoder,
    caplog: pytest.LogCaptureFixture,
    host: str,
    keys: tuple[bytes, ...],
    warned: int,
) -> None:
    said: list[bool] = []
    with socket.create_server((host, 0)) as listener:
        server = Server(app_of(example_store, encoder, keys=keys), lambda: said.append(True))
        thread = announced(server, listener, said)
        server.should_exit = True
        thread.join()
    assert caplog.text.count("NONMUN_API_KEYS") == warned


def dripped(connection: socket.socket, request: bytes) -> int:
    """Send bytes one by one, slowly, and return how many there were until the other side closed."""
    for sent, byte in enumerate(request):
        try:
            connection.sendall(bytes([byte]))
        except OSError:
            return sent
        time.sleep(0.05)
    return len(request)


def test_a_connection_on_which_no_request_is_completed_is_closed(
    example_store: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "SECONDS_FOR_A_HEAD", 1.0)
    said: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app_of(example_store, encoder), lambda: said.append(True))
        thread = announced(server, listener, said)
        address = listener.getsockname()[:2]
        try:
            for begun in (b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"):
                with socket.create_connection(address, timeout=SECONDS) as connection:
                    connection.sendall(begun)
                    assert connection.recv(100) == b""
            with socket.create_connection(address, timeout=SECONDS) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                assert b" 200 " in connection.recv(4096)
                assert dripped(connection, b"GET /healthz HTTP/1.1\r\n" * 100) < 2000
        finally:
            server.should_exit = True
            thread.join()


def test_the_server_does_not_say_what_it_is_made_of(
    example_store: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    said: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(app_of(example_store, encoder), lambda: said.append(True))
        thread = announced(server, listener, said)
        response = httpx.get(f"{serving.address(listener)}/healthz", trust_env=False, timeout=SECONDS)
        server.should_exit = True
        thread.join()
    assert "server" not in response.headers
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def await_questions(url: str) -> None:
    """Wait until a server has questions in hand."""
    end = time.monotonic() + SECONDS
    while metric(url, "nonmun_questions_in_hand") == 0:
        assert time.monotonic() < end
        time.sleep(0.02)


def begin_request(url: str, number: int) -> socket.socket:
    """Send a question over a connection of its own, and leave its answer unread."""
    address = httpx.URL(url)
    connection = socket.create_connection((address.host, address.port or 80), timeout=SECONDS)
    path = httpx.URL("/search", params={"q": question(number), "k": "66"}).raw_path.decode()
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    return connection


def finish_request(connection: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    with connection, connection.makefile("rb") as stream:
        return stream.read()


def test_a_server_that_is_told_to_stop_finishes_what_it_has_begun_and_begins_nothing_else(example_store: Path) -> None:
    with served(example_store, NONMUN_WORKERS="1", NONMUN_SECONDS="120") as (url, process):
        begun = [begin_request(url, number) for number in range(QUESTIONS)]
        await_questions(url)
        process.terminate()
        answers = [finish_request(connection) for connection in begun]
        assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200"] * QUESTIONS
        assert {len(json.loads(answer.partition(b"\r\n\r\n")[2])["results"]) for answer in answers} == {66}
        process.wait(SECONDS)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/healthz", trust_env=False)
