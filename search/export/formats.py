"""Papers as files for other programs: BibTeX, RIS, CSV, JSON Lines and Markdown; pure.

JSON Lines and Markdown are what `nonmun index` reads.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.ids import id_of_url
from index.paper import Paper, Section
from index.sources.values import LINK, names
from search.export.citations import bibtex, ris
from search.export.json import json_text
from search.export.latex import is_balanced
from search.text import one_line, plain

COLUMNS = ("id", "title", "authors", "date", "votes", "fields", "url", "summary")

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_HEADING_MAX = 200


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write papers: its media type, the ending of its files, and the function that writes it."""

    media_type: str
    ending: str
    write: Callable[[Sequence[Paper]], str]


def csv_table(papers: Sequence[Paper]) -> str:
    """Return papers as CSV (RFC 4180) with a header, after the mark that makes Excel read Korean.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.
    """
    table = io.StringIO()
    table.write("\ufeff")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL)  # a name after ; begins no cell of its own anywhere
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in _row(paper)] for paper in papers)
    return table.getvalue()


def _row(paper: Paper) -> tuple[str | int | None, ...]:
    summary = "\n".join(f"{section.heading}: {section.text}" for section in paper.sections)
    authors, fields = ("; ".join(values) for values in (paper.authors, paper.fields))
    return paper.id, paper.title, authors, paper.date, paper.votes, fields, paper.url, summary


def _cell(value: str | int | None) -> str:
    text = "" if value is None else plain(str(value))
    return f"'{text}" if isinstance(value, str) and _FORMULA.match(text) else text


def json_lines(papers: Sequence[Paper]) -> str:
    """Return papers as JSON Lines."""
    return "".join(json_text(paper.as_dict()) + "\n" for paper in papers)


def markdown(papers: Sequence[Paper]) -> str:
    """Return papers as one digest; only line breaks, white space and rare marks in headings are not as they were."""
    return "\n".join("\n".join(entry_lines(paper)) + "\n" for paper in papers)


def entry_lines(paper: Paper) -> Iterator[str]:
    """Yield a paper's lines in a digest."""
    heading = markdown_heading(paper)
    yield heading
    yield ""
    if _id_in(heading) != paper.id:
        yield f"Id: {one_line(paper.id)}"
    if paper.date:
        yield f"Date: {paper.date}"
    if paper.votes is not None:
        yield f"Vote: {paper.votes}"
    for name, values in (("Authors", paper.authors), ("Fields", paper.fields)):
        if values:
            yield f"{name}: {_listed(values)}"
    yield ""
    for section in paper.sections:
        yield from _section(section)


def markdown_heading(paper: Paper) -> str:
    """Return the line that opens a paper's entry: its title, linked where it has an address."""
    title = one_line(paper.title)
    if LINK.fullmatch(f"({paper.url})"):
        form = f"[{title}]({paper.url})" if is_balanced(title, "[", "]") else f"{title} ({paper.url})"
        return f"### {form}"
    return f"### {re.sub('[(](?=<?https?://)', '( ', title, flags=re.IGNORECASE)}"


def _id_in(heading: str) -> str | None:
    links = LINK.findall(heading)
    return id_of_url(links[-1]) if links else None


def _listed(values: Sequence[str]) -> str:
    """Return names between commas, or as a JSON list where they would be read otherwise."""
    clean = [one_line(value) for value in values]
    joined = ", ".join(clean)
    return joined if names(joined) == tuple(clean) else json.dumps(clean, ensure_ascii=False)


def _section(section: Section) -> Iterator[str]:
    """Yield a section's lines, each a bullet: whatever a text says, it can open neither an entry nor a section."""
    heading = one_line(section.heading).replace("*", "∗")[:_HEADING_MAX].strip() or "Summary"
    first, *others = [line for line in plain(section.text).split("\n") if line.strip()] or [""]
    yield f"- **{heading}**: {first.strip()}"
    for line in others:
        yield f"    - {line.strip()}"


FORMATS: Mapping[str, Format] = {
    "bibtex": Format("application/x-bibtex", "bib", bibtex),
    "ris": Format("application/x-research-info-systems", "ris", ris),
    "csv": Format("text/csv", "csv", csv_table),
    "jsonl": Format("application/x-ndjson", "jsonl", json_lines),
    "md": Format("text/markdown", "md", markdown),
}
