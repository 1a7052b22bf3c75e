"""Asking: typing, composing Korean, keys, the address and going back."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.support.browser import settle
from tests.support.pages import (
    ENGLISH,
    KOREAN,
    TOOLFORMER,
    Open,
    answers,
    asking,
    ids,
    parameters,
)


def searches(page: Page) -> list[str]:
    """Return a list that every question to the service is added to."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).path == "/search":
            asked.append(parse_qs(urlsplit(request.url).query)["q"][0])

    page.on("request", note)
    return asked


def test_a_question_is_answered_while_it_is_typed(opened: Open, address: str) -> None:
    page = opened()
    page.keyboard.type(ENGLISH, delay=5)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    assert parameters(page)["q"] == [ENGLISH]
    settle(page)
    assert ids(page) == [one["paper"]["id"] for one in answers(address, q=ENGLISH)["results"]]


def type_at_ease(page: Page, text: str, pause: int) -> None:
    """Type a text with so many milliseconds of the page's own time between letters, however slow the machine is."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)
    for letter in text:
        page.keyboard.type(letter)
        page.clock.run_for(pause)
    page.clock.run_for(1000)
    page.clock.resume()


def test_typing_a_whole_question_asks_few_times(opened: Open) -> None:
    page = opened()
    asked = searches(page)
    type_at_ease(page, ENGLISH, 5)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    assert len(asked) < len(ENGLISH) / 4
    assert asked[-1] == ENGLISH


def test_a_syllable_that_is_being_composed_is_not_searched_for(opened: Open) -> None:
    page = opened(korean=True)
    asked = searches(page)
    keyboard = page.context.new_cdp_session(page)
    for composed in ("ㅁ", "마", "망"):
        keyboard.send("Input.imeSetComposition", {"text": composed, "selectionStart": 1, "selectionEnd": 1})
    page.wait_for_timeout(600)
    assert asked == []
    keyboard.send("Input.insertText", {"text": "망"})
    for composed in ("ㄱ", "가", "각"):
        keyboard.send("Input.imeSetComposition", {"text": composed, "selectionStart": 1, "selectionEnd": 1})
    page.wait_for_timeout(600)
    assert asked == []
    keyboard.send("Input.insertText", {"text": "각"})
    expect(page.locator("#results .card").first).to_be_visible()
    assert asked == ["망각"]


def test_enter_ends_a_syllable_before_it_asks(opened: Open) -> None:
    page = opened(korean=True)
    asked = searches(page)
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "망", "selectionStart": 1, "selectionEnd": 1})
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
    keyboard.send("Input.dispatchKeyEvent", enter)
    page.wait_for_timeout(400)
    assert asked == []
    keyboard.send("Input.insertText", {"text": "망"})
    page.keyboard.press("Enter")
    expect(page.locator("#results .card").first).to_be_visible()
    assert asked == ["망"]


def test_an_older_answer_never_replaces_a_newer_one(opened: Open) -> None:
    page = opened()
    held: list[Route] = []

    def hold(route: Route) -> None:
        if parse_qs(urlsplit(route.request.url).query)["q"] == ["slow"]:
            held.append(route)
        else:
            route.continue_()

    page.route("**/search?*", hold)
    page.locator("#q").fill("slow")
    page.wait_for_timeout(500)
    page.locator("#q").fill(ENGLISH)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    for route in held:
        route.continue_()
    page.wait_for_timeout(500)
    assert held
    assert ids(page)[0] == TOOLFORMER


def test_a_shared_address_shows_another_reader_the_same(opened: Open) -> None:
    page = opened(asking(KOREAN))
    page.get_by_role("button", name="10 more").click()
    expect(page.locator("#results .card")).to_have_count(20)
    page.locator("#filter-min_votes").fill("1")
    page.locator("#filter-min_votes").press("Enter")
    expect(page.locator(".chips .chip")).to_have_count(1)
    settle(page)
    other = opened(page.url.partition("/?")[2].join(["?", ""]), korean=True)
    assert ids(other) == ids(page) != []


def test_back_restores_the_results_and_the_place(opened: Open) -> None:
    page = opened(asking(KOREAN))
    before = ids(page)
    card = page.locator(".card").nth(6)
    card.scroll_into_view_if_needed()
    page.wait_for_timeout(400)
    place = page.evaluate("scrollY")
    assert place > 0
    card.get_by_role("button", name="Similar").click()
    expect(page.locator(".examples")).to_be_visible()
    settle(page)
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator(".examples")).to_have_count(0)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", before[0])
    settle(page)
    assert ids(page) == before
    assert page.evaluate("scrollY") == pytest.approx(place, abs=2)
    assert page.locator("#q").input_value() == KOREAN


def test_one_burst_of_typing_is_one_step_back(opened: Open) -> None:
    page = opened()
    type_at_ease(page, ENGLISH, 30)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    page.go_back()
    expect(page.locator("body")).to_have_attribute("data-view", "home")


def test_the_keys_do_what_the_list_says(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".card").nth(1)).to_be_focused()
    page.keyboard.press("+")
    expect(page.locator("#tray")).to_contain_text("More like 1")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".card").nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".card").nth(0)).to_have_class(re.compile("opened"))
    page.keyboard.press("m")
    expect(page.locator("#map")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#map")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).to_be_hidden()


def test_what_was_read_of_a_question_is_shown_and_taken_off_again(opened: Open) -> None:
    page = opened(asking("Nils Reimers 2021년 논문, 번역 말고"))
    read = page.locator(".chips.read .chip")
    expect(read).to_have_text(["Author: Nils Reimers ✕", "Days: 2021 ✕", "Without: 번역 ✕"])
    assert ids(page) == ["2104.08663"]
    read.filter(has_text="2021").click()
    expect(page.locator("#results .card")).to_have_count(2)
    assert parameters(page)["q"] == ["Nils Reimers 논문, 번역 말고"]
    page.get_by_role("button", name="Search as written").click()
    expect(read).to_have_text(["Searched as written ✕"])
    assert parameters(page)["literal"] == ["1"]
    settle(page)
    assert len(ids(page)) == 10
    read.click()
    expect(page.locator("#results .card")).to_have_count(2)
