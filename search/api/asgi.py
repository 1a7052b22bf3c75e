"""What every layer around the application shares: the types of ASGI, headers, and errors as problem details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from index.paper import DESCRIBED
from search.export.json import json_text

PROBLEM = "application/problem+json"

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str:
    """Return a request's header, the values of a repeated one joined as HTTP has it, or an empty text."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def raw_headers(headers: Mapping[str, str]) -> RawHeaders:
    """Return headers as ASGI sends them."""
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error, as RFC 9457 has it."""

    __pydantic_config__ = DESCRIBED

    type: str
    """Always about:blank: the status says what kind of error it is."""
    title: str
    """What the status means."""
    status: int
    detail: str
    """One line: what is wrong and what to do."""


def problem(status: int, detail: str) -> bytes:
    """Return an error as problem details; `detail` is one line that says what to do."""
    return json_text(asdict(Problem("about:blank", HTTPStatus(status).phrase, int(status), detail))).encode()


async def send_problem(send: Send, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
    """Answer with an error and close the connection, since the rest of the request is not read."""
    body = problem(status, detail)
    length = {"Content-Type": PROBLEM, "Content-Length": str(len(body)), "Connection": "close"}
    start = {
        "type": "http.response.start",
        "status": int(status),
        "headers": raw_headers({**length, **(headers or {})}),
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})


def with_headers(send: Send, headers: RawHeaders) -> Send:
    """Return a way to send that adds headers to a response, except those that it has already."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(pair for pair in headers if pair[0] not in present)]
        await send(message)

    return send_with_headers
