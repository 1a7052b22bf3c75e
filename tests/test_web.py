"""The web page in a real browser, before a real service over the example summaries."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Route, expect

from index.encoding.encoder import Encoder
from index.pipeline.build import build
from tests.browser import WAIT_MS, chromium, new_context, service, settle
from tests.fakes import silent

KOREAN = "새로운 과제를 배우면 예전 것을 잊는 문제"
ENGLISH = "let a language model call a calculator or a search engine"
TOOLFORMER = "2302.04761"
MARKUP = "<img src=x onerror=alert(1)>"
HANGUL = re.compile("[가-힣]")
MOST_BYTES = 100_000

expect.set_options(timeout=WAIT_MS)

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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def store(browser: Browser, examples: Path, example_store: Path, encoder: Encoder, tmp_path_factory: Any) -> Path:
    """Return a store of the examples and of one paper that is full of markup; what was encoded is not again."""
    folder: Path = tmp_path_factory.mktemp("web")
    (folder / "odd.jsonl").write_text("\n".join(map(json.dumps, ODD)), encoding="utf-8")
    (folder / "store").mkdir()
    shutil.copy(example_store / "cache.sqlite", folder / "store")
    build([examples, folder / "odd.jsonl"], folder / "store", encoder, silent)
    return folder / "store"


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    with service(store) as url:
        yield url


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Yield what opens the page as a new reader; at the end no script may have failed and nothing been blocked."""
    with ExitStack() as stack:
        wrong: list[str] = []

        def open_page(path: str = "", *, at: str = "", **reader: bool) -> Page:
            context = new_context(browser, **reader)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: wrong.append(said.text) if blocked(said.text) else None)
            page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
            page.goto(f"{at or address}/{path}")
            settle(page)
            return page

        yield open_page
        assert not wrong


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


def searches(page: Page) -> list[str]:
    """Return a list that every question to the service is added to."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).path == "/search":
            asked.append(parse_qs(urlsplit(request.url).query)["q"][0])

    page.on("request", note)
    return asked


# ---- Asking


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


# ---- Results


def test_the_marks_are_where_the_service_says(opened: Open, address: str) -> None:
    page = opened(asking("wombat burrows"))
    card = page.locator('.card[data-id="odd/1"]')
    result = next(r for r in answers(address, q="wombat burrows")["results"] if r["paper"]["id"] == "odd/1")
    section = result["sections"][0]
    letters = list(section["text"])
    assert len(section["text"].encode("utf-16-le")) // 2 > len(letters)
    marks = {
        kind: ["".join(letters[h["start"] : h["end"]]) for h in section["highlights"] if h["kind"] == kind]
        for kind in ("semantic", "term")
    }
    assert marks["term"]
    assert card.locator("mark.sentence").all_text_contents() == marks["semantic"]
    assert card.locator("u.term").all_text_contents() == marks["term"]
    assert card.locator("p").first.text_content() == section["text"]


def test_a_sentence_is_shaded_by_its_weight_and_a_term_is_underlined(opened: Open) -> None:
    page = opened(asking(KOREAN))
    shades = page.eval_on_selector_all(
        "#results mark.sentence",
        "all => all.map(one => [one.style.getPropertyValue('--weight'), getComputedStyle(one).backgroundColor])",
    )
    assert len({colour for _, colour in shades}) == len({weight for weight, _ in shades}) > 1
    underlined = page.eval_on_selector("#results u.term", "one => getComputedStyle(one).textDecorationLine")
    assert underlined == "underline"
    assert page.locator(".legend mark.sentence").is_visible()
    assert page.locator(".legend u.term").is_visible()


def test_only_the_best_section_is_unfolded_and_a_bar_shows_where_the_others_match(opened: Open) -> None:
    page = opened(asking(KOREAN))
    card = page.locator(".card").first
    assert card.locator("details.section").count() == 3
    assert card.locator("details.section[open]").count() == 1
    assert card.locator("details.section").first.get_attribute("open") is not None
    widths = card.locator(".strip > span").evaluate_all("all => all.map(one => one.getBoundingClientRect().width)")
    assert len(set(widths)) == 3
    assert card.locator(".strip i.s").count() >= 1


def test_an_unfolded_result_is_in_the_address(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    page.locator(".card").first.get_by_role("button", name="Unfold all").click()
    expect(page.locator(".card").first.locator("details.section[open]")).to_have_count(3)
    assert parameters(page)["open"] == [TOOLFORMER]
    page.reload()
    settle(page)
    expect(page.locator(".card").first.locator("details.section[open]")).to_have_count(3)


def test_markup_in_a_paper_stays_text(opened: Open) -> None:
    page = opened(asking("wombat burrows") + "&open=odd%2F1")
    card = page.locator('.card[data-id="odd/1"]')
    assert MARKUP in str(card.locator("h2").text_content())
    assert "<svg onload=alert(1)>" in str(card.locator("p").first.text_content())
    assert "<script>alert(1)</script>" in str(card.text_content())
    assert page.locator("#answer :is(img, svg, script, i:not(.strip i))").count() == 0
    assert card.locator("a").count() == 0


def test_more_results_come_without_a_jump(opened: Open) -> None:
    page = opened(asking(KOREAN))
    more = page.get_by_role("button", name="10 more")
    more.scroll_into_view_if_needed()
    tenth = page.locator(".card").nth(9)
    before = tenth.bounding_box()
    more.click()
    expect(page.locator("#results .card")).to_have_count(20)
    assert tenth.bounding_box() == before
    first = ids(page)
    assert len(set(first)) == 20
    page.reload()
    settle(page)
    assert ids(page) == first


def test_an_answer_that_may_hold_nothing_says_so_in_both_languages(opened: Open) -> None:
    page = opened(asking("asdf qwer zxcv"))
    expect(page.locator(".notice.unsure")).to_contain_text("seems to hold nothing on this")
    page.get_by_role("button", name="한국어").click()
    expect(page.locator(".notice.unsure")).to_contain_text("꼭 맞는 논문이 없는 것 같습니다")
    assert page.locator(".card").count() == 10


def test_what_the_glossary_added_is_shown(opened: Open, address: str) -> None:
    page = opened(asking(KOREAN))
    added = answers(address, q=KOREAN)["also_searched"]
    assert added
    for one in added:
        expect(page.locator(".also")).to_contain_text(one["other"])


# ---- Narrowing


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


# ---- Addresses and history


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


# ---- Similar papers


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


# ---- The map


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


# ---- Languages, colours, screens


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


def assert_accessible(page: Page) -> None:
    found = Axe().run(page)
    said = [f"{one['id']}: {one['nodes'][0]['failureSummary']}" for one in found.response["violations"]]
    assert not said


# ---- Export


def downloaded(page: Page, where: str, form: str) -> tuple[str, str]:
    """Return the name and the text of the file that one button gives."""
    page.locator(f"{where} .saving summary").click()
    with page.expect_download() as waiting:
        page.locator(f"{where} [data-format={form}]").click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [asking(KOREAN), asking(ENGLISH, like=TOOLFORMER)])
def test_what_is_shown_is_exported_in_its_order(opened: Open, path: str) -> None:
    page = opened(path)
    name, text = downloaded(page, "#head", "jsonl")
    assert name == "nonmun.jsonl"
    assert [json.loads(line)["id"] for line in text.splitlines()] == ids(page)
    expect(page.locator("#head .saving summary")).to_be_focused()
    expect(page.locator("#head .formats")).to_be_hidden()


def test_the_marked_papers_are_exported(opened: Open) -> None:
    page = opened(asking(ENGLISH, more=TOOLFORMER))
    name, text = downloaded(page, "#tray", "bibtex")
    assert name == "nonmun.bib"
    assert text.count("@misc") == 1
    assert TOOLFORMER in text


def test_an_export_that_fails_is_said_and_escape_folds_the_formats(opened: Open) -> None:
    page = opened(asking(ENGLISH))
    problem = {"status": 503, "detail": "too many questions wait"}
    page.route("**/export?*", lambda route: route.fulfill(status=503, json=problem))
    page.locator("#head .saving summary").click()
    page.locator("#head [data-format=csv]").click()
    expect(page.locator("#head .formats [role=status]")).to_contain_text("too many questions wait")
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#head .formats")).to_be_hidden()
    expect(page.locator("#head .saving summary")).to_be_focused()


# ---- The keyboard


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


# ---- When something is wrong


def test_a_service_that_is_gone_is_said_and_found_again(opened: Open, store: Path) -> None:
    with service(store) as url:
        page = opened(asking(ENGLISH), at=url)
        before = titles(page)
    page.locator("#q").fill(KOREAN)
    expect(page.locator(".notice.offline")).to_contain_text("cannot be reached")
    assert titles(page) == before
    with service(store, int(url.rpartition(":")[2])):
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


# ---- What is loaded


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
