"""The service on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections.abc import Callable
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from search.api.security import is_loopback
from search.service.answering import Service

SECONDS_FOR_A_HEAD = 10.0
SECONDS_TO_DRAIN = 5.0

_SECONDS_BETWEEN_LOOKS = 0.01

logger = logging.getLogger("nonmun")


class PunctualProtocol(H11Protocol):
    """Closes a connection that was opened, or whose request was begun, long before its head is complete."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows what asyncio hands over
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        super().data_received(data)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._late is None:
            self._late = self.loop.call_later(SECONDS_FOR_A_HEAD, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Server(uvicorn.Server):
    """A server that calls `announce` once it answers as well as it can, and finishes what it has begun."""

    def __init__(self, app: Any, announce: Callable[[], None]) -> None:
        service: Service = app.state.service
        config = uvicorn.Config(
            app,
            http=PunctualProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            log_level="warning" if service.settings.log == "info" else "error",  # what is no HTTP is worth a warning
            server_header=False,
            timeout_graceful_shutdown=math.ceil(service.settings.seconds + SECONDS_TO_DRAIN),
        )
        super().__init__(config)
        self._service = service
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and wait until the first question can be answered."""
        await super().startup(sockets)
        while not (self.should_exit or self._service.live.settled):
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        for listener in sockets or ():
            self._warn_of(listener)
        if not self.should_exit:
            self._announce()

    def _warn_of(self, listener: socket.socket) -> None:
        host = listener.getsockname()[0]
        if not (self._service.settings.keys or is_loopback(host)):
            logger.warning("whoever can reach %s may ask; NONMUN_API_KEYS takes keys to ask for", host)


def address(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
