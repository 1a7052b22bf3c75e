"""Answers as HTML, for notebooks, feeds and digests: every text escaped, the highlights as marks; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Any

from index.paper import PaperHead
from search.answers import Answer, Highlight, Result, SectionMatch

_SHADE = "background-color:rgba(255,196,0,{:.2f});color:inherit"
_CELL = "text-align:left;vertical-align:top"
_AUTHORS_SHOWN = 3


def answer_html(answer: Answer) -> str:
    """Return an answer as a table, after what is to be known of it."""
    rows = "".join(_row(number, result) for number, result in enumerate(answer.results, 1))
    notes = "".join(f"<p><em>{text(note)}</em></p>" for note in answer_notes(answer))
    head = "".join(f'<th style="{_CELL}">{name}</th>' for name in ("", "paper", "date", "why"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
    return f"<div>{notes}{table}</div>"


def answer_notes(answer: Answer) -> Iterator[str]:
    """Yield what a reader should know of an answer as a whole, one line each."""
    yield from answer.warnings
    if answer.degraded:
        yield "words alone were compared: the encoder was not at hand"
    if not answer.results:
        yield "no paper matches"
    elif not answer.confident:
        yield "not confident: the archive may hold nothing on this"


def _row(number: int, result: Result) -> str:
    paper = result.paper
    title = f"{paper_link(paper)}<br><small>{text(' · '.join(paper_facts(paper)))}</small>"
    doubt = "<br><small>doubtful: the summary seems to be that of another paper</small>" if result.doubtful else ""
    why = match_html(result.sections[0]) if result.sections else ""
    cells = (str(number), title + doubt, text(paper.date or ""), why)
    return "<tr>" + "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells) + "</tr>"


def paper_link(paper: PaperHead) -> str:
    """Return a paper's title, as a link where its address is one of the web."""
    title = text(paper.title)
    if not paper.url.lower().startswith(("https://", "http://")):
        return title
    return f'<a href="{text(paper.url)}" rel="noopener noreferrer">{title}</a>'


def paper_facts(paper: PaperHead) -> Iterator[str]:
    """Yield a paper's id, first authors, votes and fields, where it has them."""
    more = len(paper.authors) - _AUTHORS_SHOWN
    yield paper.id
    if paper.authors:
        yield ", ".join(paper.authors[:_AUTHORS_SHOWN]) + (f" and {more} more" if more > 0 else "")
    if paper.votes is not None:
        yield f"{paper.votes:,} vote{'' if paper.votes == 1 else 's'}"
    yield from paper.fields


def match_html(match: SectionMatch) -> str:
    """Return a section with its heading: matching sentences shaded by weight, terms underlined."""
    return f"<strong>{text(match.heading)}</strong><br>{marked(match.text, match.highlights)}"


def marked(content: str, highlights: Sequence[Highlight]) -> str:
    """Return a text with its highlights as <mark> and <u>, which may overlap."""

    def strengths(position: int) -> tuple[float, bool]:
        within = [h for h in highlights if h.start <= position < h.end]
        shade = max((h.weight for h in within if h.kind == "semantic"), default=0.0)
        return shade, any(h.kind == "term" for h in within)

    runs = groupby(range(len(content)), key=strengths)
    return "".join(_run("".join(content[i] for i in run), *strength) for strength, run in runs)


def _run(content: str, shade: float, is_term: bool) -> str:
    shown = text(content).replace("\n", "<br>")
    shown = f"<u>{shown}</u>" if is_term else shown
    return f'<mark style="{_SHADE.format(0.15 + 0.45 * shade)}">{shown}</mark>' if shade else shown


def text(content: str) -> str:
    """Return a text that a page shows as it is."""
    return escape(content)


def load_ipython_extension(shell: Any) -> None:
    """Show answers as tables in a notebook, after `%load_ext search.export.markup`."""
    shell.display_formatter.formatters["text/html"].for_type(Answer, answer_html)
