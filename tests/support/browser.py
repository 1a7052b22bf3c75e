"""A real browser and a real service for the tests of the web page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

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
