"""What the HTTP service holds and refuses, apart from HTTP itself."""

from __future__ import annotations

import logging
import reprlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from index.errors import NonmunError, StoreError
from search.engine import Engine

MAX_PARAMETER_BYTES = 8192
MAX_BODY_BYTES = 64 * 1024

OpenEngine = Callable[[Path], Engine]

logger = logging.getLogger("nonmun")


class RequestError(NonmunError):
    """A request that cannot be answered: the status to answer with, and the seconds to wait where that helps."""

    def __init__(self, status: HTTPStatus, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after


def open_warm(store: Path) -> Engine:
    """Open a store and answer a first question, which takes longer than those that follow."""
    engine = Engine.open(store)
    try:
        engine.search("warm up", k=1)
    except Exception as error:
        engine.generation.close()
        if isinstance(error, NonmunError):
            raise
        raise StoreError(f"{store}: cannot answer a first question: {error}; rebuild with: nonmun index") from error
    return engine


class Service:
    """The engine of one store, usable from the moment that it is open."""

    def __init__(self, store: Path, open_engine: OpenEngine) -> None:
        self._store = store
        self._open_engine = open_engine
        self._engine: Engine | None = None
        self.failed = False

    def open(self) -> None:
        """Open the engine; a failure goes to the log and leaves the service not ready."""
        try:
            self._engine = self._open_engine(self._store)
        except Exception as error:
            self.failed = True
            logger.error("not ready: %s", error, exc_info=not isinstance(error, NonmunError))

    def close(self) -> None:
        """Release the store."""
        if self._engine is not None:
            self._engine.generation.close()

    @property
    def ready(self) -> bool:
        """Whether questions can be answered."""
        return self._engine is not None

    @property
    def engine(self) -> Engine:
        """The engine; RequestError while there is none."""
        if self._engine is not None:
            return self._engine
        if self.failed:
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "the store cannot be opened; the service's log says why")
        raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "the store is being opened; ask again in a moment", 1)


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


async def read_body(chunks: AsyncIterator[bytes]) -> bytes:
    """Return a request's body; RequestError as soon as it is too large."""
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            detail = f"the body is too large; shorten it to {MAX_BODY_BYTES} bytes at most"
            raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    return body


def described(error: Mapping[str, Any]) -> str:
    """Return one line on a parameter, or a part of a body, that does not validate."""
    name = ".".join(map(str, error["loc"][1:])) or "the body"
    given = reprlib.repr(error["input"])
    match error["type"]:
        case "missing":
            return f"{name} is missing; write {name}= and a few words"
        case "value_error":
            return str(error["ctx"]["error"])
        case "enum" | "literal_error":
            return f"{name} is {given}; it must be {error['ctx']['expected']}"
        case "bool_parsing":
            return f"{name} is {given}; it must be true or false"
        case "extra_forbidden":
            return f"the body can have no {name[:40]!r}; /openapi.json lists what it can have"
        case "model_type":
            return f"{name} is {given}; it must be an object"
        case "json_invalid":
            return f"the body is not JSON: {error['ctx']['error']}"
        case kind if kind.startswith("int_"):
            return f"{name} is {given}; it must be a whole number"
    return f"{name} is {given}: {error['msg']}"
