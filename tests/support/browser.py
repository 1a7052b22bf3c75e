"""A real browser and a real service for the tests of the web page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.paths import REPOSITORY

NAMES = ("chromium", "chromium-browser", "google-chrome")
WAIT_MS = 60_000
SETTLED = ", ".join(f"body[data-state={state}]" for state in ("home", "ready", "empty", "refused", "locked", "offline"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield the browser that is installed, or skip the test."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"needs a browser: none of {', '.join(NAMES)} is installed; as root: apt-get install -y chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=found, args=arguments)
        yield browser
        browser.close()


@contextmanager
def service(store: Path, port: int = 0) -> Iterator[str]:
    """Yield the address of `nonmun serve` over a store."""
    command = [sys.executable, "-m", "search.cli.main", "serve", "--store", str(store), "--port", str(port)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def new_context(browser: Browser, *, korean: bool = False, dark: bool = False, phone: bool = False) -> BrowserContext:
    """Return a reader with a language, a colour scheme and a screen of its own."""
    context = browser.new_context(
        locale="ko-KR" if korean else "en-US",
        color_scheme="dark" if dark else "light",
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 900},
        has_touch=phone,
    )
    context.set_default_timeout(WAIT_MS)
    return context


def settle(page: Page) -> None:
    """Wait until the page shows an answer, or why there is none."""
    page.wait_for_selector(SETTLED)
    page.wait_for_load_state("networkidle")
