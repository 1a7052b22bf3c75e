"""The HTTP service on a socket, until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from index.errors import NonmunError

_SECONDS_BETWEEN_LOOKS = 0.01


class Server(uvicorn.Server):
    """A server that calls `announce` once it answers questions."""

    def __init__(self, app: Any, announce: Callable[[], None]) -> None:
        super().__init__(uvicorn.Config(app, log_level="warning"))
        self._app = app
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and wait until the first question can be answered."""
        await super().startup(sockets)
        while not (self.should_exit or is_ready(self._app)):
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        if not self.should_exit:
            self._announce()


def is_ready(app: Any) -> bool:
    """Return whether an application of `search.api.create_app` has its engine."""
    try:
        return app.state.service.engine is not None
    except NonmunError:
        return False


def address(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
