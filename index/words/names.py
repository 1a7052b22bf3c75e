"""The names that a paper goes by: its title, the short name before a colon or dash, an acronym in brackets."""

from __future__ import annotations

import re
import unicodedata

_LEAST_LETTERS = 2
_HEAD_END = re.compile(r"(?<!\d)[:：]|[:：](?!\d)|\s[-–]+\s|\s*—")
_BRACKETED = re.compile(r"(?P<before>.*\S)\s*[(\[](?P<short>[^\s()\[\]]+)[)\]]")


def plain(text: str) -> str:
    """Return a name's letters, digits and plus signs in one case, so that spelling and spacing do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum() or c == "+")


def names(title: str) -> set[str]:
    """Return the plain forms of a title, of its short name and of a word in brackets at the end of either."""
    head = _HEAD_END.split(title, maxsplit=1)[0]
    short = {plain(name) for name in (head, *_bracketed(title), *_bracketed(head)) if _is_name(name)}
    return ({plain(title)} | short) - {""}


def _bracketed(title: str) -> tuple[str, ...]:
    match = _BRACKETED.fullmatch(title.strip())
    return (match["before"], match["short"]) if match else ()


def _is_name(text: str) -> bool:
    return sum(c.isalpha() for c in text) >= _LEAST_LETTERS
