"""What a request may hold, apart from what its parameters mean; beyond that it is refused before it costs anything."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import parse_qsl

from index.errors import NonmunError
from search.api.asgi import App, Message, Receive, Scope, Send, header, send_problem

MAX_PARAMETER_BYTES = 8192
MAX_BODY_BYTES = 64 * 1024
MAX_URL_BYTES = 32 * 1024
MAX_HEADER_BYTES = 16 * 1024
MAX_HEADERS = 64


class RequestError(NonmunError):
    """A request that cannot be answered, and the status to answer with."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Limits:
    """Refuses requests whose address, headers or body are too large, whatever route they are for."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that ends in RequestError once it is too large, or refuse it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        try:
            check_head(scope)
        except RequestError as error:
            return await send_problem(send, error.status, str(error))
        return await self._app(scope, limited(receive), send)


def check_head(scope: Scope) -> None:
    """Raise RequestError where the address or the headers are too large, or announce a body that is."""
    address = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    if address > MAX_URL_BYTES:
        detail = f"the address has {address} bytes; shorten it to {MAX_URL_BYTES} at most"
        raise RequestError(HTTPStatus.REQUEST_URI_TOO_LONG, detail)
    headers = scope["headers"]
    size = sum(len(name) + len(value) for name, value in headers)
    if size > MAX_HEADER_BYTES or len(headers) > MAX_HEADERS:
        detail = f"there are {len(headers)} headers of {size} bytes; send {MAX_HEADERS} of {MAX_HEADER_BYTES} at most"
        raise RequestError(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)
    length = header(scope, b"content-length")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        raise too_large()


def limited(receive: Receive) -> Receive:
    """Return a way to receive that raises RequestError once a body is too large."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > MAX_BODY_BYTES:
            raise too_large()
        return message

    return receive_limited


def too_large() -> RequestError:
    """Return the error of a body that is too large."""
    detail = f"the body is too large; shorten it to {MAX_BODY_BYTES} bytes at most"
    return RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)


async def read_body(chunks: AsyncIterator[bytes], seconds: float) -> bytes:
    """Return a request's body; RequestError where it does not arrive in time."""
    try:
        async with asyncio.timeout(seconds):
            return b"".join([chunk async for chunk in chunks])
    except TimeoutError:
        detail = f"the body did not arrive within {seconds:g} seconds; send it again"
        raise RequestError(HTTPStatus.REQUEST_TIMEOUT, detail) from None


def check_query_string(raw: bytes) -> None:
    """Raise RequestError for what no parameter can hold, and for a parameter that is given twice."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        detail = "the part of the address after '?' is not percent-encoded UTF-8; encode it so"
        raise RequestError(HTTPStatus.BAD_REQUEST, detail) from None
    for name, value in pairs:
        _check_parameter(name[:40], value)
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{twice[0][:40]!r} is given more than once; give it once")


def _check_parameter(name: str, value: str) -> None:
    if "\0" in name + value:
        raise RequestError(HTTPStatus.BAD_REQUEST, f"{name!r} holds a NUL character; leave it out")
    size = len(value.encode())
    if size > MAX_PARAMETER_BYTES:
        detail = f"{name!r} has {size} bytes of UTF-8; shorten it to {MAX_PARAMETER_BYTES} at most"
        raise RequestError(HTTPStatus.REQUEST_URI_TOO_LONG, detail)
