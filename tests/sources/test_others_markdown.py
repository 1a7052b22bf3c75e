"""Markdown of others: lists of links, tables, notes, details, headings of any depth."""

from __future__ import annotations

import pytest

from index.paper import Kind, Paper
from index.sources.forms import parse
from index.sources.parsed import Parsed


def only(parsed: Parsed) -> Paper:
    assert (parsed.entries, [s.reason for s in parsed.skipped]) == (1, [])
    return parsed.papers[0]


def headed(paper: Paper) -> list[tuple[str, str]]:
    return [(section.heading, section.text) for section in paper.sections]


@pytest.mark.parametrize(
    ("item", "title", "text"),
    [
        ("- [A Title](https://arxiv.org/abs/2409.00001) - why it matters.", "A Title", "why it matters."),
        ("* **A Title** [[paper](https://arxiv.org/abs/2409.00001)] [[code](https://github.com/a/b)]", "A Title", None),
        ("- (2024-09) **A Title**, *ICML* [pdf](https://arxiv.org/pdf/2409.00001.pdf)", "A Title", "*ICML*"),
        ("1. A Title. [[arXiv]](https://arxiv.org/abs/2409.00001)", "A Title.", None),
        ("- A Title: 2409.00001 https://arxiv.org/abs/2409.00001", "A Title: 2409.00001", None),
        ('- <a href="https://arxiv.org/abs/2409.00001">A Title</a> ![](https://img.shields.io/x.svg)', "A Title", None),
        ("- [A Title](https://arxiv.org/abs/2409.00001)\n  - 요약: 좋다.", "A Title", "좋다."),
        ("- [A Title](https://arxiv.org/abs/2409.00001)\n  - deep\n    - deeper", "A Title", "deep\ndeeper"),
    ],
)
def test_an_item_of_a_list_is_a_paper_with_its_remark(item: str, title: str, text: str | None) -> None:
    read = only(parse(f"# Awesome things\n\n## 2024\n\n{item}\n", "README.md"))
    assert (read.id, read.title) == ("2409.00001", title)
    assert headed(read)[0][1] == (text or title)


def test_links_to_no_paper_are_counted_and_code_is_left_alone() -> None:
    text = (
        "- [Tool](https://github.com/a/tool) - a tool\n- [P](https://arxiv.org/abs/2409.00001) - yes\n"
        "```\n- [Q](https://arxiv.org/abs/2409.00002)\n```\n- [Course](https://example.org/course)\n"
    )
    parsed = parse(text, "README.md")
    assert [paper.title for paper in parsed.papers] == ["P"]
    assert [(skip.line, skip.kept) for skip in parsed.skipped] == [(1, True)]
    assert "2 items" in parsed.skipped[0].reason


def test_a_table_is_read_by_the_names_of_its_columns() -> None:
    text = (
        "## Updated on 2024.09.09\n\n|Publish Date|Title|Authors|PDF|Code|\n|---|---|---|---|---|\n"
        "|**2024-09-01**|**On \\| Pipes**|Ann B et.al.|[2409.00001](http://arxiv.org/abs/2409.00001)|null|\n"
        "|2024-09-02|No Link Here|Bo C||**[link](https://github.com/x/y)**|\n"
    )
    parsed = parse(text, "README.md")
    first, second = parsed.papers
    assert (first.id, first.title, first.date) == ("2409.00001", "On | Pipes", "2024-09-01")
    assert first.authors == ("Ann B",)
    assert (second.title, second.authors, parsed.entries) == ("No Link Here", ("Bo C",), 2)


def test_a_weekly_newsletter_in_tables_is_read() -> None:
    text = (
        "| **Paper** | **Links** |\n| --- | --- |\n"
        "| 1) **One Idea** - an account. | [Paper](https://arxiv.org/abs/2409.00001), [Tweet](https://x.com/a) |\n"
    )
    read = only(parse(text, "README.md"))
    assert (read.title, headed(read)) == ("One Idea", [("Summary", "an account.")])


def test_a_note_with_front_matter_is_one_paper() -> None:
    text = (
        "---\ntitle: 'Notes: On One'\nauthors: [Ann B, 'Cho, Dan']\nyear: 2024\ndoi: 10.1000/One\n"
        "tags: [rag, llm]\n---\n"
        "# Notes: On One\n\n![[figure.png]]\nFirst words about [[Retrieval|retrieval]].\n\n## 方法\n\n"
        "Two steps: $a_{i}<b$.\n"
        "- a\n  - b\n\n```python\n# no heading\n```\n\n> [!abstract] Abstract\n> Said here.\n\n### Results\n90%.\n"
    )
    read = only(parse(text, "vault/One.md"))
    assert (read.id, read.title, read.date) == ("10.1000/one", "Notes: On One", "2024-01-01")
    assert (read.authors, read.fields, read.url) == (
        ("Ann B", "Dan Cho"),
        ("rag", "llm"),
        "https://doi.org/10.1000/one",
    )
    assert headed(read) == [
        ("Summary", "First words about retrieval."),
        ("方法", "Two steps: $a_{i}<b$.\n- a\n  - b\n\n```python\n# no heading\n```"),
        ("Abstract", "Said here."),
        ("Results", "90%."),
    ]
    assert read.sections[1].kind is Kind.TECHNICAL_DETAILS


def test_a_note_without_front_matter_has_its_facts_below_its_title() -> None:
    text = (
        "# A Careful Study\n\n**Authors**: Ann B, Dan C\n**Paper Link**: [PDF](https://arxiv.org/pdf/2409.00001)\n\n"
        "## 一、摘要\n简单。\n\n## Notes\nMore.\n"
    )
    read = only(parse(text, "study.md"))
    assert (read.id, read.title, read.authors) == ("2409.00001", "A Careful Study", ("Ann B", "Dan C"))
    assert headed(read) == [("一、摘要", "简单。"), ("Notes", "More.")]
    assert read.sections[0].kind is Kind.SUMMARY


def test_a_notes_facts_may_stand_below_headings_with_their_names() -> None:
    text = "### Paper:\n\nA Plain Study\n\n### Author:\n\nAnn B and Dan C\n\n"
    text += "### Year:\n\n2018\n\n### Summary:\n\nShort.\n"
    read = only(parse(text, "study.md"))
    assert (read.title, read.authors, read.date) == ("A Plain Study", ("Ann B", "Dan C"), "2018-01-01")
    assert [section.text for section in read.sections] == ["Short."]


def test_a_note_named_by_its_file_has_that_title() -> None:
    text = "---\narxiv: 2409.00001\n---\n본문입니다.\n"
    assert only(parse(text, "vault/Late Interaction.md")).title == "Late Interaction"


def test_a_bots_digest_with_details_has_its_facts_and_sections() -> None:
    text = (
        "# cs.CL [[Back]](#toc)\n\n### [1] [On Details](https://arxiv.org/abs/2409.00001)\n*Ann B,Dan C*\n\n"
        "Main category: cs.CL\n\nTL;DR: 简短。\n\n<details>\n  <summary>Details</summary>\nMotivation: Because.\n\n"
        "Abstract: At length.\n\n</details>\n"
    )
    read = only(parse(text, "2024-09-05.md"))
    assert (read.title, read.authors, read.fields) == ("On Details", ("Ann B", "Dan C"), ("cs.CL",))
    assert headed(read) == [("TL;DR", "简短。"), ("Motivation", "Because."), ("Abstract", "At length.")]
    assert read.date == "2024-09-05"


@pytest.mark.parametrize("marks", ["#", "##", "####"])
def test_entries_may_stand_under_headings_of_any_depth(marks: str) -> None:
    entry = (
        "{} {}. {}\n- **Authors**: Ann B\n- **Link**: https://arxiv.org/abs/2409.0000{}\n\n{}# 요약\n좋은 글 {}.\n\n"
    )
    text = "".join(entry.format(marks, n, f"Title {n}", n, marks, n) for n in (1, 2))
    first, second = parse(text, "2024-09-05.md").papers
    assert (first.id, first.title, first.authors) == ("2409.00001", "Title 1", ("Ann B",))
    assert headed(second) == [("요약", "좋은 글 2.")]


@pytest.mark.parametrize("text", ["# Read me\n\nJust words.\n", "# Recipes\n\n- salt\n- rice\n"])
def test_text_without_a_paper_says_what_would_be_read(text: str) -> None:
    parsed = parse(text, "README.md")
    assert (parsed.entries, parsed.skipped) == (0, ())
    assert "no paper found" in parsed.why
