"""A running Zotero as a source, played by a local server that speaks its local API."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from index.errors import SourceError
from index.sources.corpus import read_corpus
from index.sources.zotero import fetch_library, is_zotero

Serve = Callable[..., Path]


def item(number: int) -> dict[str, object]:
    data = {
        "key": f"KEY{number:05}",
        "itemType": "preprint",
        "title": f"Title {number}",
        "creators": [
            {"creatorType": "author", "firstName": "Ann", "lastName": "Bo"},
            {"creatorType": "editor", "firstName": "No", "lastName": "Author"},
        ],
        "abstractNote": f"Abstract {number}.",
        "date": "May 2024",
        "extra": f"arXiv:2405.{number:05} [cs]",
        "tags": [{"tag": "rag"}],
    }
    links = {"self": {"href": "http://localhost:23119/api/users/0/items/X"}}
    return {"key": data["key"], "version": 1, "library": {"type": "user"}, "links": links, "data": data}


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ThreadingHTTPServer] = []

    def start(items: list[dict[str, object]], status: int = 200, cut_after: int | None = None) -> Path:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(asked.query).items()}
                begin, limit = int(query["start"]), int(query["limit"])
                failed = cut_after is not None and begin >= cut_after
                good = asked.path == "/api/users/0/items/top" and self.headers["Zotero-API-Version"] == "3"
                body = json.dumps(items[begin : begin + limit]).encode()
                self.send_response(500 if failed else status if good else 404)
                self.send_header("Total-Results", str(len(items)))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return Path(f"zotero:127.0.0.1:{server.server_port}")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_every_page_of_a_library_is_read(serve: Serve, tmp_path: Path) -> None:
    note = {"key": "N", "data": {"key": "N", "itemType": "note", "note": "<p>words</p>"}}
    source = serve([*(item(number) for number in range(230)), note])
    assert is_zotero(source)
    corpus = read_corpus([fetch_library(source, tmp_path)])
    assert (corpus.report.entries, corpus.report.papers, corpus.report.skipped) == (230, 230, ())
    paper = next(paper for paper in corpus.papers if paper.id == "2405.00007")
    assert (paper.title, paper.authors, paper.date) == ("Title 7", ("Ann Bo",), "2024-05-01")
    assert (paper.url, paper.fields) == ("https://arxiv.org/abs/2405.00007", ("rag",))
    assert [(s.heading, s.text) for s in paper.sections] == [("Abstract", "Abstract 7.")]


@pytest.mark.parametrize(("status", "says"), [(403, "lets no program read"), (404, "Zotero 7 or newer")])
def test_a_zotero_that_refuses_is_an_error_that_says_what_to_do(
    serve: Serve, tmp_path: Path, status: int, says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        fetch_library(serve([], status), tmp_path)


def test_no_zotero_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no Zotero answers at 127\.0\.0\.1:9"):
        fetch_library(Path("zotero:127.0.0.1:9"), tmp_path)


def test_a_library_that_breaks_off_leaves_the_one_from_before(serve: Serve, tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    file.write_text("[]")
    with pytest.raises(SourceError, match="500"):
        fetch_library(serve([item(n) for n in range(150)], cut_after=100), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]
