"""Named fields of any form -> one paper, by the table of aliases; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from index.ids import known_id_of_url, link_of, scheme_of
from index.paper import Kind, Paper, Section, kind_of
from index.sources import people
from index.sources.aliases import ALIASES, INVERTED, NESTS, TEXTS, WRAPPERS, letters, values_of
from index.sources.days import day_of
from index.sources.identity import Record, addresses_of, ids_of, short, title_name, web_addresses
from index.sources.parsed import SUMMARY_HEADING, TITLE_HEADING
from index.sources.values import VOTES_LIMIT, clean_text, names, one_line, readable, unique, unwrapped, without_tags

_SPLIT = re.compile(r"\s*[;,，；、]\s*")
_ARXIV_CLASSES = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?(?:\s+[a-z-]+(?:\.[A-Za-z-]+)?)+")
_INVERTED_MAX = 100_000


class RecordError(Exception):
    """A record cannot become a paper; the message says why and what to write."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a file says of all of its papers, and whether their keys are names of the file alone, as BibTeX's are."""

    date: str | None = None
    own_keys: bool = False


@dataclass(frozen=True, slots=True)
class ReadPaper:
    """A paper, and the other ids that its entry says it has."""

    paper: Paper
    others: tuple[str, ...] = ()


def record_of(row: Mapping[str, object]) -> Record:
    """Return a row's fields by the letters of their names; what lies in a wrapper stands beside the rest."""
    record: Record = {}
    wrapped: list[Mapping[str, object]] = []
    for name, value in row.items():
        bare = letters(str(name))
        value = value.get("value", value) if isinstance(value, Mapping) and len(value) <= 2 else value
        if isinstance(value, Mapping) and bare in WRAPPERS:
            wrapped.append(value)
        elif record.get(bare) in (None, "", [], {}):
            record[bare] = value
    for inner in wrapped:
        for name, value in record_of(inner).items():
            if record.get(name) in (None, "", [], {}):
                record[name] = value
    return record


def looks_like_paper(record: Mapping[str, object]) -> bool:
    """Return whether fields are those of a paper: our own form, or a title and something that only papers have."""
    if "sections" in record:
        return True
    if not any(isinstance(value, str) for value in values_of(record, "title")):
        return False
    parts = ("authors", "arxiv", "doi", "acl", "pubmed", "openreview", "isbn")
    has_text = any(isinstance(record.get(name), str) for name in ("abstract", "abstractnote", "summary", "tldr"))
    addresses = (known_id_of_url(address) for address in addresses_of(record))
    return has_text or INVERTED in record or any(any(values_of(record, part)) for part in parts) or any(addresses)


def paper_of(record: Record, given: Given, notes: list[str]) -> ReadPaper:
    """Return the paper of a record; what of it cannot be used is added to the notes.

    Raises:
        RecordError: it has no id and no title, or nothing to read.
    """
    title = one_line(next((v for v in values_of(record, "title") if isinstance(v, str)), ""))
    title = without_tags(title) or title
    ids = list(ids_of(record, own_keys=given.own_keys))
    sections = tuple(_sections(record))
    if not sections and not (title and "sections" not in record):
        named = f"row {ids[0]}" if ids else "row"
        what = "no sections" if "sections" in record else "no sections and no title"
        raise RecordError(f'{named} has {what}; give it a title, or "sections": {{heading: text}}')
    authors = people.authors_of(record)
    date = _date(record, notes) or given.date
    name = ids[0] if ids else (title_name(title, authors, date) if title else "")
    if not name or ("sections" in record and not ids):
        wanted = 'no id; give it an "id" or a "url"' if "sections" in record else "no title and no id; give it a title"
        raise RecordError(f"row has {wanted}")
    paper = Paper(
        id=name,
        title=title or name,
        url=next(iter(web_addresses(record)), "") or link_of(name),
        date=date,
        votes=_votes(record, notes),
        authors=authors,
        fields=_fields(record),
        sections=sections or (title_section(title),),
    )
    return ReadPaper(paper, tuple(other for other in ids[1:] if scheme_of(other)))


def title_section(title: str) -> Section:
    """Return the section of a paper of which no more than its title is known."""
    return Section(Kind.OTHER, TITLE_HEADING, title)


def renamed_apart(read: ReadPaper, seen: dict[str, str]) -> ReadPaper:
    """Return a paper under another name where its own is no id that the world knows and is another title's already."""
    paper = read.paper
    title = letters(paper.title)
    if scheme_of(paper.id) or seen.setdefault(paper.id, title) == title:
        return read
    return replace(read, paper=replace(paper, id=title_name(paper.title, paper.authors, paper.date) or paper.id))


def _date(record: Record, notes: list[str]) -> str | None:
    unread: object = None
    for value in values_of(record, "date"):
        if day := day_of(value):
            return day
        unread = value if unread is None else unread
    if unread is not None:
        notes.append(f"date {str(unread)[:40]!r} is left out, the paper is kept; write YYYY-MM-DD")
    return None


def _votes(record: Record, notes: list[str]) -> int | None:
    for value in values_of(record, "votes"):
        if isinstance(value, str) and value.replace(",", "").strip().isdecimal():
            value = int(value.replace(",", "")[:14])
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < VOTES_LIMIT:
            return value if value >= 0 or "votes" in record else None
        notes.append(f"votes {str(value)[:40]!r} are left out, the paper is kept; write a whole number")
    return None


def _fields(record: Record) -> tuple[str, ...]:
    for value in values_of(record, "fields"):
        if found := unique(_labels(value)):
            return found
    return ()


def _labels(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        known = ("name", "displayname", "display_name", "tag", "term", "@term", "category", "label", "id")
        yield from (short(value.get(name)) for name in known if value.get(name))
    elif isinstance(value, list | tuple):
        for one in value:
            yield next(_labels(one), "")
    elif (text := one_line(short(value))).startswith("["):
        yield from names(text)
    elif _ARXIV_CLASSES.fullmatch(text):
        yield from text.split()
    else:
        yield from (label.strip(" #") for label in _SPLIT.split(text))


def _sections(record: Record) -> Iterator[Section]:
    if "sections" in record:
        yield from sections_of(record["sections"])
        return
    for name, value in record.items():
        if name == INVERTED and isinstance(value, Mapping):
            yield from _written([("Abstract", _in_order(value))])
        elif isinstance(value, Mapping) and (name in NESTS or name in TEXTS) and "text" not in value:
            yield from _written((_heading(str(key)), text) for key, text in value.items() if _is_said(key, text))
        elif name in TEXTS:
            yield from _written([(TEXTS[name], _prose(value))])


def sections_of(value: object) -> Iterator[Section]:
    """Yield the sections of a value in our own form: a mapping, a list or a text."""
    yield from _written(_headed(value))


def _is_said(key: object, text: object) -> bool:
    return isinstance(text, str | list | Mapping) and letters(str(key)) not in ALIASES and str(key) != "model"


def _prose(value: object) -> object:
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        value = value["text"]
    if isinstance(value, list):
        return [_prose(one) for one in value]
    return unwrapped(without_tags(clean_text(value))) if isinstance(value, str) else value


def _in_order(inverted: Mapping[object, object]) -> str:
    """Return the text of which each word's places are given."""
    places = [(place, str(word)) for word, at in inverted.items() if isinstance(at, list) for place in at]
    numbered = [(place, word) for place, word in places[:_INVERTED_MAX] if isinstance(place, int)]
    return " ".join(word for _, word in sorted(numbered))


def _written(headed: Iterator[tuple[str, object]] | list[tuple[str, object]]) -> Iterator[Section]:
    for heading, text in headed:
        if body := readable(text):
            yield Section(kind_of(heading), heading, body)


def _heading(name: str) -> str:
    """Return a field's name as a heading: the usual one, else its words."""
    if known := TEXTS.get(letters(name)):
        return known
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", name).strip()
    return one_line(words[:1].upper() + words[1:]) or SUMMARY_HEADING


def _headed(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for heading, text in value.items():
            yield short(heading) or SUMMARY_HEADING, text
    elif isinstance(value, list):
        for part in value:
            named = part if isinstance(part, Mapping) else {"text": part}
            yield short(named.get("heading")) or SUMMARY_HEADING, named.get("text")
    else:
        yield SUMMARY_HEADING, value
