"""Papers taken out of the page as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import (
    ENGLISH,
    KOREAN,
    TOOLFORMER,
    Open,
    asking,
    assert_accessible,
    ids,
)


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
