"""The service behind a real socket, and what its answers must look like, for the tests of HTTP."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from index.encoding.encoder import Encoder
from search.api.app import create_app
from search.api.asgi import Problem
from search.settings import Settings

SECONDS = 120.0
"""How long a slow machine may take for anything."""


def app_of(store: Path, encoder: Encoder, **settings: Any) -> FastAPI:
    """Return the service over a store, with an encoder that is loaded already and time for a slow machine."""
    return create_app(Settings(store, **{"seconds": SECONDS, **settings}), lambda _: encoder)


@contextmanager
def serving(app: FastAPI, until: int | None = 200, **config: Any) -> Iterator[httpx.Client]:
    """Yield a client of the application behind a real server, once /readyz has a status or at once for None."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or every answer takes 40 ms more
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", **config))
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, trust_env=False, timeout=SECONDS) as client:
                if until:
                    await_status(client, until)
                yield client
        finally:
            server.should_exit = True
            thread.join()


def await_status(client: httpx.Client, status: int, path: str = "/readyz", seconds: float = SECONDS) -> httpx.Response:
    """Return the first answer that has a status."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if (response := client.get(path)).status_code == status:
                return response
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail(f"{path} did not answer {status} within {seconds} seconds")


def body_of(response: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer after checking that it is one."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    body: dict[str, Any] = response.json()
    return body


def problem_of(response: httpx.Response, status: int) -> str:
    """Return the detail of a problem after checking that it has the one shape of errors."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = Problem(**response.json())
    assert (response.status_code, problem.status, problem.type) == (status, status, "about:blank")
    assert problem.title
    assert "\n" not in problem.detail
    return problem.detail


def ids(body: dict[str, Any]) -> list[str]:
    """Return the ids of an answer's papers, in order."""
    return [result["paper"]["id"] for result in body["results"]]


def metric(client: httpx.Client, name: str) -> float:
    """Return the value of one of the service's metrics, labels included in the name; 0 where it never counted."""
    lines = client.get("/metrics").text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.rpartition(" ")[0] == name), 0.0)
