"""The web page: its files, and how long a browser may keep them."""

from __future__ import annotations

from collections.abc import MutableMapping
from os import PathLike, stat_result
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

WEB = Path(__file__).parent.parent / "web"
HEADERS = {"Cache-Control": "no-cache"}
"""A browser keeps each file and asks whether it is still the same one."""


class PageFiles(StaticFiles):
    """The page's files, each with the headers of a page."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        """Return one file, or that it has not changed."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(HEADERS)
        return response


def add_pages(app: FastAPI) -> None:
    """Serve the page at / and its files under /web."""
    files = PageFiles(directory=WEB)

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    app.add_route("/", page, methods=["GET"], include_in_schema=False)
    app.mount("/web", files)
