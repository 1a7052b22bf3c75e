"""Every request seen from outside: its id, its line in the log, its place in the metrics, and its failure."""

from __future__ import annotations

import logging
import re
import time
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from search.api.asgi import App, Message, Receive, Scope, Send, header, raw_headers, send_problem, with_headers
from search.service.logs import request_id
from search.service.metrics import Metrics

ID_HEADER = "X-Request-ID"
NO_ROUTE = "none"
LONGEST_PATH = 200

_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)

logger = logging.getLogger("nonmun")


class RequestLog:
    """Gives every request an id, logs and counts it, and answers for an application that fails on it."""

    def __init__(self, app: App, metrics: Metrics, log_queries: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._log_queries = log_queries

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and say what became of it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        asked = header(scope, b"x-request-id")
        token = request_id.set(asked if _ID.fullmatch(asked) else uuid4().hex)
        try:
            await self._observe(scope, receive, with_headers(send, raw_headers({ID_HEADER: request_id.get()})))
        finally:
            request_id.reset(token)

    async def _observe(self, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        except Exception:
            logger.exception("failed on a request")
            if status:
                raise
            detail = "the service failed on this request; its log says why"
            await send_problem(send_seen, HTTPStatus.INTERNAL_SERVER_ERROR, detail)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        fields: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"][:LONGEST_PATH],
            "status": status,
            "ms": round(1000 * seconds, 3),
            **scope.get("noted", {}),
        }
        if self._log_queries and scope["query_string"]:
            fields["query"] = scope["query_string"].decode("latin-1")
        logger.info("request", extra={"fields": fields})
