"""Papers, kinds and sentences."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.paper import Kind, Paper, Section, kind_of, split_sentences


def sentences(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("What's New", Kind.WHATS_NEW),
        ("What’s new", Kind.WHATS_NEW),
        ("1. Whats New 2", Kind.WHATS_NEW),
        ("Core Contribution", Kind.WHATS_NEW),
        ("신규성(What's New)", Kind.WHATS_NEW),
        ("Technical Details - Related Work", Kind.TECHNICAL_DETAILS),
        ("Technical Challenges", Kind.TECHNICAL_DETAILS),
        ("기술적 세부 사항", Kind.TECHNICAL_DETAILS),
        ("Performance Highlights", Kind.PERFORMANCE),
        ("Empirical Impact", Kind.PERFORMANCE),
        ("성능 하이라이트", Kind.PERFORMANCE),
        ("Summary", Kind.SUMMARY),
        ("TL;DR", Kind.SUMMARY),
        ("요약", Kind.SUMMARY),
        ("Prior Approaches", Kind.OTHER),
        ("Limitations", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_a_heading_names_its_kind_by_its_letters(heading: str, kind: Kind) -> None:
    assert kind_of(heading) is kind


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("하나입니다. 둘입니다! 셋?", ["하나입니다.", "둘입니다!", "셋?"]),
        ("GPT-4.5 is 3.2 better. Yes.", ["GPT-4.5 is 3.2 better.", "Yes."]),
        (
            "We follow Kim et al. 2024 and Fig. 3. Then J. Doe, e.g. A.",
            ["We follow Kim et al. 2024 and Fig. 3.", "Then J. Doe, e.g. A."],
        ),
        ('He said "no." Then left.', ['He said "no."', "Then left."]),
        ("다음과 같습니다:\n1. 첫째 단계.\n2. 둘째 단계.", ["다음과 같습니다:", "1. 첫째 단계.", "2. 둘째 단계."]),
        ("approx. five. lower case stays", ["approx. five. lower case stays"]),
        ("  \n \n ", []),
        ("", []),
    ],
)
def test_sentences_end_where_readers_would_end_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@settings(deadline=None)
@given(st.text(alphabet='aA가. !?\n\t)"1e.g'))
def test_sentences_cover_a_text_in_order_and_leave_out_white_space_only(text: str) -> None:
    spans = split_sentences(text)
    bounds = [0, *(edge for span in spans for edge in (span.start, span.end)), len(text)]
    assert bounds == sorted(bounds)
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
    assert all(part == part.strip() != "" for part in sentences(text))


@pytest.mark.parametrize("unit", ["A. ", "e.g. X ", ". ", ".  \t", "1. ", "a", "\n", " ", '."'])
def test_a_long_text_is_split_in_linear_time(unit: str) -> None:
    begun = time.process_time()
    split_sentences(unit * (200_000 // len(unit)))
    assert time.process_time() - begun < 10


def test_a_digest_follows_everything_that_a_paper_says() -> None:
    paper = Paper("p", "t", "u", None, 1, (), (), (Section(Kind.OTHER, "h", "x"),))
    other = Paper("p", "t", "u", None, 1, (), (), (Section(Kind.OTHER, "h", "y"),))
    assert paper.digest() == Paper("p", "t", "u", None, 1, (), (), paper.sections).digest() != other.digest()
