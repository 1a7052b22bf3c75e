"""The page in a browser: what tests read of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

KOREAN = "새로운 과제를 배우면 예전 것을 잊는 문제"
ENGLISH = "let a language model call a calculator or a search engine"
TOOLFORMER = "2302.04761"
MARKUP = "<img src=x onerror=alert(1)>"
ODD: list[dict[str, Any]] = [
    {
        "id": "odd/1",
        "title": MARKUP,
        "url": "javascript:alert(1)",
        "date": "2024-03-01",
        "authors": ["<script>alert(1)</script>"],
        "fields": ["<b>cs.CR</b>"],
        "sections": {
            "What's New": "👩‍🔬 A wombat 🦘 detector for <i>markup</i> in burrows. <svg onload=alert(1)> stays.",
        },
    }
]


Open = Callable[..., Page]


def blocked(message: str) -> bool:
    return "Content Security Policy" in message or "Refused to" in message


def asking(question: str, **more: str) -> str:
    return "?q=" + quote(question) + "".join(f"&{name}={quote(value)}" for name, value in more.items())


def titles(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(".card h2", "all => all.map(one => one.lastChild.textContent)")
    return found


def ids(page: Page) -> list[str]:
    return [str(card.get_attribute("data-id")) for card in page.locator("#results .card").all()]


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def answers(address: str, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = httpx.get(f"{address}/search", params=parameters, trust_env=False, timeout=60).json()
    return body


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    said = [f"{one['id']}: {one['nodes'][0]['failureSummary']}" for one in found.response["violations"]]
    assert not said
