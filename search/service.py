"""What the HTTP service holds and refuses, apart from HTTP itself."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

from index.errors import NonmunError
from search.engine import Engine

MAX_PARAMETER_BYTES = 8192

OpenEngine = Callable[[Path], Engine]

logger = logging.getLogger("nonmun")


class RequestError(NonmunError):
    """A request that cannot be answered: the status to answer with, and the seconds to wait where that helps."""

    def __init__(self, status: HTTPStatus, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after


class Service:
    """The engine of one store, usable from the moment that it has answered a first query."""

    def __init__(self, store: Path, open_engine: OpenEngine) -> None:
        self._store = store
        self._open_engine = open_engine
        self._engine: Engine | None = None
        self._failed = False

    def open(self) -> None:
        """Open the engine and warm its encoder up; a failure goes to the log and leaves the service not ready."""
        try:
            engine = self._open_engine(self._store)
            engine.search("warm up", k=1)
        except Exception as error:
            self._failed = True
            logger.error("not ready: %s", error, exc_info=not isinstance(error, NonmunError))
        else:
            self._engine = engine

    def close(self) -> None:
        """Release the store."""
        if self._engine is not None:
            self._engine.generation.close()

    @property
    def engine(self) -> Engine:
        """The engine; RequestError while there is none."""
        if self._engine is not None:
            return self._engine
        if self._failed:
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
