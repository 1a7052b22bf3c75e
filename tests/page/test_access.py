"""Languages, themes, phones, and what axe-core finds."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import settle
from tests.support.pages import (
    ENGLISH,
    KOREAN,
    TOOLFORMER,
    Open,
    asking,
    assert_accessible,
)


def test_the_page_speaks_the_language_of_the_browser_until_another_is_chosen(opened: Open) -> None:
    page = opened(korean=True)
    assert page.locator("html").get_attribute("lang") == "ko"
    expect(page.get_by_role("button", name="지도")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Map")).to_be_visible()
    page.reload()
    settle(page)
    assert page.locator("html").get_attribute("lang") == "en"


FOREIGN = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    if (!text || node.parentElement.closest("script, noscript, option")) continue;
    const lang = node.parentElement.closest("[lang]").lang;
    if (/[가-힣]/.test(text) && lang !== "ko") found.push([lang, text]);
    if (/^[A-Za-z ,.'’-]{12,}$/.test(text) && lang !== "en") found.push([lang, text]);
  }
  return found;
}"""


@pytest.mark.parametrize("korean", [False, True])
@pytest.mark.parametrize("path", ["", asking(KOREAN), f"?like={TOOLFORMER}", asking(ENGLISH, open=TOOLFORMER)])
def test_every_text_says_its_language(opened: Open, path: str, korean: bool) -> None:
    assert opened(path, korean=korean).evaluate(FOREIGN) == []


def test_dark_and_light_follow_the_system_until_one_is_chosen(opened: Open) -> None:
    def ground(page: Page) -> int:
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)))

    light, dark = opened(), opened(dark=True)
    assert ground(light) > 600 > 150 > ground(dark)
    dark.locator("#theme").click()
    assert ground(dark) > 600
    dark.reload()
    settle(dark)
    assert ground(dark) > 600


STATES = {
    "home": "",
    "results": asking(KOREAN),
    "unfolded": asking(ENGLISH, open=TOOLFORMER),
    "filtered": asking(ENGLISH, **{"from": "2015", "min_votes": "1"}),
    "marked": asking(ENGLISH, more=TOOLFORMER),
    "unsure": asking("asdf qwer zxcv"),
    "empty": asking(ENGLISH, **{"from": "2030"}),
    "refused": asking(ENGLISH, **{"from": "soon"}),
    "similar": asking(ENGLISH, like=TOOLFORMER),
    "text": "?text=" + quote("train small low-rank matrices"),
    "map": asking(KOREAN, view="map"),
}


@pytest.mark.parametrize("name", STATES)
def test_nothing_is_wider_than_a_phone(opened: Open, name: str) -> None:
    page = opened(STATES[name], phone=True, korean=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_filters_unfold_on_a_phone(opened: Open) -> None:
    page = opened(asking(ENGLISH), phone=True)
    assert page.locator("#filter-author").is_hidden()
    page.locator(".folder").click()
    assert page.locator("#filter-author").is_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(opened: Open, name: str, dark: bool) -> None:
    assert_accessible(opened(STATES[name], dark=dark, korean=dark))


def test_axe_finds_nothing_in_the_list_of_keys_and_on_a_phone(opened: Open) -> None:
    page = opened(asking(ENGLISH), phone=True)
    page.locator(".folder").click()
    assert_accessible(page)
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    assert_accessible(page)
