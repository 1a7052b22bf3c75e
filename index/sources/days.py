"""Days as forms write them -> YYYY-MM-DD; a month or a year alone is its first day; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from index.ids import plain_text
from index.sources.values import iso_date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_WRITTEN = (
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+{_YEAR}", re.IGNORECASE),
    re.compile(rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}", re.IGNORECASE),
    re.compile(rf"\b{_MONTH},?\s+{_YEAR}", re.IGNORECASE),
    re.compile(rf"{_YEAR}[\s-]+{_MONTH}", re.IGNORECASE),
)
_YEAR_MONTH = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-./]|年\s?|년\s?)(\d{1,2})(?!\d)")
_YEAR_MONTH_DAY = re.compile(r"((?:19|20)\d\d)年\s?(\d{1,2})月\s?(\d{1,2})")
_YEAR_ALONE = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_MILLISECONDS = 100_000_000_000


def day_of(value: object) -> str | None:
    """Return the day that a text, a number, a list of numbers or CSL's `date-parts` says, else None."""
    if isinstance(value, Mapping):
        parts = value.get("date-parts") or value.get("dateparts") or value.get("parts")
        return day_of(parts) or day_of(value.get("raw") or value.get("literal") or value.get("$"))
    if isinstance(value, list | tuple):
        inner = value[0] if value and isinstance(value[0], list | tuple) else value
        return _day(*(int(part) for part in inner[:3] if str(part).isdecimal()))
    if isinstance(value, bool) or value is None:
        return None
    return _of_number(value) if isinstance(value, int | float) else _of_text(plain_text(str(value)))


def _of_number(value: float) -> str | None:
    if 1500 <= value <= 2100 or 19_000_101 <= value <= 21_000_101:
        return _of_text(str(int(value)))
    seconds = value / 1000 if value > _MILLISECONDS else value
    if not 0 < seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds > 100_000_000 else None


def _of_text(text: str) -> str | None:
    if day := iso_date(text):
        return day
    if match := _YEAR_MONTH_DAY.search(text):
        return _day(*map(int, match.groups()))
    if match := next((found for pattern in _WRITTEN if (found := pattern.search(text))), None):
        named = match.groupdict()
        month = _MONTHS.index(named["month"][:3].lower()) + 1
        return _day(int(named["year"]), month, int(named.get("day") or 1))
    if re.fullmatch(r"\d{8}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if match := _YEAR_MONTH.search(text):
        return _day(int(match[1]), int(match[2]))
    if re.fullmatch(r"\d{12,13}", text):
        return _of_number(int(text))
    return _day(int(match[1])) if len(text) < 40 and (match := _YEAR_ALONE.search(text)) else None


def _day(year: int = 0, month: int = 1, day: int = 1) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
