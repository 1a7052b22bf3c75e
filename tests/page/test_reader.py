"""A reader's day: a paper's own view, the list, compact cards, the newest days, suggestions, kept questions."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import settle
from tests.support.pages import ENGLISH, KOREAN, TOOLFORMER, Open, asking, assert_accessible, ids, parameters

OWN = f"?paper={TOOLFORMER}"


def copying(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])


def test_five_keys_lead_from_a_question_to_a_kept_paper_and_its_citation(opened: Open) -> None:
    page = opened(korean=True)
    copying(page)
    page.keyboard.type("Nils Reimers가 2021년 4월에 쓴 검색 논문", delay=5)
    page.keyboard.press("Enter")
    settle(page)
    expect(page.locator("#results .card").first).to_have_attribute("data-id", "2104.08663")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("v")
    expect(page.locator(".own h2")).to_contain_text("BEIR")
    settle(page)
    page.keyboard.press("l")
    expect(page.locator("#list")).to_have_text("☆ 1")
    page.keyboard.press("c")
    expect(page.locator("#told")).to_have_text("BibTeX 인용을 복사했습니다")
    assert "2104.08663" in page.evaluate("navigator.clipboard.readText()")


def test_a_paper_shows_its_whole_summary_and_what_lies_around_it(opened: Open, address: str) -> None:
    page = opened(OWN)
    paper = httpx.get(f"{address}/papers/{TOOLFORMER}", trust_env=False).json()
    around = httpx.get(f"{address}/papers/{TOOLFORMER}/around", trust_env=False, timeout=60).json()
    own = page.locator(".own")
    for section in paper["sections"]:
        expect(own).to_contain_text(section["text"])
    assert own.locator(".besides li a").all_text_contents() == [
        one["title"] for one in (*around["earlier"], *around["later"])
    ]
    assert own.locator(".graph a").count() == len(around["near"]) > 5
    hosts = [str(one.get_attribute("href")).split("/")[2] for one in own.locator(".doings a").all()]
    assert hosts == ["arxiv.org", "arxiv.org", "arxiv.org", "huggingface.co", "www.alphaxiv.org"]
    own.get_by_role("button", name="Method", exact=True).click()
    asked = {"k": "5", "aspect": "technical_details"}
    found = httpx.get(f"{address}/papers/{TOOLFORMER}/similar", params=asked, trust_env=False, timeout=60).json()
    expect(own.locator(".alikes a")).to_have_text([one["paper"]["title"] for one in found["results"]])
    own.locator(".alikes a").first.click()
    expect(page.locator(".own")).to_have_attribute("data-id", found["results"][0]["paper"]["id"])
    page.go_back()
    expect(page.locator(".own")).to_have_attribute("data-id", TOOLFORMER)


@pytest.mark.parametrize(
    ("form", "says"), [("bibtex", "@misc{"), ("apa", "Schick, T."), ("plain", '"Toolformer: Language Models')]
)
def test_a_citation_is_copied_in_three_forms(opened: Open, form: str, says: str) -> None:
    page = opened(OWN)
    copying(page)
    page.locator(f"[data-cite={form}]").click()
    expect(page.locator(".citing [role=status]")).to_contain_text("Copied")
    assert says in page.evaluate("navigator.clipboard.readText()")
    assert page.locator(".cited").input_value() == page.evaluate("navigator.clipboard.readText()")


def test_the_list_keeps_notes_and_tags_and_goes_out_and_in_as_json(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    for place in (0, 1):
        page.locator(".card").nth(place).locator("[data-do=keep]").click()
    kept = ids(page)[:2]
    page.locator("#list").click()
    expect(page.locator(".shelf li")).to_have_count(2)
    first = page.locator(".shelf li").first
    first.locator("textarea").fill("읽을 것")
    first.locator("input").fill("tools, agents")
    first.locator("input").press("Enter")
    expect(page.locator(".shelf .segments button")).to_have_text(["All", "agents", "tools"])
    page.reload()
    settle(page)
    assert page.locator(".shelf li textarea").first.input_value() == "읽을 것"
    with page.expect_download() as waiting:
        page.locator(".shelf [data-format=json]").click()
    saved = Path(waiting.value.path())
    assert {one["id"] for one in json.loads(saved.read_text("utf-8"))} == set(kept)
    other = opened("?view=list")
    other.locator(".shelf input[type=file]").set_input_files(saved)
    expect(other.locator(".shelf li")).to_have_count(2)
    other.locator(".shelf input[type=file]").set_input_files(Path(__file__))
    expect(other.locator(".shelf [role=status]").first).to_contain_text("no list of papers")
    with page.expect_download() as waiting:
        page.locator(".shelf [data-format=bibtex]").click()
    assert Path(waiting.value.path()).read_text("utf-8").count("@misc") == 2
    page.get_by_role("button", name="More like my list").click()
    expect(page.locator(".examples")).to_be_visible()
    assert set(parameters(page)["like"]) == set(kept)


def test_five_compact_cards_fit_a_screen_and_stay_compact(opened: Open) -> None:
    page = opened(asking(KOREAN))
    page.get_by_role("button", name="Compact").click()
    page.reload()
    settle(page)
    bottom = page.locator(".card").nth(4).bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] < 900
    assert page.locator(".card .gist").first.is_visible()


def test_the_newest_days_come_by_votes_and_the_newest_week_is_one_click_away(opened: Open, address: str) -> None:
    page = opened()
    days = httpx.get(f"{address}/days", trust_env=False).json()["days"]
    expect(page.locator(".newest h2 time")).to_have_text([one["day"] for one in days])
    page.get_by_role("button", name="The newest week").click()
    expect(page.locator("#results .card").first).to_be_visible()
    assert parameters(page)["sort"] == ["votes"]
    assert ids(page)[0] in {one["paper"]["id"] for one in days[0]["best"]}


def test_suggestions_are_reached_by_the_keyboard_and_leave_with_escape(opened: Open) -> None:
    page = opened()
    page.keyboard.type("toolf", delay=20)
    link = page.locator("#suggestions a").first
    expect(link).to_contain_text("Toolformer")
    assert_accessible(page)
    page.keyboard.press("ArrowDown")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("o")
    expect(link).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".own")).to_have_attribute("data-id", TOOLFORMER)
    expect(page.locator("#suggestions")).to_be_hidden()


def test_a_kept_question_says_what_is_new_and_an_answer_has_a_feed(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    feed = str(page.locator(".keeping a").get_attribute("href"))
    assert httpx.get(f"{page.url.partition('?')[0]}{feed}", trust_env=False, timeout=60).text.startswith("<?xml")
    expect(page.locator(".timeline")).to_be_visible()
    page.locator("[data-do=save]").click()
    page.evaluate("""() => {
      const [one] = JSON.parse(localStorage.questions);
      localStorage.questions = JSON.stringify([{ ...one, seen: one.seen.slice(3) }]);
    }""")
    page.goto(page.url.partition("?")[0])
    settle(page)
    expect(page.locator(".saved li")).to_contain_text("3 new")
    page.locator(".saved .name").click()
    settle(page)
    page.goto(page.url.partition("?")[0])
    settle(page)
    expect(page.locator(".saved li")).to_contain_text("nothing new")


def test_no_filter_is_offered_to_be_removed_where_there_is_none(opened: Open) -> None:
    page = opened(asking("author:Nobodysname"))
    expect(page.locator(".notice.empty, .notice.unsure").first).to_be_visible()
    assert page.get_by_role("button", name="Remove all filters").count() == 0


def test_dates_past_the_end_say_where_the_archive_ends(opened: Open, address: str) -> None:
    page = opened(asking(ENGLISH, **{"from": "2090"}))
    last = httpx.get(f"{address}/stats", trust_env=False).json()["last_date"]
    expect(page.locator("#notices")).to_contain_text(f"This archive ends on {last}")


@pytest.mark.parametrize("path", [OWN, "?view=list", ""])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_axe_finds_nothing_in_what_a_reader_lives_in(opened: Open, path: str, phone: bool) -> None:
    page = opened(asking(ENGLISH), dark=phone, phone=phone)
    page.locator("[data-do=keep]").first.click()
    page.goto(f"{page.url.partition('?')[0]}{path}")
    settle(page)
    assert_accessible(page)
    assert not phone or page.evaluate("document.documentElement.scrollWidth") <= 390
