"""Similar papers, marked papers, pasted texts."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import expect

from tests.support.browser import settle
from tests.support.pages import (
    ENGLISH,
    KOREAN,
    TOOLFORMER,
    Open,
    asking,
    ids,
    parameters,
    titles,
)

HANGUL = re.compile("[가-힣]")


def test_similar_papers_say_why_and_by_which_aspect(opened: Open, address: str) -> None:
    page = opened(asking(ENGLISH))
    page.locator(".card").first.get_by_role("button", name="Similar").click()
    expect(page.locator(".examples h2")).to_have_text("Papers similar to")
    settle(page)
    found = httpx.get(f"{address}/papers/{TOOLFORMER}/similar", trust_env=False, timeout=60).json()["results"]
    assert ids(page) == [one["paper"]["id"] for one in found]
    best = found[0]["pairs"][0]
    alike = page.locator(".card").first.locator(".alike")
    assert alike.locator("blockquote").all_text_contents() == [best["example_sentence"], best["sentence"]]
    assert alike.locator("tbody button").count() == len(found[0]["pairs"])
    worst = found[0]["pairs"][-1]
    alike.get_by_role("button", name=f"{worst['example_heading']} – {worst['heading']}:").click()
    assert alike.locator("blockquote").all_text_contents() == [worst["example_sentence"], worst["sentence"]]
    page.get_by_role("button", name="Method", exact=True).click()
    expect(page.get_by_role("button", name="Method", exact=True)).to_have_attribute("aria-pressed", "true")
    settle(page)
    aspect = {"aspect": "technical_details"}
    found = httpx.get(f"{address}/papers/{TOOLFORMER}/similar", params=aspect, trust_env=False, timeout=60).json()
    assert ids(page) == [one["paper"]["id"] for one in found["results"]]


def test_three_keys_lead_from_a_korean_question_to_a_similar_english_paper(opened: Open) -> None:
    page = opened(korean=True)
    page.context.new_cdp_session(page).send("Input.insertText", {"text": KOREAN})
    expect(page.locator("#results .card").first).to_be_visible()
    settle(page)
    asked_for = titles(page)[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("s")
    expect(page.locator(".examples")).to_contain_text(asked_for)
    settle(page)
    page.keyboard.press("Enter")
    found = page.locator(".card.opened")
    expect(found).to_have_count(1)
    title = str(found.locator("h2").text_content())
    assert not HANGUL.search(title)
    assert asked_for not in title


def test_marked_papers_find_more_like_these_and_less_like_those(opened: Open, address: str) -> None:
    page = opened(asking(ENGLISH))
    liked, disliked = ids(page)[0], ids(page)[1]
    page.locator(".card").nth(0).locator("[data-do=more]").click()
    page.locator(".card").nth(1).locator("[data-do=less]").click()
    expect(page.locator("#tray")).to_contain_text("More like 1 · less like 1")
    page.get_by_role("button", name="Find with these").click()
    expect(page.locator(".examples .chip")).to_have_count(2)
    settle(page)
    body = {"positive": [liked], "negative": [disliked]}
    found = httpx.post(f"{address}/similar", json=body, trust_env=False, timeout=60).json()["results"]
    assert ids(page) == [one["paper"]["id"] for one in found]
    assert page.locator("#tray").is_hidden()


def test_a_long_text_that_is_pasted_finds_what_resembles_it(opened: Open, address: str) -> None:
    page = opened()
    text = ("We freeze the weights of a large model and train small low-rank matrices beside them. " * 5).strip()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#q").press("Control+v")
    expect(page.locator(".examples h2")).to_have_text("Papers that resemble the pasted text")
    settle(page)
    found = httpx.post(f"{address}/similar", json={"text": text}, trust_env=False, timeout=60).json()["results"]
    assert ids(page) == [one["paper"]["id"] for one in found]
    assert parameters(page)["text"] == [text]
