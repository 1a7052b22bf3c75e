from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given

from index.paper import Kind, Paper, Section
from index.sources.jsonl import parse_jsonl
from index.sources.markdown import parse_markdown
from search.engine import Engine
from search.export.formats import COLUMNS, FORMATS, csv_table, json_lines, markdown
from tests.support.papers import ANY, LORA, PAPERS

ODD = Paper(
    "odd/1, 가",
    "A [half bracket (https://evil.org/1234567)",
    "javascript:alert(1)",
    None,
    -3,
    ("=cmd|' /C calc'!A0", "King, Jr."),
    ("@field",),
    (
        Section(Kind.OTHER, "On *stars*", "first\n### [Other](https://arxiv.org/abs/1234.56789)\n- **What's New**: x"),
        Section(Kind.SUMMARY, "Summary", "**What's New**: y\n---\n## 2020-01-01\nVote: 9\n![a](https://x.org/b.png)"),
    ),
)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_example_comes_back_from_markdown_and_json_lines(engine: Engine) -> None:
    papers = tuple(engine.generation.papers())
    assert parse_markdown(markdown(papers), "x.md").papers == papers
    assert parse_jsonl(json_lines(papers), "x.jsonl").papers == papers


def test_every_paper_of_a_real_archive_comes_back_from_markdown(archive_a: Path) -> None:
    papers = tuple(
        paper
        for file in sorted(archive_a.rglob("*.md"))[-60:]
        for paper in parse_markdown(file.read_text(), str(file)).papers
    )
    assert len(papers) > 300
    parsed = parse_markdown(markdown(papers), "x.md")
    assert parsed.papers == papers
    assert not parsed.skipped


def test_a_hostile_text_opens_neither_an_entry_nor_a_section_of_markdown() -> None:
    read = parse_markdown(markdown([ODD, LORA]), "x.md")
    assert not read.skipped
    odd, lora = read.papers
    assert (odd.id, odd.votes, odd.authors, odd.fields, odd.date) == (ODD.id, None, ODD.authors, ODD.fields, None)
    assert [section.heading for section in odd.sections] == ["On ∗stars∗", "Summary"]
    assert odd.sections[0].text == ODD.sections[0].text
    assert odd.sections[1].text.splitlines()[0] == "**What's New**: y"
    assert "Vote: 9" in odd.sections[1].text
    assert (lora.id, lora.title, lora.fields, lora.date) == (LORA.id, LORA.title, LORA.fields, LORA.date)


@ANY
@given(PAPERS)
def test_papers_of_any_text_are_as_many_in_every_format(papers: list[Paper]) -> None:
    assert len(rows(csv_table(papers))) == len(papers)
    assert [json.loads(line)["title"] for line in json_lines(papers).splitlines()] == [p.title for p in papers]
    with_text = [p for p in papers if p.id.strip() and all(section.text.strip() for section in p.sections)]
    assert len(parse_markdown(markdown(with_text), "x.md").papers) == len(with_text)


def test_a_spreadsheet_gets_the_columns_and_no_formula() -> None:
    text = csv_table([ODD, LORA])
    odd, lora = rows(text)
    assert text.startswith("\ufeff")
    assert tuple(lora) == COLUMNS
    assert (lora["title"], lora["votes"], lora["fields"]) == (LORA.title, "3", "cs.CL; cs.LG")
    assert lora["summary"].startswith("What's New: 작은 행렬만 학습합니다.\n")
    assert odd["authors"] == "'=cmd|' /C calc'!A0; King, Jr."
    assert (odd["fields"], odd["votes"]) == ("'@field", "-3")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "＝", "＋", "－", "＠", "\x0b@"])
def test_no_cell_begins_as_a_formula(start: str) -> None:
    paper = Paper("a", f"{start}1+1", "", None, None, (), (), (Section(Kind.OTHER, "H", "t"),))
    assert rows(csv_table([paper]))[0]["title"].startswith("'")


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_gives_orders_to_a_terminal(name: str) -> None:
    text = "Sly \x1b]0;owned\x07\x9b2J\u202e title"
    paper = Paper("a", text, "https://x.org/a", None, None, (text,), (text,), (Section(Kind.OTHER, text, text),))
    shown = FORMATS[name].write([paper])
    assert "owned" in shown
    assert not [c for c in shown.removeprefix("\ufeff") if c not in "\r\n" and not c.isprintable()]


@pytest.mark.parametrize("name", FORMATS)
def test_no_papers_are_a_file_too(name: str) -> None:
    assert FORMATS[name].write([]).removeprefix("\ufeff") in {
        "",
        ",".join(f'"{column}"' for column in COLUMNS) + "\r\n",
    }
