"""Texts made safe to print: no terminal obeys them."""

from __future__ import annotations

import re

_SPACE = re.compile("[\t\r\x0b\x0c]")
_UNSAFE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Return a text of the same length that no terminal obeys: control characters but line breaks are replaced."""
    return _UNSAFE.sub("\ufffd", _SPACE.sub(" ", text))


def one_line(text: str) -> str:
    """Return a text on one line, safe to print."""
    return " ".join(plain(text).split())
