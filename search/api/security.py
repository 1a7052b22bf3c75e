"""Who may ask, and what a browser may do with an answer."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from http import HTTPStatus
from ipaddress import ip_address

from search.api.asgi import App, Receive, Scope, Send, header, raw_headers, send_problem, with_headers
from search.settings import key_digest

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
LOCAL_NAMES = {"localhost", "127.0.0.1", "::1"}


class SecurityHeaders:
    """Adds the security headers to every response of an application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._headers = raw_headers(SECURITY_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with the headers."""
        await self._app(scope, receive, with_headers(send, self._headers))


class KnownHosts:
    """Refuses requests for names that the service does not go by.

    On an address of this machine alone, it goes by the names of this machine and those that are given: a page
    of another site could otherwise point its own name at this address and read what it likes (DNS rebinding).
    On any other address a name must be among those that are given, or none must be given.
    """

    def __init__(self, app: App, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or self._known(scope):
            return await self._app(scope, receive, send)
        name = host_name(header(scope, b"host"))
        detail = f"this service does not go by the name {name[:80]!r}; the variable NONMUN_HOSTS lists others"
        return await send_problem(send, HTTPStatus.MISDIRECTED_REQUEST, detail)

    def _known(self, scope: Scope) -> bool:
        local = is_loopback((scope.get("server") or ("",))[0])
        if "*" in self._names or not (local or self._names):
            return True
        return host_name(header(scope, b"host")) in self._names | (LOCAL_NAMES if local else set())


def is_loopback(address: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def host_name(host: str) -> str:
    """Return the name in a Host header, in lower case, without its port and without the brackets of IPv6."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].removesuffix(".")


def is_among(keys: Collection[bytes], key: str) -> bool:
    """Return whether a key is one of those that are given by digest, in the same time for any."""
    asked = key_digest(key.strip())
    found = [hmac.compare_digest(asked, known) for known in keys]
    return any(found)
