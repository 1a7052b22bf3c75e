"""JSON Lines -> papers, one paper a line, ours or of others; pure."""

from __future__ import annotations

import json

from index.sources.gathering import Gathering
from index.sources.parsed import Parsed, Skipped
from index.sources.records import Given
from index.sources.values import clean_text, path_date

_FORM = '{"id": ..., "title": ..., "sections": {heading: text}}'


class _RowError(Exception):
    """A row is no JSON object; the message says why and what to write."""


def parse_jsonl(text: str, file: str) -> Parsed:
    """Read one paper a line; a line that cannot be read is skipped with its number and the rest is still read."""
    text = clean_text(text)
    if not text.strip():
        return Parsed((), (Skipped(file, 0, "the file is empty"),), 0)
    gathering = Gathering(file, "JSON Lines", Given(path_date(file)))
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                gathering.row(_row(line), number)
            except _RowError as error:
                gathering.skip(number, str(error))
    return gathering.parsed()


def _row(line: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise _RowError(f"not JSON: {error.msg} at column {error.colno}; write {_FORM} in one line") from None
    except (ValueError, RecursionError, MemoryError):
        raise _RowError("not JSON that can be read: nested too deep, or a number is too long") from None
    if not isinstance(row, dict):
        raise _RowError(f"not a JSON object; write {_FORM} in one line")
    return row
