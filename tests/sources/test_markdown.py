"""Markdown and JSON Lines, every dialect: what is read, what is skipped, and how fast the worst lines go."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.paper import Kind, Paper, Section
from index.sources.jsonl import parse_jsonl
from index.sources.markdown import parse_markdown
from index.sources.parsed import Parsed
from tests.support.papers import papers

LABELLED = """## Daily Papers (2024-09-02)

### [Seed: The [First] Dialect](https://arxiv.org/abs/2409.00001)

![](https://example.org/thumbnail.png)

Vote: 1,234

Authors: Ada Lovelace, 김철수

- **What's New**: 새로운 방법입니다. It works.
- **Technical Details**: 두 단계로 나뉩니다.
- **Performance Highlights**: 정확도 90%.
"""


def only(parsed: Parsed) -> Paper:
    assert parsed.skipped == ()
    assert len(parsed.papers) == parsed.entries == 1
    return parsed.papers[0]


def entry(*body: str, heading: str = "[T](https://arxiv.org/abs/2409.00001)") -> str:
    return "\n".join([f"### {heading}", *body])


def sections(*body: str) -> list[tuple[str, str]]:
    return [(section.heading, section.text) for section in only(parse_markdown(entry(*body), "x.md")).sections]


def test_an_entry_of_the_seed_dialect_is_read_in_full() -> None:
    assert only(parse_markdown(LABELLED, "x.md")) == Paper(
        id="2409.00001",
        title="Seed: The [First] Dialect",
        url="https://arxiv.org/abs/2409.00001",
        date="2024-09-02",
        votes=1234,
        authors=("Ada Lovelace", "김철수"),
        fields=(),
        sections=(
            Section(Kind.WHATS_NEW, "What's New", "새로운 방법입니다. It works."),
            Section(Kind.TECHNICAL_DETAILS, "Technical Details", "두 단계로 나뉩니다."),
            Section(Kind.PERFORMANCE, "Performance Highlights", "정확도 90%."),
        ),
    )


@pytest.mark.parametrize(
    "bullet",
    [
        "- **What's New**: 값",
        "- ***What's New***: 값",
        "- **What's New:** 값",
        "- ***What's New***:값",
        "- **What's New** : 값",
        "* **What's New**： 값",
        "+ ***What's New*: 값",
        "  - **What's New**: 값",
        "**What's New**: 값",
    ],
)
def test_every_way_to_write_a_heading_is_understood(bullet: str) -> None:
    assert sections(bullet) == [("What's New", "값")]


def test_a_heading_keeps_its_typographic_apostrophe_and_still_has_its_kind() -> None:
    paper = only(parse_markdown(entry("- **What’s New**: 값"), "x.md"))
    assert paper.sections == (Section(Kind.WHATS_NEW, "What’s New", "값"),)


def test_a_heading_may_hold_a_colon_or_the_line_end_may_follow_it() -> None:
    assert sections("- **Stage 1: Data**: a", "- **Technical Details**", "  b") == [
        ("Stage 1: Data", "a"),
        ("Technical Details", "b"),
    ]


def test_bold_words_within_a_sentence_are_no_heading() -> None:
    assert sections("- **구조적 다양성**은 중요합니다.", "- **A**, **B**: c") == [
        ("Summary", "**구조적 다양성**은 중요합니다.\n**A**, **B**: c")
    ]


def test_bullets_without_a_heading_become_one_summary() -> None:
    paper = only(parse_markdown(entry("- 하나.", "- 둘.", "", "- 셋."), "x.md"))
    assert paper.sections == (Section(Kind.SUMMARY, "Summary", "하나.\n둘.\n셋."),)


def test_a_paper_may_have_bare_bullets_and_headed_ones() -> None:
    assert sections("- 하나.", "- **Method**: 둘.") == [("Summary", "하나."), ("Method", "둘.")]


def test_plain_paragraphs_are_kept_as_a_summary() -> None:
    assert sections("Vote: 3", "", "A paragraph.", "Another.") == [("Summary", "A paragraph.\nAnother.")]


def test_nothing_within_a_section_is_lost() -> None:
    body = (
        "- **Technical Details**: 먼저",
        "이어지는 줄",
        "",
        "  - 안쪽 항목",
        "    * **Deep**: 더 안쪽",
        "* **Skill**: 다른 표시",
        "1. 번호",
        "- 맨 항목",
        "-optimality",
        "- **Method**: 다음",
    )
    text = "먼저\n이어지는 줄\n안쪽 항목\n**Deep**: 더 안쪽\n**Skill**: 다른 표시\n1. 번호\n맨 항목\n-optimality"
    assert sections(*body) == [("Technical Details", text), ("Method", "다음")]


def test_facts_are_read_above_the_summary_only() -> None:
    paper = only(parse_markdown(entry("- **Method**: a", "Vote: 7", "Authors: B"), "x.md"))
    assert (paper.votes, paper.authors, paper.sections[0].text) == (None, (), "a\nVote: 7\nAuthors: B")


def test_a_vote_that_is_no_number_is_no_vote() -> None:
    assert only(parse_markdown(entry("Vote: -", "- a"), "x.md")).votes is None


@pytest.mark.parametrize(
    "line",
    [
        "Authors: A. B, O'Neil",
        "Authors: ['A. B', \"O'Neil\"]",
        "Authors: ['A. B', O'Neil]",
        "Authors:\n    A. B, O'Neil",
    ],
)
def test_authors_are_read_from_a_list_or_a_literal_whole_or_broken(line: str) -> None:
    assert only(parse_markdown(entry(line, "", "- a"), "x.md")).authors == ("A. B", "O'Neil")


def test_the_arxiv_dialect_gives_fields_a_title_and_no_comments() -> None:
    text = (
        "New uploads on arXiv(cs.IR)\n\n"
        "### [Call] A  Title (v2) (https://arxiv.org/abs/2405.03651v3)\r\n"
        "Comments:\r\n          9 pages\r\n\r\n          * equal contribution\r\n\r\n"
        "- **What's New**: a\r\n\r\n- **Technical Details**: b\r\n\n\n\n"
        "New uploads on arXiv(cs.CV)\n\n### Other (https://arxiv.org/abs/cs/0112017v1)\n"
        "Comments:\nthis https URL\n\n- **What's New**: c\n"
    )
    first, second = parse_markdown(text, "2024-05-07/cs.IR.md").papers
    assert (first.id, first.title, first.date, first.fields) == (
        "2405.03651",
        "[Call] A Title (v2)",
        "2024-05-07",
        ("cs.IR",),
    )
    assert [section.text for section in first.sections] == ["a", "b"]
    assert (second.id, second.fields, second.sections[0].text) == ("cs/0112017", ("cs.CV",), "c")


def test_pictures_films_and_rules_are_left_out() -> None:
    lines = ("![](/a.svg)", "[Watch Video](https://e.org/a.mp4)", "[Watch Video]https://e.org", "<div><video></div>")
    assert sections(*lines, "- a", "---", "--") == [("Summary", "a\n--")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("['하나.', \"둘'.\"]", "하나.\n둘'."),
        ("{'가': '하나', '나': ['둘', '셋']}", "가: 하나\n나: 둘\n셋"),
        ('[{"A": "b"}, {"C": null}]', "A: b\nC:"),
        ("['끊긴", "['끊긴"),
        ("[__import__('os').getcwd()]", "[__import__('os').getcwd()]"),
        ("{What's New}글", "{What's New}글"),
        ("[1]", "[1]"),
        ("[]", "[]"),
        ("[" * 60 + "'a'" + "]" * 60, "[" * 60 + "'a'" + "]" * 60),
        ("[" + "-" * 100_000 + "1]", "[" + "-" * 100_000 + "1]"),
        ("['a\\x00b', '\\ud800']", "ab\n\ufffd"),
    ],
)
def test_a_literal_is_flattened_and_a_broken_one_stays_text(value: str, text: str) -> None:
    assert sections(f"- **Method**: {value}") == [("Method", text)]


def test_control_characters_and_windows_line_ends_go_and_tabs_stay() -> None:
    text = entry("- **Method**: a\x00b\x08c\td\x7f\x1c").replace("\n", "\r\n")
    assert only(parse_markdown("\ufeff" + text, "x.md")).sections[0].text == "abc\td"


def test_old_macintosh_line_ends_are_line_ends() -> None:
    assert len(parse_markdown(LABELLED.replace("\n", "\r"), "x.md").papers[0].sections) == 3


def test_line_separators_other_than_newline_do_not_shift_line_numbers() -> None:
    text = entry("- a\u2028b\x85c\x0b") + "\n### no link\n- x"
    parsed = parse_markdown(text, "x.md")
    assert [(skip.line, len(parsed.papers)) for skip in parsed.skipped] == [(3, 1)]


@pytest.mark.parametrize(
    ("url", "paper_id"),
    [
        ("https://arxiv.org/abs/2401.00001v2", "2401.00001"),
        ("http://www.arxiv.org/pdf/2401.00001v12.pdf", "2401.00001"),
        ("https://arxiv.org/abs/math.GT/0309136v1", "math.GT/0309136"),
        ("https://huggingface.co/papers/2401.00001", "2401.00001"),
        ("https://doi.org/10.48550/arXiv.2401.00001", "2401.00001"),
        ("https://aclanthology.org/2024.acl-long.1/", "2024.acl-long.1"),
        ("https://openreview.net/forum?id=aB3", "openreview:aB3"),
        ("https://Example.org/papers/p1", "example.org/papers/p1"),
        ("https://doi.org/10.1016/S0140-6736(20)30183-5", "10.1016/s0140-6736(20)30183-5"),
    ],
)
def test_an_id_comes_of_the_link(url: str, paper_id: str) -> None:
    for heading in (f"[T]({url})", f"T ({url})"):
        paper = only(parse_markdown(entry("- a", heading=heading), "x.md"))
        assert (paper.id, paper.title, paper.url) == (paper_id, "T", url)


def test_words_behind_the_link_stay_in_the_title() -> None:
    paper = only(parse_markdown(entry("- a", heading="1. [A](https://arxiv.org/abs/2401.00001) (ICLR)"), "x.md"))
    assert paper.title == "1. A (ICLR)"


@pytest.mark.parametrize(
    ("file", "day"),
    [
        ("archive/2024/09/02.md", "2024-09-02"),
        ("2024-05-07/cs.IR.md", "2024-05-07"),
        ("20240902.md", "2024-09-02"),
        ("2024-05-07/2024-05-08.md", "2024-05-08"),
        ("2024-13-45/cs.IR.md", None),
        ("2024-01-01/a/b/c.md", None),
        ("", None),
    ],
)
def test_the_date_comes_from_the_path_where_no_heading_gives_one(file: str, day: str | None) -> None:
    assert only(parse_markdown(entry("- a"), file)).date == day


@pytest.mark.parametrize("day", ["2024-09-02", "2024.9.2", "2024년 9월 2일"])
def test_the_heading_s_date_goes_before_the_path_s(day: str) -> None:
    assert only(parse_markdown(f"## Daily ({day})\n{entry('- a')}", "2023/01/01.md")).date == "2024-09-02"


def test_several_digests_in_one_file_keep_their_own_dates() -> None:
    text = f"## D (2024-09-02)\n{entry('- a')}\n## D (2024-09-03)\n{entry('- a')}"
    assert [paper.date for paper in parse_markdown(text, "x.md").papers] == ["2024-09-02", "2024-09-03"]


def test_a_broken_entry_is_reported_with_its_line_and_the_rest_is_read() -> None:
    text = "\n".join(
        [
            "## D (2024-09-02)",
            "### No link here",
            "- **Method**: a",
            "### [Empty](https://arxiv.org/abs/2409.00002)",
            "Vote: 1",
            entry("- **Method**: b"),
        ]
    )
    parsed = parse_markdown(text, "day.md")
    assert [paper.id for paper in parsed.papers] == ["2409.00001"]
    assert [(skip.file, skip.line) for skip in parsed.skipped] == [("day.md", 2), ("day.md", 4)]
    assert "no id" in parsed.skipped[0].reason
    assert "2409.00002 has no sections" in parsed.skipped[1].reason
    assert parsed.entries == 3


def test_a_file_of_only_broken_entries_is_reported() -> None:
    parsed = parse_markdown("### No link\n- **What's New**: a", "x.md")
    assert (len(parsed.skipped), parsed.entries) == (1, 1)


@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_an_empty_file_is_reported(text: str) -> None:
    for parsed in (parse_markdown(text, "x.md"), parse_jsonl(text, "x.jsonl")):
        assert [skip.reason for skip in parsed.skipped] == ["the file is empty"]


def test_a_digest_without_entries_is_reported() -> None:
    assert "no entry" in parse_markdown("## Daily Papers (2024-09-02)\n", "x.md").skipped[0].reason


def test_a_text_that_is_no_digest_is_neither_read_nor_reported() -> None:
    licence = "# Licence\n\n### Section 1\n\n- **a.** You may.\n- __Term__: it ends.\n"
    assert parse_markdown(licence, "LICENSE.md") == Parsed((), (), 0)


MILLION = 1_000_000
# A slow, busy machine needs one second of its own; quadratic time would need minutes.
SECONDS = 10
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
UNITS = [
    "(",
    "[",
    "*",
    "- ",
    " ",
    "](",
    "(http://",
    "(http://a()",
    "[a](http://a)",
    "{'a':",
    "-",
    "- **",
    "~\t",
    ". ",
    "가",
]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("start", ["### ", "### T (https://arxiv.org/abs/", "- ", "- **", "Authors: [", "## ", ""])
def test_a_line_of_a_million_characters_is_read_in_linear_time(start: str, unit: str) -> None:
    line = start + unit * (MILLION // len(unit)) + "x"
    text = f"{entry(line)}\n{entry('- good', heading='[G](https://arxiv.org/abs/2409.00009)')}"
    begun = time.process_time()
    parsed = parse_markdown(text, "x.md")
    assert time.process_time() - begun < SECONDS
    assert parsed.papers[-1].id == "2409.00009"


@pytest.mark.parametrize("unit", ["(\n", "- **\n", "    \n", "\t- a\n", "### \n", "Comments:\n    a\n"])
def test_very_many_lines_are_read_in_linear_time(unit: str) -> None:
    text = f"{entry('')}\n" + unit * (200_000 // len(unit)) + entry("- good")
    begun = time.process_time()
    assert parse_markdown(text, "x.md").papers[-1].sections[0].text == "good"
    assert time.process_time() - begun < SECONDS


@few
@given(st.text(max_size=300), st.sampled_from(["", "### ", "## ", "### [T](https://arxiv.org/abs/2409.00001)\n- **"]))
def test_no_text_makes_a_reader_raise(text: str, start: str) -> None:
    for parse in (parse_markdown, parse_jsonl):
        for paper in parse(start + text, "x").papers:
            assert paper.id
            assert all(section.text for section in paper.sections)
            paper.digest()


@few
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_no_json_value_makes_a_reader_raise(value: object) -> None:
    names = ("id", "title", "url", "date", "votes", "authors", "fields", "sections")
    for name in names:
        row = {"id": "a", "sections": {"b": "c"}, name: value}
        for paper in parse_jsonl(json.dumps(row), "x").papers:
            paper.digest()


def seed_dialect(paper: Paper, stars: str = "**", literal: bool = False) -> str:
    names = repr(list(paper.authors)) if literal else ", ".join(paper.authors)
    votes = [] if paper.votes is None else [f"Vote: {paper.votes}", ""]
    authors = [f"Authors: {names}", ""] if paper.authors else []
    bullets = [f"- {stars}{s.heading}{stars}: " + s.text.replace("\n", "\n  - ") for s in paper.sections]
    top = [*(f"New uploads on arXiv({field})" for field in paper.fields)]
    day = f"## Daily Papers ({paper.date})"
    return "\n".join([day, *top, f"### [{paper.title}]({paper.url})", "", *votes, *authors, *bullets])


def starred_dialect(paper: Paper) -> str:
    return seed_dialect(paper, "***", literal=True)


def jsonl_dialect(paper: Paper) -> str:
    row = paper.as_dict() | {"sections": {s.heading: s.text for s in paper.sections}}
    return json.dumps(row, ensure_ascii=False)


def listed_jsonl_dialect(paper: Paper) -> str:
    return json.dumps(paper.as_dict())


@few
@given(papers(), st.sampled_from([seed_dialect, starred_dialect]))
def test_a_paper_written_in_a_markdown_dialect_is_read_back(paper: Paper, write: Callable[[Paper], str]) -> None:
    assert only(parse_markdown(write(paper), "x.md")) == paper


@few
@given(papers(), st.sampled_from([jsonl_dialect, listed_jsonl_dialect]))
def test_a_paper_written_as_json_lines_is_read_back(paper: Paper, write: Callable[[Paper], str]) -> None:
    assert only(parse_jsonl(write(paper), "x.jsonl")) == paper


@few
@given(papers())
def test_a_paper_written_as_an_arxiv_upload_is_read_back(paper: Paper) -> None:
    bullets = [f"- **{s.heading}**: {s.text}\r\n\r" for s in paper.sections]
    heading = f"### {paper.title} ({paper.url})\nComments:\n          9 pages\n\n          * more\n"
    text = "\n".join(["New uploads on arXiv(cs.IR)", "", heading, *bullets, "", ""])
    read = only(parse_markdown(text, f"{paper.date}/cs.IR.md"))
    assert (read.title, read.date, read.sections) == (paper.title, paper.date, paper.sections)
    assert read.fields == ("cs.IR",)


@few
@given(papers())
def test_bare_bullets_are_read_back_as_a_summary(paper: Paper) -> None:
    lines = [line for section in paper.sections for line in section.text.split("\n")]
    read = only(parse_markdown(entry(*(f"- {line}" for line in lines)), "x.md"))
    assert read.sections == (Section(Kind.SUMMARY, "Summary", "\n".join(lines)),)
