"""Under which keys an author is found: the whole name in any order, the surname with initials, without diacritics."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_SPECIAL = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_MARK = re.compile("[\u0300-\u036f]")
_HYPHEN = re.compile("[-\u2010-\u2015\u2212]")
_PART = re.compile(r"[^\W\d_]+")


def name_parts(name: str) -> list[str]:
    """Return the words of a person's name in one case, without diacritics; a hyphen parts them."""
    return _PART.findall(_folded(_HYPHEN.sub(" ", name)))


def _folded(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_SPECIAL))
    return unicodedata.normalize("NFC", _MARK.sub("", letters)).replace("'", "").replace("’", "")


def key_of(parts: Iterable[str]) -> str:
    """Return the key of some words of a name, whatever their order."""
    return " ".join(sorted(parts))


def name_keys(name: str) -> set[str]:
    """Return the keys under which an author is found."""
    return {key_of(parts) for spelled in _spelled(name) for parts in _forms(spelled)} - {""}


def query_keys(name: str) -> set[str]:
    """Return the keys by which a name in a query is looked for, hyphens read both ways."""
    return {key_of(parts) for parts in _spelled(name)} - {""}


def _spelled(name: str) -> Iterator[list[str]]:
    yield name_parts(name)
    if _HYPHEN.search(name):
        yield name_parts(_HYPHEN.sub("", name))


def _forms(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    yield parts
    if len(parts) > 1:
        given, surname = parts[:-1], parts[-1]
        yield [*(part[0] for part in given), surname]
        yield [given[0][0], surname]
        yield [given[0], surname]
        if len(long := [part for part in parts if len(part) > 1]) > 1:
            yield long
