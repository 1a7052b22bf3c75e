"""Which paper a record is of: its ids, its addresses, a name for one that has neither; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from index.ids import SCHEMES, canonical_id, id_of_url, known_id_of_url, scheme_id, scheme_of
from index.sources.aliases import values_of
from index.sources.values import clean_text

Record = dict[str, object]
"""A paper's fields by the letters of their names."""

_MENTIONED = re.compile(r"arxiv[:.\s/]+(?:abs/)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)
_MENTIONS_PUBMED = re.compile(r"\bPMID:?\s*(\d{4,9})\b")
_PLACES = (
    *("journal", "journaltitle", "containertitle", "publicationtitle", "extra", "archiveid", "howpublished", "jo"),
    *("volume", "publisher", "pages", "t2", "venue", "series", "reportnumber", "note", "number"),
)
_BOOKS = ("book", "monograph", "thesis")
_ADDRESSES = ("url", "landingpageurl", "pdfurl", "href", "id", "URL")


def title_name(title: str, authors: tuple[str, ...], date: str | None) -> str:
    """Return a name for a paper without any id: first author's surname, year, title."""
    surname = authors[0].split()[-1] if authors else ""
    words = re.findall(r"\w+", f"{surname} {(date or '')[:4]} {title}".casefold())
    return "-".join(words)[:100].rstrip("-")


def ids_of(record: Record, *, own_keys: bool) -> Iterator[str]:
    """Yield the ids of a record, each once, that which the paper goes by in front.

    In our own form that is what `id` says; else an id that the world knows goes before a key of the archive's own.
    """
    own = [canonical_id(text) for value in values_of(record, "id") if (text := short(value))]
    known = dict.fromkeys(_known_ids(record))
    ordered = sorted(known, key=lambda one: SCHEMES.index(scheme_of(one) or "isbn"))
    if "sections" in record:
        own = own[:1] or [found for url in addresses_of(record) if (found := id_of_url(url))][:1]
        yield from dict.fromkeys([*own, *ordered])
        return
    yield from ordered
    if ordered or own_keys:
        return
    links = (id_of_url(url) for url in web_addresses(record))
    keys = (id_of_url(key) if key.startswith("http") else key for key in own if not _is_number(key))
    yield from dict.fromkeys(found for found in chain(links, keys) if found)


def _known_ids(record: Record) -> Iterator[str]:
    for scheme in SCHEMES[:-1]:
        texts = (short(value) for value in values_of(record, scheme))
        yield from (found for text in texts if text and (found := scheme_id(scheme, text)))
    for value in values_of(record, "id"):
        text = short(value)
        found = known_id_of_url(text) if text.startswith("http") else canonical_id(text)
        if found and scheme_of(found):
            yield found
    yield from (found for address in addresses_of(record) if (found := known_id_of_url(address)))
    for place in _PLACES:
        text = short(record.get(place))
        yield from (canonical_id(found) for found in _MENTIONED.findall(text))
        yield from (f"pmid:{found}" for found in _MENTIONS_PUBMED.findall(text))
    kinds = " ".join(short(value).lower() for value in values_of(record, "type"))
    if any(book in kinds for book in _BOOKS) and not any(part in kinds for part in ("section", "chapter")):
        yield from (found for v in values_of(record, "isbn") if (found := scheme_id("isbn", short(v))))


def _is_number(key: str) -> bool:
    return key.isdecimal() and len(key) < 7


def short(value: object) -> str:
    """Return a text or a whole number as one clean line, anything else as empty."""
    known = isinstance(value, str | int) and not isinstance(value, bool)
    return clean_text(str(value)).replace("\n", " ").strip() if known else ""


def addresses_of(record: Mapping[str, object]) -> Iterator[str]:
    """Yield the addresses of a record, the one that is taken first in front."""
    for value in values_of(record, "url"):
        for one in value if isinstance(value, list | tuple) else (value,):
            many = [one.get(name) for name in _ADDRESSES] if isinstance(one, Mapping) else [one]
            yield from (text for each in many if (text := short(each)) and not text.isspace())


def web_addresses(record: Record) -> Iterator[str]:
    """Yield what can be opened; in our own form an address is kept as it is written."""
    for address in addresses_of(record):
        if "sections" in record or address.lower().startswith(("http://", "https://")):
            yield address.split()[0] if "sections" not in record else address
