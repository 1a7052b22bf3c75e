"""JSON Lines: rows that are read, and rows that are skipped with their line."""

from __future__ import annotations

import json

import pytest

from index.paper import Kind, Section
from index.sources.jsonl import parse_jsonl

GOOD = {"id": "2409.00001", "sections": {"What's New": "a"}}


def test_a_row_needs_no_more_than_an_id_and_sections() -> None:
    (paper,) = parse_jsonl(json.dumps(GOOD), "2024-09-02.jsonl").papers
    assert (paper.id, paper.title, paper.url, paper.date) == (
        "2409.00001",
        "2409.00001",
        "https://arxiv.org/abs/2409.00001",
        "2024-09-02",
    )
    assert paper.sections == (Section(Kind.WHATS_NEW, "What's New", "a"),)


@pytest.mark.parametrize("given_id", ["arXiv:2409.00001v3", "2409.00001", " 2409.00001v1 "])
def test_an_arxiv_id_loses_its_prefix_and_version(given_id: str) -> None:
    assert parse_jsonl(json.dumps(GOOD | {"id": given_id}), "x").papers[0].id == "2409.00001"


def test_a_link_stands_in_for_a_missing_id() -> None:
    row = {"url": "https://arxiv.org/abs/2409.00001v2", "sections": {"A": "b"}}
    assert parse_jsonl(json.dumps(row), "x").papers[0].id == "2409.00001"


@pytest.mark.parametrize(
    ("sections", "read"),
    [
        ({"Method": "a", "Empty": " "}, [("Method", "a")]),
        (
            [{"heading": "Method", "text": "a"}, {"text": "b"}, "c"],
            [("Method", "a"), ("Summary", "b"), ("Summary", "c")],
        ),
        ({"Method": ["a", {"b": "c"}]}, [("Method", "a\nb: c")]),
        ("plain", [("Summary", "plain")]),
    ],
)
def test_sections_may_be_a_mapping_a_list_or_a_text(sections: object, read: list[tuple[str, str]]) -> None:
    (paper,) = parse_jsonl(json.dumps(GOOD | {"sections": sections}), "x").papers
    assert [(section.heading, section.text) for section in paper.sections] == read


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": ', "not JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "nested too deep"),
        ('{"id": ' + "1" * 5_000 + "}", "number is too long"),
        ('{"sections": {"a": "b"}}', "no id"),
        ('{"id": "p"}', "row p has no sections"),
        ('{"id": "p", "sections": {"a": ""}}', "row p has no sections"),
    ],
)
def test_a_bad_row_is_skipped_with_its_line_and_the_rest_is_read(line: str, reason: str) -> None:
    parsed = parse_jsonl(f"\n{line}\n{json.dumps(GOOD)}\n", "x.jsonl")
    assert [paper.id for paper in parsed.papers] == ["2409.00001"]
    assert [(skip.file, skip.line) for skip in parsed.skipped] == [("x.jsonl", 2)]
    assert reason in parsed.skipped[0].reason
    assert parsed.entries == 2


@pytest.mark.parametrize(
    ("name", "value"), [("date", "2024-13-01"), ("votes", "many"), ("votes", True), ("votes", 10**30)]
)
def test_a_bad_date_or_vote_is_left_out_and_reported_and_the_paper_is_kept(name: str, value: object) -> None:
    parsed = parse_jsonl(json.dumps(GOOD | {name: value}), "x.jsonl")
    assert getattr(parsed.papers[0], name) is None
    assert (parsed.skipped[0].line, parsed.skipped[0].reason.startswith(name)) == (1, True)


def test_lone_surrogates_and_control_characters_do_not_reach_a_paper() -> None:
    (paper,) = parse_jsonl('{"id": "p", "title": "a\\u0000\\ud800", "sections": {"A": "b\\u0007c\\r\\nd"}}', "x").papers
    assert (paper.title, paper.sections[0].text) == ("a\ufffd", "bc\nd")
