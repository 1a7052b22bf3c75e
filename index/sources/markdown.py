"""One Markdown digest's text -> papers, in every dialect; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from index.ids import canonical_id, id_of_url
from index.paper import Kind, Paper, Section, kind_of
from index.sources.parsed import SUMMARY_HEADING, Parsed, Skipped
from index.sources.values import (
    LINK,
    VOTES_LIMIT,
    clean_text,
    iso_date,
    names,
    path_date,
    readable,
    title_and_url,
)

_BULLET = re.compile(r"([ \t]*+)([-*+•])(?:[ \t]++|$)")
_UPLOADS = re.compile(r"#{0,2} ?New uploads on arXiv ?\(([\w.-]+)\)")
_FACT = re.compile(r"(votes?|upvotes?|authors?|comments?|dates?|fields?|ids?) ?: ?", re.IGNORECASE)
_RULE = re.compile(r"[-*_=](?:[ \t]*+[-*_=]){2,}+")
_HEADING_MAX = 200


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    heading: str
    date: str | None
    fields: tuple[str, ...]
    body: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Draft:
    """A section while its lines are gathered; no heading means bare bullets."""

    heading: str | None
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a summary: `marker` is empty where it is no bullet, `heading` None where it names none."""

    indent: int
    marker: str
    text: str
    heading: str | None
    value: str


def parse_markdown(text: str, file: str) -> Parsed:
    """Read one Markdown digest; `file` names it in messages and may give the date.

    A text that is no digest at all (a licence, a read-me) gives no papers, no entries and nothing skipped.
    """
    text = clean_text(text)
    if not text.strip():
        return Parsed((), (Skipped(file, 0, "the file is empty"),), 0)
    lines = text.split("\n")
    entries = list(_entries(lines, path_date(file)))
    read = [_read_entry(entry, file) for entry in entries]
    papers = tuple(item for item in read if isinstance(item, Paper))
    if not papers and not any(map(_is_digest_line, lines)):
        return Parsed((), (), 0)
    skipped = tuple(item for item in read if isinstance(item, Skipped))
    if not entries:
        skipped = (Skipped(file, 0, "no entry in this digest; an entry begins with `### [Title](https://...)`"),)
    return Parsed(papers, skipped, len(entries))


def _is_digest_line(line: str) -> bool:
    """Tell whether a line betrays a digest, though none of its entries can be read."""
    if line.startswith("###"):
        return LINK.search(line) is not None
    return _digest_heading(line) is not None or _is_known_section(line)


def _is_known_section(line: str) -> bool:
    heading = _read_line(line).heading if "*" in line else None
    return heading is not None and kind_of(heading) is not Kind.OTHER


def _digest_heading(line: str) -> tuple[str | None, tuple[str, ...]] | None:
    """Return the date or the fields that the entries below a line share, or None where it is no such line."""
    if uploads := _UPLOADS.match(line):
        return None, (uploads.group(1),)
    day = iso_date(line) if line.startswith(("# ", "## ")) else None
    return (day, ()) if day else None


def _entries(lines: Iterable[str], date: str | None) -> Iterator[_Entry]:
    entry: _Entry | None = None
    fields: tuple[str, ...] = ()
    for number, line in enumerate(lines, 1):
        if line.startswith("###") and not line.startswith("####"):
            if entry:
                yield entry
            entry = _Entry(number, line[3:].strip(), date, fields)
        elif shared := _digest_heading(line):
            if entry:
                yield entry
            entry, date, fields = None, shared[0] or date, shared[1]
        elif entry:
            entry.body.append(line)
    if entry:
        yield entry


def _read_entry(entry: _Entry, file: str) -> Paper | Skipped:
    title, url = title_and_url(entry.heading)
    facts, start = _read_facts(entry.body)
    paper_id = canonical_id(facts.get("id", "")) or (id_of_url(url) if url else None)
    if not paper_id:
        name = title[:80] or "without a title"
        return Skipped(file, entry.line, f"entry has no id: {name}; write `### [Title](https://arxiv.org/abs/ID)`")
    sections = _sections(entry.body[start:])
    if not sections:
        return Skipped(file, entry.line, f"entry {paper_id} has no sections; write `- **Heading**: text` below it")
    return Paper(
        id=paper_id,
        title=title or paper_id,
        url=url or "",
        date=iso_date(facts.get("date", "")) or entry.date,
        votes=_votes(facts.get("vote", "")),
        authors=names(facts.get("author", "")),
        fields=names(facts.get("field", "")) or entry.fields,
        sections=sections,
    )


def _read_facts(body: list[str]) -> tuple[dict[str, str], int]:
    """Read `Vote:`, `Authors:`, `Comments:` and the like above the summary; also return where that begins."""
    facts: dict[str, list[str]] = {}
    name, opened, end = "", -1, len(body)
    for position, line in enumerate(body):
        if fact := _FACT.match(line):
            name, opened = fact.group(1).lower().removesuffix("s").removeprefix("up"), position
            facts[name] = [line[fact.end() :].strip()]
        elif not line.strip():
            name = name if name == "comment" else ""
        elif name and _continues_fact(line, facts[name] == [""] and opened == position - 1):
            facts[name].append(line.strip())
        elif not _is_media(line.strip()):
            end = position
            break
    return {name: " ".join(parts).strip() for name, parts in facts.items()}, end


def _continues_fact(line: str, is_first: bool) -> bool:
    """Tell whether a line belongs to the fact above it, as in arXiv's listings.

    There the value may begin below its name and is indented, blank lines and lists within comments included.
    """
    if line.startswith(("    ", "\t")):
        return not (_BULLET.match(line) and _read_line(line).heading)
    return is_first and not _BULLET.match(line)


def _is_media(line: str) -> bool:
    """Tell whether a line only shows or links a picture or a film."""
    return (
        (line.startswith("![") and line.endswith(")"))
        or line.startswith(("<video", "<div", "<img", "</div", "</video", "[Watch Video]"))
        or (line.startswith("[") and line.endswith(")") and "](http" in line and line.count("](") == 1)
    )


def _votes(text: str) -> int | None:
    digits = text.replace(",", "")
    return int(digits) if digits.isdecimal() and len(digits) < len(str(VOTES_LIMIT)) else None


def _sections(body: list[str]) -> tuple[Section, ...]:
    lines = [_read_line(line) for line in body if _is_text(line.strip())]
    first = next((line for line in lines if line.marker), None)
    drafts: list[_Draft] = []
    for line in lines:
        if line.heading is not None and _opens_section(line, first):
            drafts.append(_Draft(line.heading, [line.value]))
        elif drafts:
            drafts[-1].lines.append(line.text)
        else:
            drafts.append(_Draft(None, [line.text]))
    read = (_section(draft) for draft in drafts)
    return tuple(section for section in read if section.text)


def _section(draft: _Draft) -> Section:
    text = readable("\n".join(line for line in draft.lines if line))
    if draft.heading is None:
        return Section(Kind.SUMMARY, SUMMARY_HEADING, text)
    return Section(kind_of(draft.heading), draft.heading, text)


def _is_text(line: str) -> bool:
    return bool(line) and not _RULE.fullmatch(line) and not (line.startswith("![") and line.endswith(")"))


def _opens_section(line: _Line, first: _Line | None) -> bool:
    """Tell a section's heading from an item of a list inside a section, which is indented or marked otherwise."""
    known = kind_of(line.heading or "") is not Kind.OTHER
    if not first or not line.marker:
        return known
    return line.indent <= first.indent + 1 and (known or line.marker == first.marker)


def _read_line(line: str) -> _Line:
    bullet = _BULLET.match(line)
    text = line[bullet.end() :].strip() if bullet else line.strip()
    heading, value = _heading_and_value(text)
    if not bullet:
        return _Line(0, "", text, heading, value)
    return _Line(len(bullet.group(1).expandtabs(4)), bullet.group(2), text, heading, value)


def _heading_and_value(text: str) -> tuple[str | None, str]:
    """Split `**Heading**: value`; the colon may stand inside the asterisks, and one closing asterisk is enough."""
    inner = text.lstrip("*")
    opening = len(text) - len(inner)
    end = inner.find("*", 0, _HEADING_MAX + 1)
    if not 1 <= opening <= 3 or end < 1:
        return None, ""
    heading, rest = inner[:end].strip(), inner[end:].lstrip("*").lstrip()
    if rest.startswith((":", "：")):
        rest = rest[1:]
    elif heading.endswith((":", "：")):
        heading = heading[:-1].rstrip()
    elif rest or kind_of(heading) is Kind.OTHER:
        return None, ""
    if not heading or (opening == 1 and kind_of(heading) is Kind.OTHER):
        return None, ""
    return heading, rest.strip()
