"""A browser, and a page over a store of the examples."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from index.encoding.encoder import Encoder
from index.pipeline.build import build
from scripts.bench.servers import served
from tests.support.browser import chromium, new_context, settle
from tests.support.fakes import silent
from tests.support.pages import ODD, Open, blocked


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def store(examples: Path, example_store: Path, encoder: Encoder, tmp_path_factory: Any) -> Path:
    """Return a store of the examples and of one paper that is full of markup; what was encoded is not again."""
    folder: Path = tmp_path_factory.mktemp("web")
    (folder / "odd.jsonl").write_text("\n".join(map(json.dumps, ODD)), encoding="utf-8")
    (folder / "store").mkdir()
    shutil.copy(example_store / "cache.sqlite", folder / "store")
    build([examples, folder / "odd.jsonl"], folder / "store", encoder, silent)
    return folder / "store"


@pytest.fixture(scope="session")
def address(store: Path) -> Iterator[str]:
    with served(store) as (url, _):
        yield url


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Yield what opens the page as a new reader; at the end no script may have failed and nothing been blocked."""
    with ExitStack() as stack:
        wrong: list[str] = []

        def open_page(path: str = "", *, at: str = "", **reader: bool) -> Page:
            context = new_context(browser, **reader)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: wrong.append(said.text) if blocked(said.text) else None)
            page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
            page.goto(f"{at or address}/{path}")
            settle(page)
            return page

        yield open_page
        assert not wrong
