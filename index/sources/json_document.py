"""One JSON document -> the papers in it, wherever its lists of papers lie; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from index.sources.gathering import Gathering
from index.sources.parsed import Parsed, Skipped
from index.sources.records import Given, looks_like_paper, record_of
from index.sources.values import path_date

_DEEPEST = 8
_IN_ONE_LIST = 0.5
"""How many of a list's objects must look like papers for the list to be one of papers."""

Entry = tuple[Mapping[str, object], str]
"""A row, and what its key or list says of it: the name under which it lies."""


def is_document(text: str) -> bool:
    """Return whether a text is one JSON value over several lines, not JSON Lines."""
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return False
    first = start.partition("\n")[0].rstrip()
    try:
        return not isinstance(json.loads(first), dict) or not start[len(first) :].strip()
    except (ValueError, RecursionError, MemoryError):
        return start.startswith("[") or first in ("{", "}") or first.endswith((",", "{", "[", ":"))


def parse_json(text: str, file: str) -> Parsed:
    """Read the papers of a JSON document: a list of them, lists under any names, papers by their ids, or one."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return Parsed((), (Skipped(file, error.lineno, f"not JSON: {error.msg} at column {error.colno}"),), 1, "JSON")
    except (ValueError, RecursionError, MemoryError):
        reason = "not JSON that can be read: nested too deep, or a number is too long"
        return Parsed((), (Skipped(file, 0, reason),), 1, "JSON")
    gathering = Gathering(file, "JSON", Given(path_date(file)))
    lines = _Lines(text)
    found = False
    for row, name in _entries(document, 0):
        found = True
        gathering.row({"id": name, **row} if name else row, lines.of(row))
    return gathering.parsed() if found else Parsed((), (), 0, why=_why(document))


def _entries(value: object, depth: int) -> Iterator[Entry]:
    """Yield the rows of every list of papers, outermost lists only: what a paper cites is no entry."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        if looks_like_paper(record_of(value)):
            yield value, ""
            return
        rows = {str(name): one for name, one in value.items() if isinstance(one, Mapping)}
        if _are_papers(list(rows.values())):
            yield from ((one, name) for name, one in rows.items())
            return
        for one in value.values():
            yield from _entries(one, depth + 1)
    elif isinstance(value, list):
        rows_of = [one for one in value if isinstance(one, Mapping)]
        if _are_papers(rows_of):
            yield from ((one, "") for one in rows_of)
        else:
            for one in value:
                yield from _entries(one, depth + 1)


def _are_papers(rows: list[Mapping[str, object]]) -> bool:
    alike = sum(looks_like_paper(record_of(row)) for row in rows[:100])
    return bool(alike) and alike >= _IN_ONE_LIST * len(rows[:100])


class _Lines:
    """Where rows stand in a text, by the first text that they hold; rows are asked for in order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def of(self, row: Mapping[str, object]) -> int:
        """Return the line of a row, or of the one before where it holds no text to find it by."""
        said = next((value for value in row.values() if isinstance(value, str) and len(value) > 2), "")
        written = (json.dumps(said, ensure_ascii=ascii_only) for ascii_only in (False, True))
        at = max((self._text.find(one, self._at) for one in written), default=-1) if said else -1
        if at >= 0:
            self._line += self._text.count("\n", self._at, at)
            self._at = at
        return self._line


def _why(document: object) -> str:
    kind = "object" if isinstance(document, Mapping) else "list" if isinstance(document, list) else "value"
    return f"a JSON {kind} without papers; a paper is an object with a title, and authors, an abstract or an id"
