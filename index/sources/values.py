"""Single values of a summary as it is written: clean text, titles, dates, names, literals; pure."""

from __future__ import annotations

import ast
import html
import json
import re
import unicodedata
import warnings
from collections.abc import Iterator
from datetime import date
from pathlib import PurePath

from index.ids import INVISIBLE

VOTES_LIMIT = 10**12

LINK = re.compile(r"\(<?+(https?://[^\s()<>]*+(?:\([^\s()<>]*+\)[^\s()<>]*+)*+)>?+[^()]*+\)", re.IGNORECASE)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_IN_PARTS = re.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?")
_SURROGATE = re.compile("[\ud800-\udfff]")

_TAGS = r"p|i|b|u|em|strong|sub|sup|span|div|a|ul|ol|li|sec|title|italic|bold|h\d|font|center|details|summary|img|kbd"
_TAG = re.compile(rf"</?(?:jats:|mml:)?(?:{_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</(?:jats:)?(?:p|li|div|sec)>", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_WIDTHS = (50, 130)
"""Between how many characters a line is cut where a text was wrapped by a program."""

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-./_]|년 ?)(\d{1,2})(?:[-./_]|월 ?)(\d{1,2})(?!\d)")
_COMPACT_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")

_LITERAL_MAX = 200_000
_LITERAL_DEPTH = 40
_NOT_A_LITERAL = (ValueError, SyntaxError, TypeError, MemoryError, RecursionError)


def clean_text(text: str) -> str:
    r"""Return the text with `\n` line ends, without a byte order mark, control characters or lone surrogates.

    Hangul that is written in parts, as file systems and editors of macOS leave it, is put together.
    """
    text = text.removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    if CONTROL.search(text):
        text = CONTROL.sub("", text)
    if _IN_PARTS.search(text):
        text = _IN_PARTS.sub(lambda m: unicodedata.normalize("NFC", m.group()), text)
    return _SURROGATE.sub("\ufffd", text) if _SURROGATE.search(text) else text


def one_line(text: str) -> str:
    """Return a text in one line, without marks that cannot be seen at its ends or between its letters."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", clean_text(text))).split())


def without_tags(text: str) -> str:
    """Return a text without the tags of HTML and JATS and with their characters; a `<` of a formula stays."""
    if "<" in text:
        text = _BREAK.sub("\n", text)
        text = _TAG.sub("", text)
    return (html.unescape(text) if "&" in text else text).strip()


def unwrapped(text: str) -> str:
    """Return a text whose lines were cut at a width with its paragraphs in one line each; any other as it stands."""
    return "\n".join(map(_unwrapped, _PARAGRAPHS.split(text.strip())))


def _unwrapped(paragraph: str) -> str:
    lines = [line.strip() for line in paragraph.split("\n")]
    is_cut = all(_WIDTHS[0] <= len(line) <= _WIDTHS[1] for line in lines[:-1])
    is_list = any(line.startswith(("- ", "* ", "• ", "+ ")) for line in lines)
    return " ".join(lines) if len(lines) > 1 and is_cut and not is_list else paragraph


def title_and_url(heading: str) -> tuple[str, str | None]:
    """Split `[Title](URL)` or `Title (URL)`; brackets that belong to the title stay."""
    links = list(LINK.finditer(heading))
    if not links:
        return heading, None
    before, after = heading[: links[-1].start()], heading[links[-1].end() :]
    title = _without_brackets(before) if before.endswith("]") else before
    return " ".join(f"{title} {after}".split()), links[-1].group(1)


def _without_brackets(title: str) -> str:
    depth = 0
    for position in range(len(title) - 1, -1, -1):
        depth += {"]": 1, "[": -1}.get(title[position], 0)
        if not depth:
            return title[:position] + title[position + 1 : -1]
    return title


def iso_date(text: str) -> str | None:
    """Return the first real calendar date that a text names, as YYYY-MM-DD."""
    return next((day for match in _DATE.finditer(text) if (day := _real_day(match))), None)


def path_date(file: str) -> str | None:
    """Return the date of a file's name (`20240902.jsonl`) or of its folders' (`2024/09/02.md`, `2024-09-02/ai.md`)."""
    parts = PurePath(unicodedata.normalize("NFC", file)).parts[-3:]
    candidates = (*parts[-1:], "/".join(parts), *parts[-2:-1])
    return next((day for text in candidates if (day := iso_date(text) or _compact_date(text))), None)


def _compact_date(text: str) -> str | None:
    return next((day for match in _COMPACT_DATE.finditer(text) if (day := _real_day(match))), None)


def _real_day(match: re.Match[str]) -> str | None:
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None


def names(text: str) -> tuple[str, ...]:
    """Return the names of `A, B` or of a list literal `['A', 'B']`, in order, each once."""
    value = _literal(text.strip())
    if isinstance(value, list | tuple):
        parts = [str(name) for name in value]
    else:
        parts = [part.strip().strip("'\"") for part in text.strip().strip("[]").split(",")]
    return unique(clean_text(part) for part in parts if any(c.isalpha() for c in part))


def unique(texts: Iterator[str]) -> tuple[str, ...]:
    """Return the texts that are not blank, stripped, in order, each once."""
    return tuple(dict.fromkeys(stripped for text in texts if (stripped := text.strip())))


def readable(value: object) -> str:
    """Return a value as text to read: lists line by line, mappings as `key: value`, other text as written.

    A text that is itself a Python or JSON literal with texts in it is flattened too; one that is broken,
    longer than 200,000 characters or nested deeper than 40 levels stays as written.
    """
    if isinstance(value, str):
        text = clean_text(value).strip()
        value = _literal(text)
        if not (_children(value) and _depth(value) <= _LITERAL_DEPTH and _holds_text(value)):
            return text
    elif _depth(value) > _LITERAL_DEPTH:
        return clean_text(json.dumps(value, ensure_ascii=False))
    return clean_text("\n".join(_lines(value))).strip()


def _literal(text: str) -> object:
    if not (text[:1] in ("[", "{") and text[-1:] in ("]", "}") and len(text) <= _LITERAL_MAX):
        return None
    try:
        return json.loads(text)
    except _NOT_A_LITERAL:
        pass
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text)
    except _NOT_A_LITERAL:
        return None


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def _depth(value: object) -> int:
    level, depth = [value], 0
    while depth <= _LITERAL_DEPTH and (level := [child for parent in level for child in _children(parent)]):
        depth += 1
    return depth


def _holds_text(value: object) -> bool:
    return isinstance(value, str) or any(map(_holds_text, _children(value)))


def _lines(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            first, *others = [*_lines(child)] or [""]
            yield f"{key}: {first}".strip()
            yield from others
    elif isinstance(value, list | tuple):
        for child in value:
            yield from _lines(child)
    elif value is not None:
        yield str(value).strip()
