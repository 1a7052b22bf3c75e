"""The files of the web page over HTTP: what a browser may do with them, and how long it may keep them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from search.api.app import create_app
from search.api.pages import WEB
from search.settings import Settings

FILES = sorted(path.relative_to(WEB).as_posix() for path in WEB.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def client() -> TestClient:
    """Return a client of a service whose store is missing: the page has to come all the same."""
    return TestClient(create_app(Settings(Path("nowhere"))), base_url="http://127.0.0.1")


def policy(client: TestClient, path: str) -> dict[str, list[str]]:
    parts = (part.split() for part in client.get(path).headers["content-security-policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", ["/", "/?q=%ED%95%9C", "/web/app.js", "/web/base/state.js", "/web/page.css"])
def test_a_page_may_load_nothing_but_the_files_of_the_service(client: TestClient, path: str) -> None:
    found = policy(client, path)
    assert found["default-src"] == ["'none'"]
    assert {tuple(found[name]) for name in ("script-src", "style-src", "connect-src")} == {("'self'",)}
    assert not any("unsafe" in value or "*" in value for values in found.values() for value in values)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/web/app.js", "javascript"), ("/web/page.css", "text/css"), ("/web/icon.svg", "image/svg")],
)
def test_a_file_says_what_it_is(client: TestClient, path: str, kind: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert kind in response.headers["content-type"]
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/web/app.js"])
def test_a_browser_keeps_a_file_and_asks_whether_it_has_changed(client: TestClient, path: str) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/web/",
        "/web/nothing.js",
        "/web/..%2fapi%2fpages.py",
        "/web/%2e%2e/api/pages.py",
        "/web/base/",
        "/web/base/..%2f..%2fsettings.py",
        "/index.html",
    ],
)
def test_nothing_but_the_files_of_the_page_is_served(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == response.json()["status"] == 404


def test_the_page_can_only_be_read(client: TestClient) -> None:
    assert client.post("/web/app.js").json()["status"] == client.post("/").json()["status"] == 405
    assert client.head("/").status_code == 200


def test_every_file_is_used_and_every_file_that_is_named_exists() -> None:
    texts = {name: (WEB / name).read_text(encoding="utf-8") for name in FILES}
    relative = {
        (WEB / file).parent / name for file, text in texts.items() for name in re.findall(r'"(\.\.?/[^"]+\.js)"', text)
    }
    named = {path.resolve().relative_to(WEB.resolve()).as_posix() for path in relative}
    named |= {name for text in texts.values() for name in re.findall(r'"web/([\w/-]+\.\w+)"', text)}
    assert named | {"index.html"} == set(FILES)


def test_no_file_holds_inline_code_or_reads_markup() -> None:
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)
    for name in FILES:
        text = (WEB / name).read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text), (
            name
        )
        assert not re.search(r"(?<!xmlns=\")https?://(?!www\.w3\.org/2000/svg)\w", text), name


def test_the_two_languages_have_the_same_words() -> None:
    for file in ("base/strings.js", "reader/words.js"):
        text = (WEB / file).read_text(encoding="utf-8")
        korean, english = (re.findall(r"^  (\w+):", part, re.M) for part in text.split("const EN = ")[0:2])
        assert korean == english != []
