"""The map."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from tests.support.browser import settle
from tests.support.pages import (
    KOREAN,
    Open,
    asking,
    ids,
    parameters,
)


def test_a_place_on_the_map_narrows_the_search(opened: Open, address: str) -> None:
    page = opened(asking(KOREAN, view="map"))
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    page.get_by_role("button", name="Select to search inside").click()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] - 60, steps=5)
    page.mouse.up()
    expect(page.locator("[data-inside]")).to_be_visible()
    settle(page)
    area = parameters(page)["area"][0]
    facets = httpx.get(f"{address}/facets", params={"area": area}, trust_env=False, timeout=60).json()
    assert 0 < facets["papers"] < 60
    expect(page.locator("[data-inside]")).to_have_attribute("data-inside", str(facets["papers"]))
    expect(page.locator(".figures")).to_contain_text(f"Searched {facets['papers']} paper")
    assert set(ids(page)) <= set(facets["best"])


def test_a_point_of_the_map_tells_its_title_and_leads_to_similar_papers(opened: Open, address: str) -> None:
    page = opened("?view=map")
    points = httpx.get(f"{address}/map", trust_env=False, timeout=60).json()
    box = page.locator("#map canvas").bounding_box()
    assert box is not None
    middle = min(range(len(points["ids"])), key=lambda i: abs(points["x"][i] - 5000) + abs(points["y"][i] - 5000))
    wide, tall = min(box["width"] - 24, (box["height"] - 24) * 2.4), box["height"] - 24
    x = box["x"] + box["width"] / 2 + (points["x"][middle] / 10000 - 0.5) * wide
    y = box["y"] + box["height"] / 2 + (points["y"][middle] / 10000 - 0.5) * tall
    page.mouse.move(x - 1, y)
    page.mouse.move(x, y)
    title = httpx.get(f"{address}/papers/{points['ids'][middle]}", trust_env=False, timeout=60).json()["title"]
    expect(page.locator(".tip")).to_contain_text(title)
    page.mouse.click(x, y)
    page.locator(".tip").get_by_role("button", name="Similar").click()
    expect(page.locator(".examples")).to_contain_text(title)


def test_the_map_zooms_and_moves_by_wheel_and_keys(opened: Open) -> None:
    page = opened("?view=map")
    canvas = page.locator("#map canvas")
    pictures = [canvas.screenshot()]
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(300)
    pictures.append(canvas.screenshot())
    canvas.press("ArrowRight")
    page.wait_for_timeout(300)
    pictures.append(canvas.screenshot())
    assert len(set(pictures)) == 3
    canvas.press("0")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") == 0
