"""JSON Lines -> papers, one paper a line: the neutral way in; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from index.paper import Paper, Section, kind_of
from index.sources.parsed import SUMMARY_HEADING, Parsed, Skipped
from index.sources.values import (
    VOTES_LIMIT,
    canonical_id,
    clean_text,
    id_of_url,
    iso_date,
    names,
    path_date,
    readable,
    unique,
)

_FORM = '{"id": ..., "title": ..., "sections": {heading: text}}'


class _RowError(Exception):
    """A row cannot become a paper; the message says why and what to write."""


def parse_jsonl(text: str, file: str) -> Parsed:
    """Read one paper a line; a line that cannot be read is skipped with its number and the rest is still read."""
    text = clean_text(text)
    if not text.strip():
        return Parsed((), (Skipped(file, 0, "the file is empty"),), 0)
    papers: list[Paper] = []
    skipped: list[Skipped] = []
    date = path_date(file)
    rows = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in rows:
        notes: list[str] = []
        try:
            papers.append(_paper(_row(line), date, notes))
        except _RowError as error:
            notes.append(str(error))
        skipped += [Skipped(file, number, note) for note in notes]
    return Parsed(tuple(papers), tuple(skipped), len(rows))


def _row(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise _RowError(f"not JSON: {error.msg} at column {error.colno}; write {_FORM} in one line") from None
    except (ValueError, RecursionError, MemoryError):
        raise _RowError("not JSON that can be read: nested too deep, or a number is too long") from None
    if not isinstance(row, dict):
        raise _RowError(f"not a JSON object; write {_FORM} in one line")
    return row


def _paper(row: dict[str, object], date: str | None, notes: list[str]) -> Paper:
    url = _text(row.get("url"))
    paper_id = canonical_id(_text(row.get("id"))) or (id_of_url(url) if url else None)
    if not paper_id:
        raise _RowError('row has no id; give it an "id" or a "url"')
    sections = tuple(_sections(row.get("sections")))
    if not sections:
        raise _RowError(f'row {paper_id} has no sections; give it "sections": {{heading: text}}')
    return Paper(
        id=paper_id,
        title=" ".join(_text(row.get("title")).split()) or paper_id,
        url=url,
        date=_date(row.get("date"), notes) or date,
        votes=_votes(row.get("votes"), notes),
        authors=_texts(row.get("authors")),
        fields=_texts(row.get("fields")),
        sections=sections,
    )


def _text(value: object) -> str:
    """Return a text or a whole number as one clean line, anything else as empty."""
    known = isinstance(value, str | int) and not isinstance(value, bool)
    return clean_text(str(value)).replace("\n", " ").strip() if known else ""


def _texts(value: object) -> tuple[str, ...]:
    return unique(map(_text, value)) if isinstance(value, list) else names(_text(value))


def _date(value: object, notes: list[str]) -> str | None:
    day = iso_date(_text(value))
    if not day and value not in (None, ""):
        notes.append(f"date {str(value)[:40]!r} is left out, the paper is kept; write YYYY-MM-DD")
    return day


def _votes(value: object, notes: list[str]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < VOTES_LIMIT:
        return value
    if value is not None:
        notes.append(f"votes {str(value)[:40]!r} are left out, the paper is kept; write a whole number")
    return None


def _sections(value: object) -> Iterator[Section]:
    for heading, text in _headed_texts(value):
        if body := readable(text):
            yield Section(kind_of(heading), heading, body)


def _headed_texts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for heading, text in value.items():
            yield _text(heading) or SUMMARY_HEADING, text
    elif isinstance(value, list):
        for part in value:
            named = part if isinstance(part, Mapping) else {"text": part}
            yield _text(named.get("heading")) or SUMMARY_HEADING, named.get("text")
    else:
        yield SUMMARY_HEADING, value
