"""Digests with entries under headings of any depth, in details, with facts in bullets -> the lines of our own; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from index.paper import Kind, kind_of
from index.sources.aliases import TEXTS, letters, part_of
from index.sources.links import Link, links_in, plain, without_images
from index.sources.values import without_tags

_HEADING = re.compile(r"(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_DETAIL = re.compile(r"</?details\b[^<>]*>|<summary>(?P<says>.*?)</summary>", re.IGNORECASE)
_FACT = re.compile(
    r"(?P<mark>\s*(?:[-*+•]\s+)?)[*_]{0,3}(?P<name>[^\W\d][\w \-/;]{0,24}?)[*_]{0,3}\s?[:：][*_]{0,3}\s*(?P<value>\S.*)"
)
_LEAD = re.compile(r"^(?:\[\d{1,4}\]\s*|\d{1,4}[.)]\s+|📄\s*|#\d+\s+)")
_NAMES = re.compile(r"[*_](?P<names>[^*_]{3,})[*_]")
_FACTS = {"authors": "Authors", "date": "Date", "votes": "Votes", "fields": "Fields"}
_AHEAD = 12
_LONGEST = 5_000


def level_of(lines: Sequence[str]) -> tuple[int, int]:
    """Return the depth of the headings that are papers, linked to one or with a link below, and how many there are."""
    counts = Counter(level for level, _, _ in _entries(lines))
    level = max(counts, key=lambda level: (counts[level], level), default=0)
    return level, counts[level]


def _entries(lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield depth, place and address of each heading that is a paper."""
    in_code = False
    for at, line in enumerate(lines):
        in_code ^= bool(_FENCE.match(line))
        if in_code or not line.startswith("#") or len(line) > _LONGEST or not (heading := _HEADING.match(line)):
            continue
        links = [link for link in links_in(heading[2]) if link.is_paper]
        if links or (links := _ahead(lines, at)):
            yield len(heading[1]), at, links[0].url


def _ahead(lines: Sequence[str], at: int) -> list[Link]:
    """Return the links to a paper in the facts below a heading."""
    for line in lines[at + 1 : at + 1 + _AHEAD]:
        if line.startswith("#"):
            break
        fact = _FACT.fullmatch(line) if len(line) < _LONGEST else None
        links = [link for link in links_in(line) if link.is_paper]
        is_item = line.lstrip().startswith(("-", "*", "+", "1", "•"))
        if links and (_is_link(fact) or (not plain(_unlinked(line)) and (links[0].is_generic or not is_item))):
            return list(links)
    return []


def _is_link(fact: re.Match[str] | None) -> bool:
    return fact is not None and part_of(fact["name"]) in ("url", "arxiv", "doi", "acl", "openreview", "title", "id")


def as_digest(lines: Sequence[str], level: int) -> list[str]:
    """Return the lines of a text with entries under headings of a depth as our digests have them, one for one."""
    addresses = {at: url for depth, at, url in _entries(lines) if depth == level}
    return list(_lines(lines, level, addresses))


def _lines(lines: Sequence[str], level: int, addresses: dict[int, str]) -> Iterator[str]:
    inside, in_front, in_code = False, False, False
    for at, line in enumerate(lines):
        in_code ^= bool(_FENCE.match(line))
        heading = None if in_code or len(line) > _LONGEST else _HEADING.match(line)
        if at in addresses and heading:
            inside = in_front = True
            yield f"### [{_title(heading[2])}]({addresses[at]})"
        elif heading and len(heading[1]) <= level:
            inside = False
            yield line if len(heading[1]) < 3 else f"## {heading[2]}"
        elif in_code or not inside:
            yield line if not line.startswith("###") else f" {line}"
        else:
            said, in_front = _below(line, heading, in_front)
            yield said


def _title(text: str) -> str:
    links = links_in(text)
    named = next((link.text for link in links if not link.is_generic), "")
    return plain(_LEAD.sub("", named or text[: links[0].start if links else None])) or plain(text)


def _below(line: str, heading: re.Match[str] | None, in_front: bool) -> tuple[str, bool]:
    """Return a line of an entry, and whether facts may still follow."""
    if heading:
        return f"- **{plain(heading[2])}**:", False
    if (detail := _DETAIL.search(line)) and len(line) < _LONGEST:
        says = plain(without_tags(detail["says"] or ""))
        return (f"- **{says}**:" if kind_of(says) is not Kind.OTHER else ""), in_front
    fact = _FACT.fullmatch(line) if len(line) < _LONGEST else None
    part = part_of(fact["name"]) if fact else None
    if fact and in_front and part in _FACTS:
        value = plain(fact["value"])
        parted = value.replace(" ", ", ") if part == "fields" and "." in value and "," not in value else value
        return f"{_FACTS[part]}: {parted}", True
    if fact and in_front and _is_link(fact):
        return "", True
    if fact and (part == "text" or letters(fact["name"]) in TEXTS or kind_of(fact["name"]) is not Kind.OTHER):
        return f"- **{fact['name'].strip(' *_')}**: {fact['value'].strip(' *_')}", False
    if in_front and len(line) < _LONGEST and (names := _NAMES.fullmatch(line.strip())) and "," in names["names"]:
        return f"Authors: {names['names']}", True
    bare = without_images(line)
    only_links = bool(links_in(bare)) and not plain("".join(c for c in _unlinked(bare) if c.isalnum()))
    return ("" if in_front and only_links else bare), in_front and not plain(bare)


def _unlinked(line: str) -> str:
    for link in reversed(links_in(line)):
        line = line[: link.start] + line[link.end :]
    return line
