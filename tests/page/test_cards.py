"""What a result shows, and how the page answers as a whole."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import settle
from tests.support.pages import (
    ENGLISH,
    KOREAN,
    MARKUP,
    TOOLFORMER,
    Open,
    answers,
    asking,
    ids,
    parameters,
)


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
    page = opened(asking("language models that follow instructions"))
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
    assert [one.get_attribute("href") for one in card.locator("a").all()] == ["?paper=odd%2F1"]


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
    query = "대조 학습"
    page = opened(asking(query))
    added = answers(address, q=query)["also_searched"]
    assert added
    for one in added:
        expect(page.locator(".also")).to_contain_text(one["other"])
