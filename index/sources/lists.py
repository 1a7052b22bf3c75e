"""Lists of links with a remark, and tables, one paper an item or row: awesome lists, newsletters, bots; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from index.sources.aliases import part_of
from index.sources.days import day_of
from index.sources.gathering import Gathering
from index.sources.links import Link, links_in, plain, without_images, without_links
from index.sources.parsed import Parsed
from index.sources.records import Given
from index.sources.values import path_date

_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•]|\d{1,4}[.)])[ \t]+(?P<text>\S.*)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_RULE_ROW = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_BOLD = re.compile(r"(?:\*\*|__)(?=\S)(.{3,400}?)(?<=\S)(?:\*\*|__)")
_LEAD = re.compile(r"^(?:\d{1,3}[.)]\s*|\[\d{1,3}\]\s*)")
_LEAD_DATE = re.compile(r"^[\[(（]?((?:19|20)\d\d(?:[-./]\d{1,2}){0,2})[\])）]?[\s:,.-]*")
_FACT = re.compile(r"[*_]{0,3}(?P<name>[^\W\d][\w \-/]{1,24}?)[*_]{0,3}\s?[:：]{1,2}[*_]{0,3}\s*(?P<value>\S.*)")
_REMARK = re.compile(r"^\s*(?:[-–—:：|,，]+|\.)\s*")
_HEADING = re.compile(r"#{1,6}\s+(.*)")
_LONG_TITLE = 150
"""From how many characters on a title may have its remark behind a gap."""
_NOTHING = ("", "null", "none", "-", "n/a", "link", "—")


@dataclass(slots=True)
class _Item:
    """An item of a list and the lines below it."""

    line: int
    text: str
    indent: int
    below: list[str] = field(default_factory=list)


def parse_lists(text: str, file: str) -> Parsed:
    """Read each item of a list and each row of a table that links to a paper."""
    gathering = Gathering(file, "Markdown list", Given(path_date(file)))
    lines = text.split("\n")
    passed: list[int] = []
    day: str | None = path_date(file)
    at = 0
    while at < len(lines):
        line = lines[at]
        if _FENCE.match(line):
            at = _fence_end(lines, at)
        elif heading := _HEADING.match(line):
            day, at = _heading_day(heading[1]) or day, at + 1
        elif _begins_table(lines, at):
            at = _read_table(lines, at, gathering, day)
        elif item := _ITEM.match(line):
            at = _read_item(lines, at, item, gathering, day, passed)
        else:
            at += 1
    parsed = gathering.parsed()
    if parsed.entries and passed:
        gathering.note(passed[0], f"{len(passed):,} items of lists link to no paper that can be told, the first here")
        parsed = gathering.parsed()
    return parsed


def _heading_day(heading: str) -> str | None:
    return day_of(heading) if re.search(r"(?:19|20)\d\d\D{1,3}\d", heading) else None


def _fence_end(lines: Sequence[str], at: int) -> int:
    return next((n + 1 for n in range(at + 1, len(lines)) if _FENCE.match(lines[n])), len(lines))


def _read_item(
    lines: Sequence[str], at: int, match: re.Match[str], gathering: Gathering, day: str | None, passed: list[int]
) -> int:
    """Read an item with what lies below it, and return where the next begins."""
    item = _Item(at + 1, without_images(match["text"]), _width(match["indent"]))
    links = links_in(item.text)
    end = _item_end(lines, at, item)
    if not any(link.is_paper for link in links):
        below = [link for line in lines[at + 1 : end] if not _ITEM.match(line) for link in links_in(line)]
        facts = _linked_facts(lines[at + 1 : end])
        if not any(link.is_paper for link in below) and not facts:
            if any(link.url for link in links):
                passed.append(at + 1)
            return at + 1
    item.below = [without_images(line) for line in lines[at + 1 : end]]
    gathering.row(_row_of_item(item, links), at + 1, Given(day))
    return end


def _linked_facts(lines: Sequence[str]) -> bool:
    """Return whether some nested line is named as a link and leads to a paper, as in `- Paper: https://...`."""
    for line in lines:
        fact = _FACT.match(line.strip(" \t-*+"))
        if fact and any(link.is_paper for link in links_in(line)) and not links_in(line)[0].text.count(" "):
            return True
    return False


def _width(indent: str) -> int:
    return len(indent.expandtabs(4))


def _item_end(lines: Sequence[str], at: int, item: _Item) -> int:
    """Return where an item ends: at one that is indented no deeper, a heading, a table, or unindented text."""
    blank = False
    for n in range(at + 1, len(lines)):
        line = lines[n]
        if not line.strip():
            blank = True
            continue
        deeper = _width(line[: len(line) - len(line.lstrip())]) > item.indent
        other = _ITEM.match(line) or _HEADING.match(line) or line.lstrip().startswith(("|", "<", "---", "```"))
        if not deeper and (other or blank):
            return n
        if deeper and (nested := _ITEM.match(line)) and _is_own_entry(nested["text"]):
            return n
        blank = False
    return len(lines)


def _is_own_entry(text: str) -> bool:
    """Return whether a nested item is a paper of its own: it begins with a link to one that has a title."""
    links = links_in(text)
    return bool(links) and links[0].is_paper and not links[0].is_generic and links[0].start <= 4


def _row_of_item(item: _Item, links: list[Link]) -> dict[str, object]:
    row = _title_and_remark(item.text, links)
    remarks = [str(row.pop("remark", ""))]
    for line in item.below:
        bare = line.strip().lstrip("-*+•>").strip()
        found = links_in(line)
        fact = _FACT.match(bare)
        part = part_of(fact["name"]) if fact else None
        if fact and part and part not in row and part not in ("text", "title", "id", "type"):
            value = without_links(fact["value"], links_in(fact["value"])).strip() or (found[0].url if found else "")
            row[part] = found[0].url if part == "url" and found else plain(value)
        elif fact and part == "text":
            row[fact["name"].strip(" *_")] = fact["value"].strip(" *_")
        else:
            row.setdefault("url", next((link.url for link in found if link.is_paper), ""))
            remarks.append(without_links(line, found).strip().lstrip("-*+•> ").strip())
    if not row.get("url"):
        row.pop("url", None)
    remark = "\n".join(one for one in remarks if plain(one))
    return {**row, "summary": remark} if remark else row


def _title_and_remark(text: str, links: list[Link]) -> dict[str, object]:
    """Return title, address and remark of an item or a cell, and its date where one leads.

    The title is what a link to the paper says; where that is `PDF` or the like, the first words in bold, else what
    stands in front of it.
    """
    papers = [link for link in links if link.is_paper]
    row: dict[str, object] = {"url": papers[0].url} if papers else {}
    named = next((link for link in papers if not link.is_generic), None)
    lead = _LEAD.sub("", text)
    if (date := _LEAD_DATE.match(lead)) and len(lead) > date.end() and (day := day_of(date[1])):
        row["date"] = day
    if not papers and links:
        row["url"] = links[0].url
    if named and not _leads_with_bold(text, named):
        row |= {"title": plain(named.text), "url": named.url}
        others = [link for link in links if link is not named]
        before, after = text[: named.start], text[named.end :]
        after = without_links(after, [_moved(link, named.end) for link in others if link.start >= named.end])
        before = without_links(before, [link for link in others if link.end <= named.start])
        before = _LEAD_DATE.sub("", _LEAD.sub("", before.strip(" *_`[("))) if date else _LEAD.sub("", before)
        row["remark"] = " ".join(part for part in (before.strip(" *_`[("), _remark(after)) if plain(part))
        return row
    if bold := _BOLD.search(text):
        row["title"] = plain(without_links(bold[1], links_in(bold[1])))
        rest = text[bold.end() :]
        row["remark"] = _remark(without_links(rest, links_in(rest)))
        return row
    first = papers[0].start if papers else min((link.start for link in links), default=len(text))
    title, rest = (text[:first], text[first:]) if plain(text[:first]) else ("", text)
    title = _LEAD_DATE.sub("", _LEAD.sub("", title)) if date else _LEAD.sub("", title)
    if not title:
        title, rest = without_links(rest, links), ""
    said = re.split(r"\s{2,}|<br\s*/?>", title.strip(), maxsplit=1) if len(title) > _LONG_TITLE else [title]
    title, rest = said[0], " ".join([*said[1:], rest])
    row["title"] = plain(title)
    row["remark"] = _remark(without_links(rest, links_in(rest)))
    return row


def _leads_with_bold(text: str, link: Link) -> bool:
    """Return whether words in bold stand in front of a link, whose words are then a part of what is said of them."""
    bold = _BOLD.search(text)
    return bold is not None and bold.end() <= link.start and not bold[1].rstrip().endswith((":", "："))


def _moved(link: Link, by: int) -> Link:
    return Link(link.text, link.url, link.start - by, link.end - by)


def _remark(text: str) -> str:
    """Return what is said behind a title, without the marks that lead to it."""
    text = _REMARK.sub("", text.replace("<br>", "\n").replace("<br/>", "\n").strip())
    return "" if plain(text).lower() in _NOTHING else text.strip()


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _begins_table(lines: Sequence[str], at: int) -> bool:
    return "|" in lines[at] and at + 1 < len(lines) and "-" in lines[at + 1] and bool(_rule_row(lines[at + 1]))


def _rule_row(line: str) -> bool:
    return "|" in line and len(line) < 20_000 and _RULE_ROW.fullmatch(line) is not None


def _read_table(lines: Sequence[str], at: int, gathering: Gathering, day: str | None) -> int:
    """Read the rows of a table, and return where it ends."""
    names = [plain(without_links(cell, links_in(cell))) for cell in _cells(lines[at])]
    end = next((n for n in range(at + 2, len(lines)) if "|" not in lines[n]), len(lines))
    rows = {n: [without_images(cell) for cell in _cells(lines[n])] for n in range(at + 2, end)}
    leading = [n for n, cells in rows.items() if any(link.is_paper for cell in cells for link in links_in(cell))]
    if any(part_of(name) == "title" for name in names) and len(leading) * 2 >= len(rows):
        leading = [n for n, cells in rows.items() if any(plain(cell) for cell in cells)]
    for n in leading:
        gathering.row(_row_of_cells(names, rows[n]), n + 1, Given(day))
    return end


def _row_of_cells(names: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    row: dict[str, object] = {}
    details: list[str] = []
    title_at = _title_column(names, cells)
    for n, cell in enumerate(cells):
        name = names[n] if n < len(names) else ""
        part, links = part_of(name), links_in(cell)
        if n == title_at:
            found = _title_and_remark(cell, links)
            row |= {key: value for key, value in found.items() if value and key not in row}
            continue
        paper = next((link.url for link in links if link.is_paper), "")
        said = plain(without_links(cell, links))
        if paper and "url" not in row:
            row["url"] = paper
        if not said or said.lower() in _NOTHING:
            continue
        if part == "text":
            row[name] = _remark(without_links(cell, links))
        elif part and part not in ("url", "title", "id", "type") and part not in row:
            row[part] = said
        elif part != "url":
            details += [f"{name}: {said}" if name else said]
    remark = "\n".join(one for one in (str(row.pop("remark", "")), *details) if one)
    return {**row, "summary": remark} if remark and "summary" not in row else row


def _title_column(names: Sequence[str], cells: Sequence[str]) -> int:
    """Return which column has the title: the one that is named so, else the first link to a paper that names it."""
    named = [n for n, name in enumerate(names[: len(cells)]) if part_of(name) == "title" and plain(cells[n])]
    links = list(_first_links(cells))
    titled = [n for n, link in links if not link.is_generic]
    if named and (not titled or named[0] in titled or plain(cells[named[0]]).count(" ") > 1):
        return named[0]
    return titled[0] if titled else named[0] if named else max(range(len(cells)), key=lambda n: len(plain(cells[n])))


def _first_links(cells: Sequence[str]) -> Iterator[tuple[int, Link]]:
    for n, cell in enumerate(cells):
        if link := next((one for one in links_in(cell) if one.is_paper), None):
            yield n, link
