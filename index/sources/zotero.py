"""The library of a running Zotero, through its local API, as a file that is read like any other."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from pathlib import Path

from index.durable import replace_text
from index.errors import SourceError

PREFIX = "zotero:"
_ADDRESS = "127.0.0.1:23119"
_PAGE = 100
_SECONDS = 30
_NO_PAPERS = ("attachment", "note", "annotation")


def is_zotero(source: Path) -> bool:
    """Return whether a source names a running Zotero: `zotero:`, or `zotero:HOST:PORT`."""
    return str(source).startswith(PREFIX)


def fetch_library(source: Path, folder: Path) -> Path:
    """Write what a running Zotero holds to a file below a folder, and return the file; a part of it is never written.

    Raises:
        SourceError: no Zotero answers, or it lets no program read.
    """
    address = str(source).removeprefix(PREFIX) or _ADDRESS
    items = [item for item in _items(address) if item.get("data", {}).get("itemType") not in _NO_PAPERS]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{address.replace(':', '-')}.json"
    replace_text(file, json.dumps(items, ensure_ascii=False, indent=1))
    return file


def _items(address: str) -> list[dict[str, dict[str, object]]]:
    """Return all items of the library that lie in no other."""
    items: list[dict[str, dict[str, object]]] = []
    try:
        with closing(http.client.HTTPConnection(address, timeout=_SECONDS)) as connection:
            while True:
                page, total = _page(connection, address, len(items))
                items += page
                if not page or len(items) >= total:
                    return items
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SourceError(f"no Zotero answers at {address}: {error}; start Zotero and try again") from None


def _page(
    connection: http.client.HTTPConnection, address: str, start: int
) -> tuple[list[dict[str, dict[str, object]]], int]:
    path = f"/api/users/0/items/top?format=json&limit={_PAGE}&start={start}&sort=dateAdded&direction=asc"
    connection.request("GET", path, headers={"Zotero-API-Version": "3"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status == http.client.FORBIDDEN:
        allow = "allow other applications to communicate with it in its settings, under Advanced"
        raise SourceError(f"the Zotero at {address} lets no program read; {allow}")
    if answer.status != http.client.OK:
        what = f"answers {answer.status} {answer.reason}"
        raise SourceError(f"the Zotero at {address} {what}; Zotero 7 or newer is needed")
    return json.loads(body), int(answer.headers.get("Total-Results") or 0)
