"""One paper a file: Obsidian's, Zotero's and Jekyll's notes, its facts in front matter or below the title; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from unicodedata import normalize

import yaml

from index.ids import known_id_of_url
from index.sources.aliases import part_of
from index.sources.gathering import Gathering
from index.sources.links import links_in, plain, without_images
from index.sources.parsed import SUMMARY_HEADING, Parsed
from index.sources.records import Given, record_of
from index.sources.values import path_date, without_tags

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*")
_CALLOUT = re.compile(r">\s*\[!(\w+)\][+-]?\s*(.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_FACT = re.compile(
    r"(?:[-*+•]\s+|>\s*)*[*_]{0,3}(?P<name>[^\W\d][\w \-/;]{0,24}?)[*_]{0,3}\s?[:：]{1,2}[*_]{0,3}\s*(?P<value>\S.*)"
)
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,4}[.)])\s")
_FRONT_END = ("---", "...")
_MOST_FRONT = 400
_LINES_IN_FRONT = 40
_PAPERS_OWN = ("authors", "doi", "arxiv", "acl", "pubmed", "openreview", "isbn")
_KEYS_OF_NOTES = ("citekey", "citationkey", "zoterokey", "itemtype", "journal", "venue", "conference", "booktitle")
_TEXT_TAG = re.compile(r"</?(?:details|summary|div|span|center|font|p)\b[^<>]*>", re.IGNORECASE)


def front_matter(text: str) -> tuple[dict[str, object], int]:
    """Return the front matter of a text and how many lines it takes; nothing where it has none that can be read."""
    if not text.startswith("---\n"):
        return {}, 0
    lines = text.split("\n", _MOST_FRONT)[:_MOST_FRONT]
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in _FRONT_END), 0)
    try:
        # as texts: 2409.10000 is no number
        front = yaml.load("\n".join(lines[1:end]), Loader=yaml.BaseLoader) if end else None
    except (yaml.YAMLError, ValueError, RecursionError):
        front = _plain_front(lines[1:end])
    if not isinstance(front, dict):
        return {}, 0
    return {str(name): _said(value) for name, value in front.items()}, end + 1


def _plain_front(lines: Sequence[str]) -> dict[str, object]:
    """Return the pairs of front matter that is no YAML, such as a title with a colon in it."""
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith((" ", "-", "#")))
    return {name.strip(): value.strip().strip("'\"") for name, value in pairs}


def _said(value: object) -> object:
    if isinstance(value, list):
        return [_said(one) for one in value]
    return without_images(value) if isinstance(value, str) else value


def with_facts(lines: Sequence[str]) -> list[str]:
    """Return lines with a fact in one line where its name is a heading, as `### Author:` with the names below it."""
    written = list(lines)
    for at, line in enumerate(lines):
        heading = _HEADING.fullmatch(line) if line.startswith("#") and len(line) < 100 else None
        if not heading or part_of(name := plain(heading[2])) not in (*_PAPERS_OWN, "title", "date", "url"):
            continue
        below = next((n for n in range(at + 1, min(at + 4, len(lines))) if lines[n].strip()), 0)
        if below and not lines[below].startswith("#"):
            written[at], written[below] = f"{name}: {lines[below].strip()}", ""
    return written


def is_note(front: Mapping[str, object], lines: Sequence[str]) -> bool:
    """Return whether a file is a note on one paper: its front matter, or the lines below its one title, say so."""
    record = record_of(front)
    parts = {part for name, value in front.items() if value and (part := part_of(name))}
    if parts & set(_PAPERS_OWN) or any(record.get(name) for name in _KEYS_OF_NOTES):
        return True
    if any(known_id_of_url(str(value)) for name, value in front.items() if part_of(name) == "url"):
        return True
    return (_is_titled(lines) or _names_title(lines)) and _has_facts(lines)


def _is_titled(lines: Sequence[str]) -> bool:
    first = next((line for line in lines if line.strip()), "")
    return first.startswith("# ") or any(line.startswith("# ") for line in lines[:10])


def _names_title(lines: Sequence[str]) -> bool:
    facts = (_FACT.fullmatch(line) for line in lines[:10] if len(line) < 2_000)
    return any(fact and part_of(fact["name"]) == "title" for fact in facts)


def _has_facts(lines: Sequence[str]) -> bool:
    """Return whether authors and the like, or a link to a paper, stand in front of the text."""
    for line in lines[:_LINES_IN_FRONT]:
        fact = _FACT.fullmatch(line.strip()) if len(line) < 2_000 else None
        part = part_of(fact["name"]) if fact else None
        if part in _PAPERS_OWN or (part in ("url", "title") and any(link.is_paper for link in links_in(line))):
            return True
        is_text = len(plain(line)) > 300 or _ITEM.match(line) or line.lstrip().startswith("|")
        if not is_text and any(known_id_of_url(link.url) for link in links_in(line)):
            return True
    return False


def parse_note(front: Mapping[str, object], lines: Sequence[str], file: str, first: int) -> Parsed:
    """Read a note on one paper; `first` is how many lines lie before these."""
    gathering = Gathering(file, "Markdown note", Given(path_date(file)))
    row: dict[str, object] = dict(front)
    parts = {part_of(name) for name in row}
    title, sections = "", list[tuple[str, str]]()
    for number, (heading, level, body) in enumerate(_blocks(lines)):
        if not title and level == 1:
            title, heading = plain(heading), ""
        elif not title and number and level and "title" not in parts:
            title = ""
        facts, text = _facts(body, parts) if len(sections) < 2 else ({}, "\n".join(body))
        row |= facts
        parts |= {part_of(name) for name in facts}
        if text.strip():
            sections.append((heading or SUMMARY_HEADING, text.strip()))
    if "title" not in parts:
        row["title"] = title or normalize("NFC", PurePath(file).stem)
    row.update(_linked(row, lines))
    texts = [(name, value) for name, value in row.items() if part_of(name) == "text" and isinstance(value, str)]
    written = [{"heading": name, "text": text} for name, text in [*texts, *sections]]
    gathering.named(*front)
    gathering.note_of(row, written, first + 1)
    return gathering.parsed()


def _linked(row: Mapping[str, object], lines: Sequence[str]) -> dict[str, object]:
    """Return the address of the paper where only a link in front of the text has it."""
    if any(part_of(name) == "url" and "http" in str(value) for name, value in row.items()):
        return {}
    links = (link for line in lines[:_LINES_IN_FRONT] for link in links_in(line) if link.is_paper)
    return {"url": link.url} if (link := next(links, None)) else {}


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, int, list[str]]]:
    """Yield what stands under each heading or callout, with the heading's level; what is code is no heading."""
    heading, level, body = "", 0, list[str]()
    in_code = in_callout = False
    for line in lines:
        in_code ^= bool(_FENCE.match(line))
        found = None if in_code or len(line) > 2_000 else _HEADING.fullmatch(line)
        callout = None if in_code else _CALLOUT.match(line)
        if found or callout or (in_callout and not line.startswith(">")):
            yield heading, level, body
            in_callout, body = callout is not None, []
            heading, level = (plain(found[2]), len(found[1])) if found else _callout(callout)
        if not found and not callout:
            body.append(line if in_code else _line(line))
    yield heading, level, body


def _callout(match: re.Match[str] | None) -> tuple[str, int]:
    return (plain(match[2]) or match[1].capitalize(), 6) if match else ("", 6)


def _line(line: str) -> str:
    line = line.removeprefix("> ").removeprefix(">")
    bare = without_images(_TEXT_TAG.sub("", line))
    return "" if re.fullmatch(r"\s*(?:[-*_=]\s*){3,}|\[TOC\]|%%.*%%", bare) else bare.rstrip()


def _facts(body: Sequence[str], known: set[str | None]) -> tuple[dict[str, object], str]:
    """Return what is said of the paper in lines of their own, and the rest of the text."""
    facts: dict[str, object] = {}
    rest = []
    for line in body:
        fact = _FACT.fullmatch(line.strip()) if len(line) < 2_000 else None
        part = part_of(fact["name"]) if fact else None
        if not fact or part in (None, "text", "sections", "type") or part in known or part in facts:
            rest.append(line)
            continue
        links = links_in(fact["value"])
        value = links[0].url if links and part == "url" else plain(without_tags(fact["value"]))
        facts[str(part)] = value
    return facts, "\n".join(rest)
