"""Months, filters and chips."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from tests.support.browser import settle
from tests.support.pages import (
    ENGLISH,
    TOOLFORMER,
    Open,
    answers,
    asking,
    ids,
    parameters,
)


def test_dragging_over_the_months_narrows_the_results(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    box = page.locator(".timeline svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.locator(".chips .chip")).to_have_count(1)
    settle(page)
    start, end = parameters(page)["from"][0], parameters(page)["to"][0]
    dates = page.locator(".card time").all_inner_texts()
    assert dates
    assert all(start <= date[:7] <= end for date in dates)
    page.locator(".chips .chip").click()
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
    assert "from" not in parameters(page)


def test_the_bars_are_the_months_of_the_service(opened: Open, address: str) -> None:
    page = opened(asking(ENGLISH))
    found = httpx.get(f"{address}/facets", params={"q": ENGLISH}, trust_env=False, timeout=60).json()
    path = str(page.locator(".timeline path.matches").get_attribute("d"))
    assert path.count("M") == sum(1 for month in found["months"] if month["matches"])


def test_filters_sort_and_chips_follow_the_address(opened: Open, address: str) -> None:
    page = opened(asking(ENGLISH, section="whats_new", sort="date"))
    assert page.locator("#filter-section").input_value() == "whats_new"
    assert {str(one.get_attribute("data-kind")) for one in page.locator("details.section").all()} == {"whats_new"}
    expected = answers(address, q=ENGLISH, section="whats_new", sort="date")["results"]
    assert ids(page) == [one["paper"]["id"] for one in expected]
    page.locator("#filter-author").fill("Schick")
    page.locator("#filter-author").press("Enter")
    expect(page.locator("#results .card")).to_have_count(1)
    assert page.locator(".chips .chip").count() == 2


def test_an_author_in_a_result_narrows_to_that_author(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    page.locator(".card").first.get_by_role("button", name="Timo Schick").click()
    expect(page.locator("#results .card")).to_have_count(1)
    assert parameters(page)["author"] == ["Timo Schick"]


def test_filters_that_nothing_passes_say_so_and_can_be_removed(opened: Open) -> None:
    page = opened(asking(ENGLISH, **{"from": "2030"}))
    expect(page.locator(".notice.empty")).to_contain_text("No paper passes the filters")
    page.get_by_role("button", name="Remove all filters").click()
    expect(page.locator("#results .card").first).to_have_attribute("data-id", TOOLFORMER)
