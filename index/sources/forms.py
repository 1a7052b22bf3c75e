"""Which form a text has, by what it holds, and its papers; pure."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePath

from index.sources.headings import as_digest, level_of
from index.sources.json_document import is_document, parse_json
from index.sources.jsonl import parse_jsonl
from index.sources.lists import parse_lists
from index.sources.markdown import parse_markdown
from index.sources.notes import front_matter, is_note, parse_note, with_facts
from index.sources.parsed import Parsed
from index.sources.references import is_bibtex, is_ris, parse_bibtex, parse_ris
from index.sources.tables import is_table, parse_table

_JSON = re.compile(r"\[\s*[\[{\]\"]|\{")
_NO_PAPER = (
    "no paper found: a paper is an entry `### [Title](https://...)`, an item of a list or a row of a table that links "
    "to one, or a note with its title and a link to it in front"
)


def code() -> str:
    """Return the source of all that decides what a file gives."""
    return "".join(file.read_text("utf-8") for file in sorted(Path(__file__).parent.glob("*.py")))


def parse(text: str, file: str) -> Parsed:
    """Read a clean text in the form that its content shows; a text without entries says why."""
    parsed = _parse(text, file)
    return parsed if parsed.entries or parsed.skipped or parsed.why else replace(parsed, why=_NO_PAPER)


def _parse(text: str, file: str) -> Parsed:
    """Choose by content; the name decides only where there is no content to go by."""
    start, suffix = text.lstrip(), PurePath(file).suffix.lower()
    markdown = start.startswith("###") or "\n###" in start
    if suffix == ".json" or (_JSON.match(start) and not start.startswith("[[")):
        if is_document(start) or suffix == ".json":
            return parse_json(text, file)
        return parse_jsonl(text, file)
    if suffix in (".jsonl", ".ndjson") and not markdown:
        return parse_jsonl(text, file)
    if is_bibtex(start, suffix):
        return parse_bibtex(text, file)
    if is_ris(start, suffix):
        return parse_ris(text, file)
    if is_table(start, suffix):
        return parse_table(text, file)
    return _parse_markdown(text, file)


def _parse_markdown(text: str, file: str) -> Parsed:
    """Read Markdown as a note on one paper, a digest, or lists and tables, whichever its front and headings show."""
    front, first = front_matter(text)
    lines = text.split("\n")
    if front and is_note(front, []):
        return parse_note(front, lines[first:], file, first)
    digest = replace(parse_markdown(text, file), form="Markdown digest")
    if digest.papers and not _has_details(text):
        return digest
    level, count = level_of(lines)
    if level and not (level == count == 1 and is_note(front, lines[first:])):
        entries = replace(parse_markdown("\n".join(as_digest(lines, level)), file), form="Markdown digest")
        listed = parse_lists(text, file)
        if len(entries.papers) * 2 >= len(listed.papers):
            return entries if len(entries.papers) >= len(digest.papers) else digest
        return listed
    if digest.papers or digest.entries > len(digest.skipped):
        return digest
    return _parse_other(text, file, digest)


def _has_details(text: str) -> bool:
    return "<details" in text


def _parse_other(text: str, file: str, digest: Parsed) -> Parsed:
    front, first = front_matter(text)
    lines = with_facts(text.split("\n")[first:])
    listed = parse_lists(text, file)
    above = lines[: next((n for n, line in enumerate(lines) if line.startswith("## ")), len(lines))]
    if is_note(front, above) or (is_note(front, lines) and listed.entries < _LISTED):
        return parse_note(front, lines, file, first)
    return listed if listed.entries else digest


_LISTED = 8
"""From how many linked papers on a text with a title is taken for a list rather than for a note that cites them."""
