"""Periods as people name them, in Korean and English: when one begins and ends, whatever stands around it."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_NUMBERS = {
    name: number
    for number, names in enumerate(
        [
            "a an one 한 일 1",
            "two 두 이",
            "three 세 석 삼",
            "four 네 넉 사",
            "five 다섯 오",
            "six 여섯 육",
            "seven 일곱 칠",
            "eight 여덟 팔",
            "nine 아홉 구",
            "ten 열 십",
            "eleven 열한",
            "twelve 열두 십이",
        ],
        start=1,
    )
    for name in names.split()
}
_MANY = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_UNITS = {"day": 1, "일": 1, "week": 7, "주": 7, "주일": 7}
_MONTHS_OF = {"month": 1, "달": 1, "개월": 1, "year": 12, "년": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day, both inclusive; `relative` to the day on which it is said."""

    first: date
    last: date
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A period and where its name stands in a text; a `bare` year or month may as well be part of another name."""

    start: int
    end: int
    period: Period
    bare: bool = False


def year(number: int) -> Period:
    """Return a whole year; ValueError for one that no calendar has."""
    return Period(date(number, 1, 1), date(number, 12, 31))


def months(number: int, first: int, last: int) -> Period:
    """Return the months of a year from one to another; ValueError where there are none."""
    if first > last:
        raise ValueError(f"month {first} comes after month {last}")
    return Period(date(number, first, 1), date(number, last, monthrange(number, last)[1]))


def back(today: date, count: int, unit: str) -> Period:
    """Return the last so many days, weeks, months or years, today included; ValueError before all calendars."""
    if unit in _UNITS:
        try:
            return Period(today - timedelta(days=count * _UNITS[unit]), today, relative=True)
        except OverflowError:
            raise ValueError(f"{count} {unit} are too many") from None
    ordinal = today.year * 12 + today.month - 1 - count * _MONTHS_OF[unit]
    first = date(ordinal // 12, ordinal % 12 + 1, 1)
    return Period(first.replace(day=min(today.day, monthrange(first.year, first.month)[1])), today, relative=True)


def _month_back(today: date, count: int) -> Period:
    ordinal = today.year * 12 + today.month - 1 - count
    return replace(months(ordinal // 12, ordinal % 12 + 1, ordinal % 12 + 1), relative=True)


def _week_back(today: date, count: int) -> Period:
    monday = today - timedelta(days=today.weekday() + 7 * count)
    return Period(monday, monday + timedelta(days=6), relative=True)


def _years_ago(today: date, count: int) -> Period:
    return replace(year(today.year - count), relative=True)


_RELATIVE: tuple[tuple[str, Callable[[date], Period]], ...] = (
    (r"올해|금년|this year", lambda today: _years_ago(today, 0)),
    (r"재작년|(?:the )?year before last", lambda today: _years_ago(today, 2)),
    (r"작년|지난\s?해|last year", lambda today: _years_ago(today, 1)),
    (r"이번\s?달|이달|this month", lambda today: _month_back(today, 0)),
    (r"(?:지난|저번)\s?달|last month", lambda today: _month_back(today, 1)),
    (r"이번\s?주|금주|this week", lambda today: _week_back(today, 0)),
    (r"(?:지난|저번)\s?주(?!일)|last week", lambda today: _week_back(today, 1)),
    (r"(?:최근|지난)\s?(?:반년|반 년)", lambda today: back(today, 6, "month")),
    (r"(?:the )?past week|(?:최근|지난)\s?(?:일주일|한 주)", lambda today: back(today, 7, "day")),
    (r"(?:the )?past month|(?:최근|지난)\s?한\s?달", lambda today: back(today, 1, "month")),
    (r"(?:the )?past year|(?:최근|지난)\s?(?:한\s?해|일\s?년)", lambda today: back(today, 1, "year")),
    (r"어제|yesterday", lambda today: back(today - timedelta(1), 0, "day")),
    (r"오늘(?!날)|today", lambda today: back(today, 0, "day")),
)
_COUNTED = re.compile(
    rf"(?<!\w)(?:(?:the )?(?:past|last|previous)\s(?P<en>\d{{1,4}}|{_MANY})\s(?P<unit>day|week|month|year)s?(?!\w)"
    rf"|(?:최근|지난)\s?(?P<ko>\d{{1,4}}|{_MANY})\s?(?P<단위>일|주일|주|달|개월|년)(?![가-힣])"
    rf"|(?:최근|지난)\s?(?P<ko2>\d{{1,4}}|{_MANY})\s?(?P<단위2>일|주일|주|달|개월|년)(?=간|동안|사이|에|의|이내|내))",
    re.IGNORECASE,
)
_FIXED = re.compile("|".join(rf"(?<!\w)(?P<r{i}>{form})" for i, (form, _) in enumerate(_RELATIVE)), re.IGNORECASE)
_LATIN_END = re.compile(r"(?<=[a-z])(?=[a-z])", re.IGNORECASE)
_ISO = re.compile(
    rf"(?<![\w.-]){_YEAR}[-./](?P<month>0?[1-9]|1[0-2])(?:[-./](?P<day>0?[1-9]|[12]\d|3[01]))?(?![\w-]|\.\d)"
)
_KOREAN = re.compile(
    rf"(?<![\w]){_YEAR}\s?년(?:도)?"
    r"(?:\s?(?P<month>1[0-2]|0?[1-9])\s?월(?:\s?(?P<day>[12]\d|3[01]|0?[1-9])\s?일)?"
    r"|\s?(?P<half>상반기|하반기)|\s?(?P<quarter>[1-4])\s?(?:사)?분기)?"
)
_KOREAN_MONTHS = re.compile(
    rf"(?<![\w]){_YEAR}\s?년\s?(?P<from>1[0-2]|0?[1-9])\s?월?\s?(?:부터|에서|~|–|-|과|와)\s?(?P<to>1[0-2]|0?[1-9])\s?월"
    r"(?:까지|\s?사이)?"
)
_SEASON = re.compile(
    rf"(?<!\w)(?:{_YEAR}\s?년\s?(?P<ko>봄|여름|가을|초|중반|말)(?=에|의|부터|까지|\s|$)"
    r"|(?:in\s)?(?P<en>early|mid|late|spring|summer|autumn|fall)[\s-](?:of\s)?(?P<year2>(?:19|20)\d\d)(?!\w))",
    re.IGNORECASE,
)
_SEASONS = {
    **dict.fromkeys(("봄", "spring"), (3, 5)),
    **dict.fromkeys(("여름", "summer"), (6, 8)),
    **dict.fromkeys(("가을", "autumn", "fall"), (9, 11)),
    **dict.fromkeys(("초", "early"), (1, 4)),
    **dict.fromkeys(("중반", "mid"), (5, 8)),
    **dict.fromkeys(("말", "late"), (9, 12)),
}
_ENGLISH = re.compile(
    rf"(?<!\w)(?:(?P<day>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?\s(?:of\s)?)?(?P<name>{_MONTH_NAME})\.?"
    rf"(?:\s(?P<day2>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?,?)?(?:\sof)?,?\s{_YEAR}(?!\w)",
    re.IGNORECASE,
)
_PART = re.compile(
    rf"(?<!\w)(?:(?:the\s)?(?P<half>first|second|1st|2nd)\shalf\s(?:of\s)?|H(?P<h>[12])\s(?:of\s)?"
    rf"|(?:the\s)?(?P<ordinal>first|second|third|fourth)\squarter\s(?:of\s)?|Q(?P<q>[1-4])\s(?:of\s)?){_YEAR}(?!\w)"
    r"|(?<!\w)(?P<year2>(?:19|20)\d\d)[\s-]?(?:H(?P<h2>[12])|Q(?P<q2>[1-4]))(?!\w)",
    re.IGNORECASE,
)
_MONTH_ALONE = re.compile(
    rf"(?<![\w년])(?:(?P<number>1[0-2]|0?[1-9])\s?월(?=에|\s?(?:논문|자|호|중))"
    rf"|(?<=\bin )(?P<name>{_MONTH_NAME})(?!\w|\s\d))",
    re.IGNORECASE,
)
_YEAR_ALONE = re.compile(rf"(?<![\w.,$/-]){_YEAR}(?![\w/-]|[.,]\d|\s?[%x×])")
_ORDINALS = ("first", "second", "third", "fourth")


def named_periods(text: str, today: date) -> list[Named]:
    """Return the periods that a text names, in order, none within another; what no calendar has is none."""
    found: list[Named] = []
    for one in (*_exact(text), *_counted(text, today), *_fixed(text, today), *_bare(text, today)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _exact(text: str) -> Iterator[Named]:
    readers = (
        (_KOREAN_MONTHS, _korean_months),
        (_SEASON, _season),
        (_KOREAN, _korean),
        (_ENGLISH, _english),
        (_PART, _part),
        (_ISO, _iso),
    )
    for pattern, read in readers:
        for match in pattern.finditer(text):
            with suppress(ValueError):
                yield Named(*match.span(), read(match))


def _iso(match: re.Match[str]) -> Period:
    return _day_or_month(int(match["year"]), int(match["month"]), match["day"])


def _day_or_month(number: int, month: int, day: str | None) -> Period:
    if not day:
        return months(number, month, month)
    return Period(date(number, month, int(day)), date(number, month, int(day)))


def _korean_months(match: re.Match[str]) -> Period:
    return months(int(match["year"]), int(match["from"]), int(match["to"]))


def _season(match: re.Match[str]) -> Period:
    return months(int(match["year"] or match["year2"]), *_SEASONS[(match["ko"] or match["en"]).lower()])


def _korean(match: re.Match[str]) -> Period:
    number = int(match["year"])
    if match["half"]:
        return _half(number, ("상반기", "하반기").index(match["half"]))
    if match["quarter"]:
        return _quarter(number, int(match["quarter"]) - 1)
    return _day_or_month(number, int(match["month"]), match["day"]) if match["month"] else year(number)


def _english(match: re.Match[str]) -> Period:
    month = _MONTHS.index(match["name"][:3].lower()) + 1
    return _day_or_month(int(match["year"]), month, match["day"] or match["day2"])


def _part(match: re.Match[str]) -> Period:
    number = int(match["year"] or match["year2"])
    if half := match["half"] or match["h"] or match["h2"]:
        return _half(number, 0 if half.lower() in {"first", "1st", "1"} else 1)
    if match["ordinal"]:
        return _quarter(number, _ORDINALS.index(match["ordinal"].lower()))
    return _quarter(number, int(match["q"] or match["q2"]) - 1)


def _half(number: int, which: int) -> Period:
    return months(number, 6 * which + 1, 6 * which + 6)


def _quarter(number: int, which: int) -> Period:
    return months(number, 3 * which + 1, 3 * which + 3)


def _counted(text: str, today: date) -> Iterator[Named]:
    for match in _COUNTED.finditer(text):
        count = (match["en"] or match["ko"] or match["ko2"]).lower()
        unit = (match["unit"] or match["단위"] or match["단위2"]).lower()
        with suppress(ValueError):
            yield Named(*match.span(), back(today, int(count) if count.isdecimal() else _NUMBERS[count], unit))


def _fixed(text: str, today: date) -> Iterator[Named]:
    for match in _FIXED.finditer(text):
        if not _LATIN_END.match(text, match.end()):
            which = int(str(match.lastgroup)[1:])
            # "Models today" says little of a day.
            yield Named(*match.span(), _RELATIVE[which][1](today), bare=which == len(_RELATIVE) - 1)


def _bare(text: str, today: date) -> Iterator[Named]:
    for match in _YEAR_ALONE.finditer(text):
        yield Named(*match.span(), year(int(match["year"])), bare=True)
    for match in _MONTH_ALONE.finditer(text):
        if match["name"] and not match["name"][0].isupper():
            continue  # in may, for one
        number = int(match["number"] or _MONTHS.index(match["name"][:3].lower()) + 1)
        yield Named(*match.span(), months(today.year - (number > today.month), number, number))
