"""The days that a query asks of: periods with what stands around them, "since", "까지", "published in"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from search.query.periods import Named, named_periods

_MADE = r"(?:published|released|written|posted|presented|submitted|dated|announced|uploaded|came out|appearing)"
_BEFORE = re.compile(
    rf"(?:(?<!\w)(?:that\s+)?(?:(?:were|was|are)\s+)?(?:{_MADE}\s+)?"
    r"(?P<how>since|after|before|until|till|up to|from|in|during|within|on|of|between)?(?:\s+the)?\s+"
    rf"|(?<!\w){_MADE}\s+|[(\[,，]\s*)?$",
    re.IGNORECASE,
)
_COME_OUT = (
    r"(?:나온|나왔던|발표된|발표한|공개된|공개한|올라온|쓰인|쓴|출판된|게재된|출간된|실린|등록된|제출된|소개된|있었던)"
)
_AFTER = re.compile(
    r"\s?(?P<how>이후로?|부터|이전|까지|전)?(?:에|의|에서|간|동안|사이에?|이내에?|내에?)*"
    rf"(?:\s?{_COME_OUT})?(?:\s?[)\]])?"
)
_RANGE = re.compile(r"\s*(?:부터|에서|~|–|—|-|to|and|until|through|과|와)\s*", re.IGNORECASE)
_HOWS = {
    "since": "from",
    "이후": "from",
    "이후로": "from",
    "부터": "from",
    "after": "after",
    "before": "before",
    "이전": "before",
    "전": "before",
    "until": "to",
    "till": "to",
    "up to": "to",
    "까지": "to",
}
_EDGE = 2
_SHORT = 12
_ASKED_FOR = re.compile(r"\s?(?:papers?|works?|studies|논문|연구)", re.IGNORECASE)
_PLAIN_WORD = re.compile(r"(?:^|[a-z가-힣][,]?\s*)$")
_NAME_BEFORE = re.compile(r"[A-Z0-9][\w-]*\s*$")


@dataclass(frozen=True, slots=True)
class Days:
    """What a query says of days: the words, from `start` to `end`, and the first and the last day, inclusive.

    None is an open end; `relative` counts from the day on which it is said.
    """

    start: int
    end: int
    first: date | None
    last: date | None
    relative: bool = False


def read_days(text: str, today: date) -> list[Days]:
    """Return what a text says of days, in order; a number that may as well belong to a name is none.

    Within a long text a period belongs to what it tells; who asks for days says so first or last.
    """
    found = [days for group in _grouped(text, named_periods(text, today)) if (days := _days(text, group))]
    return [days for days in found if _is_asked(text, days)]


def _is_asked(text: str, days: Days) -> bool:
    before, after = len(text[: days.start].split()), len(text[days.end :].split())
    return min(before, after) <= _EDGE or before + after <= _SHORT


def _grouped(text: str, named: Sequence[Named]) -> Iterator[Sequence[Named]]:
    """Yield the periods one by one, two that a range joins together."""
    joined = {one.start for one, other in pairwise(named) if _RANGE.fullmatch(text, one.end, other.start)}
    skip = False
    for place, one in enumerate(named):
        if skip:
            skip = False
        elif one.start in joined:
            skip = True
            yield named[place : place + 2]
        else:
            yield [one]


def _days(text: str, group: Sequence[Named]) -> Days | None:
    before = _BEFORE.search(text, 0, group[0].start)
    after = _AFTER.match(text, group[-1].end)
    start = before.start() if before else group[0].start
    end = after.end() if after else group[-1].end
    if len(group) == 1 and group[0].bare and not _is_said(text, start, group[0], end):
        return None
    how = ((before and before["how"]) or (after and after["how"]) or "").lower()
    first, last = _bounds(group, _HOWS.get(how, "") if len(group) == 1 else "")
    return Days(start, end, first, last, any(one.period.relative for one in group))


def _is_said(text: str, start: int, named: Named, end: int) -> bool:
    """Tell a year that a text means from one that belongs to a name or a citation, as in AIME 2024."""
    if len(text.split()) > _SHORT and text.rstrip().endswith("."):
        return False
    if text[start : named.start].strip(" ,([") or text[named.end : end].strip(" )]"):
        return True
    if _ASKED_FOR.match(text, end):
        return not _NAME_BEFORE.search(text, 0, start)
    return not text[end:].strip(" .?!)") and bool(_PLAIN_WORD.search(text, 0, start))


def _bounds(group: Sequence[Named], how: str) -> tuple[date | None, date | None]:
    first, last = min(one.period.first for one in group), max(one.period.last for one in group)
    match how:
        case "from":
            return first, None
        case "after":
            return last + timedelta(days=1) if last < date.max else last, None
        case "before":
            return None, first - timedelta(days=1) if first > date.min else first
        case "to":
            return None, last
    return first, last
