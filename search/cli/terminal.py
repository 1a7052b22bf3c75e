"""Answers, papers and counts as text for people: wrapped by display width, marked, no control characters; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from index.paper import Paper, PaperHead, Span
from search.answers import AlsoSearched, Answer, Highlight, ReadAs, Result, SectionMatch, Suggestion
from search.export.json import explanation
from search.text import one_line, plain

SEMANTIC = "1"  # bold
TERM = "4"  # underlined
_TITLE = "1;36"
_FAINT = "2"

_MARKS = (("semantic", SEMANTIC), ("term", TERM))
_INDENT = "   "
_QUOTE = "> "
_AUTHORS_SHOWN = 3
_ADDITIONS_SHOWN = 8
_DOUBT = "doubtful: the summary seems to be that of another paper"
_LINES_PER_SENTENCE = 6
_NARROWEST = 20

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Screen:
    """How many columns a line may take, and whether it may carry colour."""

    width: int = 80
    color: bool = False

    def paint(self, text: str, codes: str) -> str:
        """Return the text in a rendition such as "1" for bold, or as it is where there is no colour."""
        return f"\x1b[{codes}m{text}\x1b[0m" if self.color and codes else text


def columns(text: str) -> int:
    """Return how many columns a line takes: Hangul and other wide characters two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"} or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, span: Span, width: int) -> list[Span]:
    """Return the lines of a part of a text, none wider than `width`, without the white space between them."""
    lines: list[Span] = []
    for piece in _pieces(text, span, width):
        if lines and _fits(text, Span(lines[-1].start, piece.end), lines[-1].end, width):
            lines[-1] = Span(lines[-1].start, piece.end)
        else:
            lines.append(piece)
    return lines


def _fits(text: str, line: Span, joint: int, width: int) -> bool:
    return "\n" not in text[joint : line.end] and columns(text[line.start : line.end]) <= width


def _pieces(text: str, span: Span, width: int) -> Iterator[Span]:
    """Yield the words, those wider than a line in parts."""
    for word in _WORD.finditer(text, span.start, span.end):
        start, taken = word.start(), 0
        for position in range(word.start(), word.end()):
            wide = columns(text[position])
            if taken + wide > width and position > start:
                yield Span(start, position)
                start, taken = position, 0
            taken += wide
        yield Span(start, word.end())


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines that are safe to print."""
    shown = plain(text)
    return [shown[line.start : line.end] for line in wrap(shown, Span(0, len(shown)), width)]


def answer_lines(answer: Answer, offset: int, screen: Screen, explain: bool = False) -> list[str]:
    """Return an answer's results, numbered from `offset` + 1, as lines, after what is to be known of them all."""
    blocks = [result_lines(result, offset + n, screen, explain) for n, result in enumerate(answer.results, 1)]
    notes = note_lines(answer, screen)
    return [line for block in [notes, *blocks] if block for line in ["", *block]][1:]


def note_lines(answer: Answer, screen: Screen) -> list[str]:
    """Return whether an answer is to be trusted, and what was searched beside the query, as lines."""
    read = read_line(answer.read_as)
    notes = [read] if read else []
    if not answer.results:
        return [*notes, "no paper matches"]
    if not answer.confident:
        notes.append("not confident: the archive may hold nothing on this")
        notes += [f"try: {'; '.join(map(suggestion_text, answer.suggestions))}"] if answer.suggestions else []
    if answer.also_searched:
        notes.append(f"also searched: {additions(answer.also_searched)}")
    return [screen.paint(line, _FAINT) for note in notes for line in wrapped(one_line(note), _room(screen, 0))]


def read_line(readings: Sequence[ReadAs]) -> str:
    """Return what of a query was read as more than its topic, on one line, or nothing."""
    said = [f"{one.kind} {_in_words(one)}" for one in readings if one.kind not in ("words", "phrase")]
    return f"read as: {' · '.join(said)}" if said else ""


def suggestion_text(one: Suggestion) -> str:
    """Return what may help, in words."""
    match one.kind:
        case "spelling":
            return f"{one.value} for {one.term}"
        case "author":
            return f"author:{one.value}"
        case "language":
            return f"{one.term} in {'English' if one.value == 'en' else 'Korean'}"


def _in_words(reading: ReadAs) -> str:
    if reading.kind != "days":
        return reading.value
    first, last = reading.value.split("/")
    if ".." in (first, last):
        return f"until {last}" if first == ".." else f"from {first}"
    return first if first == last else f"{first} to {last}"


def additions(added: Sequence[AlsoSearched]) -> str:
    """Return the weightiest of what the glossary added to a query, each with what it was added for."""
    terms: dict[str, list[str]] = {}
    for one in added:
        terms.setdefault(one.other, []).append(one.term)
    shown = ", ".join(f"{other} ({', '.join(found)})" for other, found in list(terms.items())[:_ADDITIONS_SHOWN])
    return shown if len(terms) <= _ADDITIONS_SHOWN else f"{shown} and {len(terms) - _ADDITIONS_SHOWN} more"


def result_lines(result: Result, number: int, screen: Screen, explain: bool = False) -> list[str]:
    """Return one result as lines: title, facts, URL, and the sentences of its best section that match."""
    paper, label = result.paper, f"{number}. "
    title = [screen.paint(line, _TITLE) for line in wrapped(one_line(paper.title), _room(screen, len(label)))]
    room = _room(screen, len(_INDENT))
    about = [screen.paint(line, _FAINT) for line in wrapped(facts(paper), room)]
    why = wrapped(explanation(result), room) if explain else []
    doubt = wrapped(_DOUBT, room) if result.doubtful else []
    best = [line for match in result.sections[:1] for line in match_lines(match, screen)]
    return [
        label + "".join(title[:1]),
        *(" " * len(label) + line for line in title[1:]),
        *(_INDENT + line for line in [*about, one_line(paper.url), *doubt, *why]),
        *best,
    ]


def facts(paper: PaperHead) -> str:
    """Return a paper's id, date, votes and first authors on one line."""
    authors = shortened(paper.authors)
    return one_line(" · ".join(part for part in (paper.id, paper.date, votes(paper.votes), authors) if part))


def votes(number: int | None) -> str:
    """Return a number of votes in words, or nothing where none is known."""
    return "" if number is None else "1 vote" if number == 1 else f"{number:,} votes"


def shortened(authors: Sequence[str]) -> str:
    """Return the first authors' names, and how many more there are where that is more than one."""
    if len(authors) <= _AUTHORS_SHOWN + 1:
        return ", ".join(authors)
    return f"{', '.join(authors[:_AUTHORS_SHOWN])} and {len(authors) - _AUTHORS_SHOWN} more"


def match_lines(match: SectionMatch, screen: Screen) -> list[str]:
    """Return a section's heading and matching sentences; where there is no colour, each line is a quotation."""
    from search.ranking.highlights import matching_sentences

    lead = _INDENT if screen.color else _QUOTE
    text = plain(match.text)
    quoted = [
        lead + line
        for sentence in matching_sentences(match)
        for line in _sentence_lines(text, sentence, match.highlights, screen, _room(screen, len(lead)))
    ]
    return [_INDENT + screen.paint(one_line(match.heading), _FAINT), *quoted]


def _sentence_lines(
    text: str, sentence: Span, highlights: Sequence[Highlight], screen: Screen, room: int
) -> Iterator[str]:
    lines = wrap(text, sentence, room)
    yield from (marked(text, line, highlights, screen) for line in lines[:_LINES_PER_SENTENCE])
    if len(lines) > _LINES_PER_SENTENCE:
        yield "…"


def marked(text: str, line: Span, highlights: Sequence[Highlight], screen: Screen) -> str:
    """Return one line of a text, its matching sentences bold and its terms underlined."""
    within = [h for h in highlights if h.start < line.end and h.end > line.start]

    def codes(position: int) -> str:
        kinds = {h.kind for h in within if h.start <= position < h.end}
        return ";".join(code for kind, code in _MARKS if kind in kinds)

    runs = ((style, "".join(text[i] for i in run)) for style, run in groupby(range(line.start, line.end), key=codes))
    return "".join(screen.paint(part, style) for style, part in runs)


def paper_lines(paper: Paper, screen: Screen) -> list[str]:
    """Return a whole paper as lines."""
    room = _room(screen, 0)
    title = [screen.paint(line, _TITLE) for line in wrapped(one_line(paper.title), room)]
    first = " · ".join(part for part in (paper.id, paper.date, votes(paper.votes), *paper.fields) if part)
    about = [line for text in (first, ", ".join(paper.authors)) for line in wrapped(one_line(text), room)]
    sections = [
        line
        for section in paper.sections
        for line in ["", screen.paint(one_line(section.heading), SEMANTIC), *wrapped(section.text, room)]
    ]
    return [*title, *about, one_line(paper.url), *sections]


def stats_lines(stats: Mapping[str, Any]) -> list[str]:
    """Return what a store holds as lines; `stats` are the fields of `search.engine.Stats`."""
    encoder = stats["encoder"]
    dates = f"{stats['first_date']} to {stats['last_date']}" if stats["first_date"] else "unknown"
    rows = {
        "papers": f"{stats['papers']:,}",
        "sections": f"{stats['sections']:,}",
        "sentences": f"{stats['sentences']:,}",
        "dates": dates,
        "doubtful": f"{stats['doubtful']:,} summaries seem to be those of another paper",
        "size": f"{stats['bytes'] / 1e6:,.1f} MB",
        "index": stats["index"],
        "generation": stats["generation"],
        "created": stats["created"],
        "encoder": f"{encoder['model']} ({encoder['runtime']}, {encoder['dimensions']} dimensions)",
    }
    return [f"{name:<12}{one_line(str(value))}" for name, value in rows.items()]


def glossary_lines(glossary: Mapping[str, Any]) -> list[str]:
    """Return entries of a glossary as lines; `glossary` are the fields of `search.browse.glossary_list.Glossary`."""
    total, entries = glossary["total"], glossary["entries"]
    if not entries:
        return ["no entry matches"]
    sides = [(one_line(entry["phrase"]), one_line(entry["other"])) for entry in entries]
    widths = [max(map(columns, side)) for side in zip(*sides, strict=True)]
    lines = [
        "  ".join(text + " " * (width - columns(text)) for text, width in zip(pair, widths, strict=True))
        + f"  {entry['weight']:.2f}  {entry['together']:,}"
        for pair, entry in zip(sides, entries, strict=True)
    ]
    return lines if len(entries) == total else [*lines, f"{len(entries):,} of {total:,} entries; -n shows more"]


def _room(screen: Screen, indent: int) -> int:
    return max(screen.width, _NARROWEST) - indent
