"""Papers as an Atom feed (RFC 4287), whose ids never change; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from index.paper import Paper, PaperHead
from search.answers import SectionMatch
from search.export.citations import web_address
from search.export.markup import match_html, paper_facts, text
from search.text import one_line, plain

MEDIA_TYPE = "application/atom+xml"
UNDATED = "1970-01-01T00:00:00Z"
"""When a paper without a date was written; a later time that moved would show it again and again."""

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[\ufffe\uffff]")

ElementTree.register_namespace("", _NAMESPACE)

Element = ElementTree.Element


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A paper of a feed, whole or with the section of it that matches what was asked."""

    paper: PaperHead
    match: SectionMatch | None = None


def atom(name: str, title: str, entries: Sequence[FeedEntry], *, updated: str, address: str = "") -> str:
    """Return a feed; equal names give equal ids, and `address` is where the feed itself is.

    It is as new as its newest paper, or as `updated` says, in RFC 3339, where no paper has a date.
    """
    times = [_time(entry.paper) for entry in entries]
    newest = max(times, default=UNDATED)
    feed = Element(_tag("feed"))
    _add(feed, "id", stable_id("feed", name))
    _add(feed, "title", title)
    _add(feed, "updated", updated if newest == UNDATED else newest)
    _add(_add(feed, "author"), "name", "nonmun")
    _add(feed, "generator", "nonmun")
    if address:
        _add(feed, "link", rel="self", type=MEDIA_TYPE, href=address)
    feed.extend(_entry(entry) for entry in entries)
    ElementTree.indent(feed)
    return f"{_DECLARATION}{ElementTree.tostring(feed, encoding='unicode')}\n"


def stable_id(*names: str) -> str:
    """Return an id that depends on nothing but some names."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(('nonmun', *names)))}"


def _entry(entry: FeedEntry) -> Element:
    paper = entry.paper
    element = Element(_tag("entry"))
    _add(element, "id", stable_id("paper", paper.id))
    _add(element, "title", one_line(paper.title))
    _add(element, "updated", _time(paper))
    _add(element, "published", _time(paper))
    for author in paper.authors:
        _add(_add(element, "author"), "name", one_line(author))
    if address := web_address(paper):
        _add(element, "link", rel="alternate", href=address)
    for field in paper.fields:
        _add(element, "category", term=one_line(field))
    _add(element, "content", "".join(_content(entry)), type="html")
    return element


def _content(entry: FeedEntry) -> Iterator[str]:
    yield f"<p>{text(' · '.join(paper_facts(entry.paper)))}</p>"
    if entry.match is not None:
        yield f"<p>{match_html(entry.match)}</p>"
        return
    for section in entry.paper.sections if isinstance(entry.paper, Paper) else ():
        yield f"<p><strong>{text(section.heading)}</strong><br>{text(section.text)}</p>"


def _time(paper: PaperHead) -> str:
    return f"{paper.date}T00:00:00Z" if paper.date else UNDATED


def _add(parent: Element, name: str, content: str = "", **attributes: str) -> Element:
    clean = {key: _xml_text(value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, _tag(name), clean)
    element.text = _xml_text(content) if content else None
    return element


def _xml_text(content: str) -> str:
    return _NOT_XML.sub("\ufffd", plain(content))


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"
