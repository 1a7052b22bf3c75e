"""Words that only ask, such as "find me papers on" and "논문 추천해줘", and the order that a query asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SHORT = 12
Order = Literal["date", "votes"]

_PAPERS = r"(?:papers?|articles?|publications?|works?|studies|literature|preprints?)"
_LEADING = (
    re.compile(
        r"(?:please\s+|can you\s+|could you\s+|i\s+(?:want|need|would like)(?:\s+to\s+(?:find|read|see))?\s+"
        r"|i(?:['’]m| am)\s+looking\s+for\s+|(?:find|show|give|get|recommend|suggest|list|search(?:\s+for)?|look\s+for)"
        r"(?:\s+(?:me|us))?\s+|(?:are|is)\s+there\s+)(?:(?:some|any|all|the|a|an|good)\s+)*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:(?:a\s+)?(?:survey|overview|review)s?\s+(?:of|on|about)\s+|{_PAPERS}\s+(?:on|about|of|for|regarding|concerning"
        r"|related\s+to|dealing\s+with|that|which|where|from|in|by)\s+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?:논문|연구)(?:들)?\s?(?:중에서는?|중에|중|가운데|에서)\s+|(?:논문|연구)들?\s*[:：]\s*|[:：,，]\s*"),
)
_LEFT_OVER = (
    re.compile(r"(?:on|about|from|by|that|which|of|에서|의)\s+(?=\S)", re.IGNORECASE),
    re.compile(rf"(?:the\s+)?{_PAPERS}$|(?:논문|연구)들?(?:을|를|은|는)?$", re.IGNORECASE),
)
"""What is no beginning by itself, but what is left of one."""
_TRAILING = (
    re.compile(r"\s+(?:please|papers|articles|publications)\s*[?？!.]*$", re.IGNORECASE),
    re.compile(
        r"(?:(?:을|를)?\s*(?:좀\s*)?(?:추천|검색|소개)?\s*(?:해|찾아|알려|보여|골라|추천)\s?(?:줘|줘요|주세요|줄래요?|봐|달라)"
        r"|\s*(?:뭐\s?)?(?:있나요|있어요?|있을까요?|있니)|\s*(?:추천|목록|리스트|모음))\s*[?？!.]*$"
    ),
    re.compile(
        r"(?:(?:에|와|과)?\s?(?:대한|관한|관련된?|대해|관해)\s?|(?:을|를)\s?(?:다룬|다루는)\s)?"
        r"\s*(?<![가-힣])(?:논문|페이퍼)(?:들)?(?:을|를|은|는|이|가|의|도|만)?\s*[?？!.]*$"
    ),
)
_CUT_OFF = (
    re.compile(r"\s+(?:on|about|from|by|in|and|of)$", re.IGNORECASE),
    re.compile(r"(?:에|와|과)\s?(?:대한|관한|관련된?|대해)$|\s+관련$|\s*[,;:?？!.]$|\s+중$"),
)
"""What is no end by itself, but what is left before one."""
_PUBLISHED = re.compile(
    r"what\s+(?:has|have|did|does)\s*(?P<gap>\0[\s\0]*)(?:published?|written|write|do(?:ne)?)?", re.IGNORECASE
)
_ORDERS: tuple[tuple[Order, re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(
            rf"(?<![\w])(?:(?:the\s+)?(?:newest|latest|most\s+recent)(?=(?:\s+[^\s\0]+){{0,4}}\s+{_PAPERS}(?!\w))|newest\s+first"
            r"|(?:sort(?:ed)?|order(?:ed)?)\s+by\s+date|최신\s?순(?:으로|서로)?|최신(?=(?:\s[^\s\0]+){0,4}\s?논문|\s?연구)"
            r"|가장\s?(?:최근(?:에)?|최신)(?:의|\s?나온)?|새로\s?나온(?=\s?(?:논문|연구)))(?!\w)",
            re.IGNORECASE,
        ),
    ),
    (
        "votes",
        re.compile(
            r"(?<![\w])(?:(?:with\s+)?(?:the\s+)?most\s+(?:up)?vot(?:es|ed)|(?:the\s+)?most\s+popular|(?:sort(?:ed)?|order(?:ed)?)"
            r"\s+by\s+(?:votes|popularity)|(?:추천|투표|득표|인기)\s?순(?:으로|서로)?|(?:추천|투표|표)(?:을|를)?\s?(?:가장\s?)?많이"
            r"\s?받은|인기\s?(?:있는|많은)(?=\s?(?:논문|연구)))(?!\w)",
            re.IGNORECASE,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Words that only ask, from `start` to `end`, and the order that they ask for, if any."""

    start: int
    end: int
    order: Order | None = None


def read_order(text: str) -> Asking | None:
    """Return the first words that ask for an order of the papers, or None; a long text asks for none."""
    if len(text.split()) > SHORT or text.rstrip().endswith("."):
        return None
    found = [Asking(*match.span(), order) for order, pattern in _ORDERS if (match := pattern.search(text))]
    return min(found, key=lambda one: one.start, default=None)


def read_asking(text: str) -> Iterator[Asking]:
    """Yield the words at both ends of a text that only ask; what is taken out of it already is a gap of zeros."""
    if match := _PUBLISHED.search(text):
        yield Asking(match.start(), match.start("gap"))
        if match.end("gap") < match.end():
            yield Asking(match.end("gap"), match.end())
        text = text[: match.start()] + "\0" * (match.end() - match.start()) + text[match.end() :]
    if text.rstrip().endswith("."):
        return  # a statement, not a request
    start, end = _trimmed(text, 0, len(text))
    while match := _first(_LEADING + (_LEFT_OVER if start or end < len(text) else ()), text, start, end):
        yield Asking(start, match.end())
        start, end = _trimmed(text, match.end(), end)
    while match := _last(_TRAILING + (_CUT_OFF if start or end < len(text) else ()), text[:end], start):
        yield Asking(match.start(), end)
        start, end = _trimmed(text, start, match.start())


def _first(patterns: tuple[re.Pattern[str], ...], text: str, start: int, end: int) -> re.Match[str] | None:
    found = (pattern.match(text, start, end) for pattern in patterns)
    return next((match for match in found if match and match.end() > start), None)


def _last(patterns: tuple[re.Pattern[str], ...], text: str, start: int) -> re.Match[str] | None:
    found = (pattern.search(text, start) for pattern in patterns)
    return next((match for match in found if match and match.end() > match.start()), None)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in " \0\n\t":
        start += 1
    while end > start and text[end - 1] in " \0\n\t":
        end -= 1
    return start, end
