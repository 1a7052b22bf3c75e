"""The HTTP service on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from search.service import Service

_SECONDS_BETWEEN_LOOKS = 0.01


class Server(uvicorn.Server):
    """A server that calls `announce` once it answers questions, and ends where it never will."""

    def __init__(self, app: Any, announce: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning"))
        self._service: Service = app.state.service
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and wait until the first question can be answered."""
        await super().startup(sockets)
        while not (self.should_exit or self._service.ready or self._service.failed):
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        self.should_exit |= self._service.failed
        if not self.should_exit:
            self._announce()

    @property
    def failed(self) -> bool:
        """Whether the store could not be opened; the log says why."""
        return self._service.failed


def address(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
