from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.paper import Kind, Paper, Section, Span, split_sentences
from search.answers import AlsoSearched, Answer, Highlight, Result, SectionMatch
from search.cli.progress import duration, progress_line
from search.cli.terminal import (
    SEMANTIC,
    TERM,
    Screen,
    answer_lines,
    columns,
    facts,
    glossary_lines,
    marked,
    paper_lines,
    shortened,
    stats_lines,
    votes,
    wrap,
    wrapped,
)
from search.ranking.highlights import matching_sentences
from search.text import one_line, plain

ESCAPES = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\ud800\x00"
SGR = re.compile(r"\x1b\[[0-9;]*m")
TEXT = "첫 문장은 비교입니다. LoRA trains low-rank matrices. 마지막 문장은 결과입니다."


def highlight_of(text: str, part: str, kind: str, weight: float = 1.0) -> Highlight:
    start = text.index(part)
    return Highlight(start, start + len(part), weight, "semantic" if kind == "semantic" else "term")


def match_of(text: str, *highlights: Highlight) -> SectionMatch:
    return SectionMatch(Kind.WHATS_NEW, "What's New", text, 1.0, highlights)


def paper_of(title: str = "A title", **values: object) -> Paper:
    paper: dict[str, object] = {
        "id": "2401.00001",
        "title": title,
        "url": "https://arxiv.org/abs/2401.00001",
        "date": "2024-01-02",
        "votes": 12,
        "authors": ("Ann One", "Bo Two"),
        "fields": ("cs.CL",),
        "sections": (Section(Kind.SUMMARY, "요약", "한 문장입니다.\n두 번째 줄입니다."),),
    }
    return Paper(**{**paper, **values})  # type: ignore[arg-type]


def answer_of(*results: Result) -> Answer:
    return Answer("q", results, "generation", 1.0)


def result_of(paper: Paper, *matches: SectionMatch) -> Result:
    return Result(paper, 1.0, {"dense": 1.0}, matches)


@given(st.text())
def test_plain_text_has_the_same_length_and_no_control_character(text: str) -> None:
    shown = plain(text)
    assert len(shown) == len(text)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c != "\n"]


def test_one_line_is_one_line_that_no_terminal_obeys() -> None:
    assert one_line(f"a\tb\r\nc{ESCAPES}") == "a b c\ufffd]0;owned\ufffd\ufffd[2J\ufffd31m\ufffd\ufffd\ufffd"


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("논문", 4), ("e\u0301", 1), ("日本", 4), ("ｆ", 2), ("é", 1), ("\u1100\u1161", 2), ("", 0)],
)
def test_wide_characters_take_two_columns_and_combining_marks_none(text: str, width: int) -> None:
    assert columns(text) == width


def test_hangul_is_wrapped_by_columns_not_by_characters() -> None:
    assert wrapped("대형 언어 모델을 미세 조정", 10) == ["대형 언어", "모델을", "미세 조정"]


def test_a_line_break_in_the_text_stays_one() -> None:
    assert wrapped("one\ntwo three\n\nfour", 40) == ["one", "two three", "four"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert wrapped("see https://example.org/a", 8) == ["see", "https://", "example.", "org/a"]
    assert wrapped("가나다라마", 5) == ["가나", "다라", "마"]


@given(st.text(alphabet="ab 가나\n\u0301日é", max_size=60), st.integers(2, 20))
def test_wrapping_keeps_every_word_in_order_and_every_line_within_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(columns(line) <= width and line == line.strip() for line in lines)


def test_a_part_of_a_text_is_wrapped_in_the_offsets_of_the_whole() -> None:
    assert wrap("skip this, wrap that", Span(11, 20), 5) == [Span(11, 15), Span(16, 20)]


def test_sentences_and_terms_are_marked_in_two_ways_that_combine() -> None:
    text = "one two three"
    marks = [highlight_of(text, "two three", "semantic"), highlight_of(text, "two", "term")]
    both = f"\x1b[{SEMANTIC};{TERM}mtwo\x1b[0m"
    line = marked(text, Span(0, len(text)), marks, Screen(color=True))
    assert line == f"one {both}\x1b[{SEMANTIC}m three\x1b[0m"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20), st.sampled_from(["semantic", "term"]))))
def test_marking_changes_nothing_but_the_rendition(marks: list[tuple[int, int, str]]) -> None:
    highlights = [Highlight(s, s + n, 1.0, "semantic" if kind == "semantic" else "term") for s, n, kind in marks]
    line = Span(3, 40)
    assert SGR.sub("", marked(TEXT, line, highlights, Screen(color=True))) == TEXT[3:40]
    assert marked(TEXT, line, highlights, Screen()) == TEXT[3:40]


def test_the_sentences_shown_are_the_best_three_in_reading_order() -> None:
    text = "A one. B two. C three. D four. E five."
    weights = {"A one.": 0.4, "B two.": 0.9, "D four.": 1.0, "E five.": 0.5}
    match = match_of(text, *(highlight_of(text, part, "semantic", weight) for part, weight in weights.items()))
    assert [text[s.start : s.end] for s in matching_sentences(match)] == ["B two.", "D four.", "E five."]


def test_a_sentence_with_only_a_term_is_shown_after_the_semantic_ones() -> None:
    match = match_of(TEXT, highlight_of(TEXT, "LoRA", "term"))
    assert [TEXT[s.start : s.end] for s in matching_sentences(match)] == ["LoRA trains low-rank matrices."]


def test_the_first_sentence_stands_in_where_nothing_is_marked() -> None:
    assert matching_sentences(match_of(TEXT)) == [split_sentences(TEXT)[0]]


def test_without_colour_the_best_sentences_are_quoted() -> None:
    match = match_of(TEXT, highlight_of(TEXT, "LoRA trains low-rank matrices.", "semantic"))
    lines = answer_lines(answer_of(result_of(paper_of(), match)), 0, Screen(30))
    assert lines == [
        "1. A title",
        "   2401.00001 · 2024-01-02 ·",
        "   12 votes · Ann One, Bo Two",
        "   https://arxiv.org/abs/2401.00001",
        "   What's New",
        "> LoRA trains low-rank",
        "> matrices.",
    ]


def test_with_colour_the_best_sentences_are_bold_and_not_quoted() -> None:
    match = match_of(TEXT, highlight_of(TEXT, "LoRA trains low-rank matrices.", "semantic"))
    lines = answer_lines(answer_of(result_of(paper_of(), match)), 0, Screen(60, color=True))
    assert lines[-1] == f"   \x1b[{SEMANTIC}mLoRA trains low-rank matrices.\x1b[0m"


def test_a_sentence_without_end_is_cut_short() -> None:
    text = "word " * 200
    lines = answer_lines(answer_of(result_of(paper_of(), match_of(text))), 0, Screen(40))
    quoted = [line for line in lines if line.startswith("> ")]
    assert len(quoted) == 7
    assert quoted[-1] == "> …"


def test_results_are_numbered_on_from_the_offset() -> None:
    answer = answer_of(result_of(paper_of("One")), result_of(paper_of("Two")))
    assert [line for line in answer_lines(answer, 9, Screen()) if re.match(r"\d+\. ", line)] == ["10. One", "11. Two"]


def test_an_answer_without_results_says_so() -> None:
    assert answer_lines(answer_of(), 0, Screen()) == ["no paper matches"]


def test_what_was_searched_beside_a_query_stands_before_the_results() -> None:
    added = (
        AlsoSearched("확산", "diffusion", 1.0),
        AlsoSearched("모델", "model\n", 0.4),
        AlsoSearched("퍼짐", "diffusion", 0.2),
    )
    answer = Answer("q", (result_of(paper_of()),), "generation", 1.0, also_searched=added)
    assert answer_lines(answer, 0, Screen())[:3] == [
        "also searched: diffusion (확산, 퍼짐), model (모델)",
        "",
        "1. A title",
    ]


def test_only_the_weightiest_additions_are_listed_within_the_width() -> None:
    added = tuple(AlsoSearched("말", f"word{n}", 0.5) for n in range(10))
    lines = answer_lines(Answer("q", (result_of(paper_of()),), "g", 1.0, also_searched=added), 0, Screen(40))
    notes = lines[: lines.index("")]
    assert max(map(columns, notes)) <= 40
    assert " ".join(notes).endswith("word7 (말) and 2 more")


def test_an_answer_that_is_not_to_be_trusted_says_so_first() -> None:
    lines = answer_lines(Answer("q", (result_of(paper_of()),), "g", 1.0, confident=False), 0, Screen())
    assert lines[:2] == ["not confident: the archive may hold nothing on this", ""]
    assert answer_lines(Answer("q", (), "g", 1.0, confident=False), 0, Screen()) == ["no paper matches"]


def test_a_score_is_explained_only_where_that_is_asked_for() -> None:
    answer = answer_of(Result(paper_of(), 0.5, {"terms": 0.3, "title": 0.2}, ()))
    assert "   terms 0.300 + title 0.200 = 0.500" in answer_lines(answer, 0, Screen(), explain=True)
    assert not [line for line in answer_lines(answer, 0, Screen()) if "0.500" in line]


def test_a_summary_that_may_be_of_another_paper_is_marked() -> None:
    lines = [answer_lines(answer_of(Result(paper_of(), 1.0, {}, (), doubtful=d)), 0, Screen()) for d in (True, False)]
    assert [[line for line in one if "another paper" in line] for one in lines] == [
        ["   doubtful: the summary seems to be that of another paper"],
        [],
    ]


def test_a_glossary_is_aligned_by_columns() -> None:
    entries = [
        {"phrase": "대조 학습", "other": "contrastive learning", "weight": 1.0, "together": 1200},
        {"phrase": "ViT", "other": "비전", "weight": 0.355, "together": 4},
    ]
    lines = glossary_lines({"total": 2, "entries": entries})
    assert lines == [
        "대조 학습  contrastive learning  1.00  1,200",
        "ViT        비전                  0.35  4",
    ]
    more = glossary_lines({"total": 1200, "entries": entries})
    assert more == [*lines, "2 of 1,200 entries; -n shows more"]
    assert glossary_lines({"total": 0, "entries": []}) == ["no entry matches"]


@pytest.mark.parametrize("color", [False, True])
def test_no_part_of_a_paper_becomes_a_terminal_escape(color: bool) -> None:
    text = f"문장{ESCAPES} 하나."
    paper = paper_of(
        f"title{ESCAPES}",
        id=f"id{ESCAPES}",
        url=f"https://x.org/{ESCAPES}",
        date=f"2024{ESCAPES}",
        authors=(f"name{ESCAPES}",),
        fields=(f"cs{ESCAPES}",),
        sections=(Section(Kind.OTHER, f"heading{ESCAPES}", text),),
    )
    match = SectionMatch(Kind.OTHER, f"heading{ESCAPES}", text, 1.0, (Highlight(0, len(text), 1.0, "semantic"),))
    screen = Screen(60, color)
    lines = [*answer_lines(answer_of(result_of(paper, match)), 0, screen), *paper_lines(paper, screen)]
    assert "owned" in "".join(lines)
    bare = SGR.sub("", "\n".join(lines)) if color else "\n".join(lines)
    assert not [c for c in bare if unicodedata.category(c) in {"Cc", "Cs"} and c != "\n"]
    assert "\u202e" not in bare


def test_a_paper_is_shown_whole() -> None:
    assert paper_lines(paper_of(), Screen()) == [
        "A title",
        "2401.00001 · 2024-01-02 · 12 votes · cs.CL",
        "Ann One, Bo Two",
        "https://arxiv.org/abs/2401.00001",
        "",
        "요약",
        "한 문장입니다.",
        "두 번째 줄입니다.",
    ]


def test_what_a_source_does_not_name_is_left_out() -> None:
    assert facts(paper_of(date=None, votes=None, authors=())) == "2401.00001"


@pytest.mark.parametrize(("number", "words"), [(None, ""), (0, "0 votes"), (1, "1 vote"), (1234, "1,234 votes")])
def test_votes_are_counted_in_words(number: int | None, words: str) -> None:
    assert votes(number) == words


@pytest.mark.parametrize(
    ("names", "text"),
    [("", ""), ("AB", "A, B"), ("ABCD", "A, B, C, D"), ("ABCDE", "A, B, C and 2 more")],
)
def test_a_long_list_of_authors_is_shortened(names: str, text: str) -> None:
    assert shortened(tuple(names)) == text


def test_counts_are_shown_with_their_names() -> None:
    stats = {
        "generation": "g1",
        "created": "2024-01-01T00:00:00+00:00",
        "papers": 1234,
        "sections": 2,
        "sentences": 3,
        "first_date": None,
        "last_date": None,
        "doubtful": 5,
        "bytes": 1_500_000,
        "index": "every vector compared, in half precision",
        "encoder": {"model": "e5", "runtime": "onnx-int8", "dimensions": 384},
    }
    lines = stats_lines(stats)
    assert lines[0] == "papers      1,234"
    assert "dates       unknown" in lines
    assert "doubtful    5 summaries seem to be those of another paper" in lines
    assert "size        1.5 MB" in lines
    assert "index       every vector compared, in half precision" in lines
    assert lines[-1] == "encoder     e5 (onnx-int8, 384 dimensions)"


@pytest.mark.parametrize(
    ("done", "seconds", "line"),
    [
        (0, 0.0, "encode: 0 of 1,000"),
        (0, 9.0, "encode: 0 of 1,000"),
        (250, 5.0, "encode: 250 of 1,000, 50.0/s, 0:15 left"),
        (10, 60.0, "encode: 10 of 1,000, 0.2/s, 1:39:00 left"),
        (1000, 5.0, "encode: 1,000 of 1,000"),
    ],
)
def test_progress_gives_the_rate_and_the_time_left_once_they_are_known(done: int, seconds: float, line: str) -> None:
    assert progress_line("encode", done, 1000, seconds) == line


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3600, "1:00:00"), (86399, "23:59:59")]
)
def test_a_duration_is_written_like_a_clock(seconds: float, text: str) -> None:
    assert duration(seconds) == text
