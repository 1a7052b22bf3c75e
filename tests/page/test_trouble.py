"""What the page says while a service is slow, refuses or is gone, and what it loads."""

from __future__ import annotations

from pathlib import Path

import httpx
from playwright.sync_api import Browser, Request, Route, expect

from scripts.bench.servers import served
from tests.support.browser import WAIT_MS, new_context, settle
from tests.support.pages import (
    ENGLISH,
    KOREAN,
    TOOLFORMER,
    Open,
    asking,
    assert_accessible,
    titles,
)

MOST_BYTES = 110_000


expect.set_options(timeout=WAIT_MS)


def test_a_service_that_is_gone_is_said_and_found_again(opened: Open, store: Path) -> None:
    with served(store) as (url, _):
        page = opened(asking(ENGLISH), at=url)
        before = titles(page)
    page.locator("#q").fill(KOREAN)
    expect(page.locator(".notice.offline")).to_contain_text("cannot be reached")
    assert titles(page) == before
    with served(store, int(url.rpartition(":")[2])):
        expect(page.locator("body")).to_have_attribute("data-state", "ready")
        expect(page.locator(".notice.offline")).to_have_count(0)
        assert titles(page) != before


def test_a_service_that_is_opening_its_store_is_asked_again(opened: Open) -> None:
    page = opened()
    tries: list[str] = []

    def refuse_twice(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) > 2:
            return route.continue_()
        problem = {"title": "Service Unavailable", "status": 503, "detail": "the store is being opened"}
        return route.fulfill(status=503, headers={"Retry-After": "1"}, json=problem)

    page.route("**/search?*", refuse_twice)
    page.locator("#q").fill(ENGLISH)
    expect(page.locator(".notice.starting")).to_contain_text("Getting ready")
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    assert page.locator(".notice.starting").count() == 0


def test_an_answer_by_words_only_and_a_doubtful_summary_are_said_to_be_so(opened: Open) -> None:
    page = opened()

    def degrade(route: Route) -> None:
        body = route.fetch().json()
        body["results"][0]["doubtful"] = True
        route.fulfill(json={**body, "degraded": True})

    page.route("**/search?*", degrade)
    page.locator("#q").fill(ENGLISH)
    expect(page.locator(".notice.warn")).to_contain_text("by words only")
    expect(page.locator(".doubtful")).to_have_count(1)
    expect(page.locator(".card").first.locator(".doubtful")).to_be_visible()
    assert_accessible(page)


def test_a_refusal_says_what_to_do_and_the_filter_can_be_taken_away(opened: Open) -> None:
    page = opened(asking(ENGLISH, **{"from": "soon"}))
    expect(page.locator(".notice.refused")).to_contain_text("write YYYY")
    page.locator(".chips .chip").click()
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)


def test_a_service_that_wants_a_key_is_given_one(opened: Open) -> None:
    page = opened()

    def guard(route: Route) -> None:
        if route.request.headers.get("authorization") == "Bearer open sesame":
            return route.continue_()
        return route.fulfill(status=401, json={"status": 401, "detail": "this service wants a key"})

    page.route("**/search?*", guard)
    page.locator("#q").fill(ENGLISH)
    expect(page.locator(".notice.locked")).to_contain_text("A key is needed")
    assert_accessible(page)
    page.get_by_label("Key", exact=True).fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)


def test_waiting_is_shown_without_moving_what_is_there(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    before = titles(page)
    held: list[Route] = []
    page.route("**/search?*", lambda route: held.append(route))
    page.locator("#q").fill(KOREAN)
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    assert titles(page) == before
    for route in held:
        route.continue_()
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")
    assert titles(page) != before


def test_the_first_paint_is_small_and_everything_comes_from_the_service(browser: Browser, address: str) -> None:
    context = new_context(browser)
    page = context.new_page()
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.goto(address)
    settle(page)
    assert all(request.url.startswith(address) for request in requests)
    files = [request for request in requests if request.resource_type in ("document", "stylesheet", "script")]
    assert len(files) > 5
    assert sum(len(httpx.get(request.url, trust_env=False).content) for request in files) < MOST_BYTES
    context.close()
