"""The command `nonmun serve`: the service over HTTP, and the address it listens on."""

from __future__ import annotations

import socket
from dataclasses import replace

from index.store.address import shown
from search.api.app import create_app
from search.api.server import Server, address
from search.cli import options
from search.cli.arguments import ServeArguments
from search.cli.opening import named_store
from search.cli.output import print_body
from search.settings import Settings


def run_serve(arguments: ServeArguments) -> None:
    """Run `nonmun serve` until it is interrupted."""
    settings = Settings.from_environment()
    with _listener(arguments.host, arguments.port) as listener:
        with named_store(arguments.store, "read") as store:
            app = create_app(replace(settings, store=store))
            app.state.service.live.open()
        url = address(listener)
        lines = [f"serving {shown(store)} at {url}"]
        Server(app, lambda: print_body(arguments.json, {"url": url}, lines)).run([listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise options.AddressError(f"cannot listen on {host}:{port}: {reason}; choose with --host and --port") from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for sockets it made itself
    return listener
