"""What a query asks to leave out: "X 말고", "without X", "-X"; a phrase that papers use themselves is a topic."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.words.lacking import plain_words

SHORT = 14
"""The most words of a query that asks to leave something out; a longer text, or a statement, tells of a paper."""
_MOST_WORDS = 5

_PREDICATE = r"(?:쓰지|사용하지|이용하지|활용하지|필요로\s?하지|거치지)\s?(?:않는|않고|않은|않아도)|안\s?쓰는"
# "라벨 없이 배우는" tells how something is done, "확산 없이 영상 생성" asks for something else.
_NO_VERB = r"(?!(?:\s+[^\s\0]+){0,2}?\s+[^\s\0]*(?:는|한|된|할|하기)(?:\s|$))"
_KOREAN = re.compile(
    rf"(?:(?P<asked>말고는?|빼고는?|제외(?:하고|한|하면)?|이외에?의?|외에는|아닌)|(?P<told>없는|{_PREDICATE}|없이{_NO_VERB}))"
    r"(?![가-힣])\s*"
)
_PARTICLE = re.compile(r"(?<=\w)(?:을|를|이|가|은|는)$")
_ENDS_CLAUSE = re.compile(
    r"(?:[,.;:!?·()\[\]\"]|을|를|에서|에게|으로|[가-힣]로|에|중|는|은|한|된|인|할|던|위해|위한|대한|통한|및|또는|하고|하며|지만)$"
)
_ENGLISH = re.compile(
    r"(?:(?<![\w-])|(?=,))(?:(?P<asked>(?:but|and|,)?\s*not\s+(?:for|about|on|using|with|in|of)|(?:but|and|,)\s*(?:not|no)|not(?=\s+\S+(?:\s\S+)?\s*$)"
    r"|except(?:\s+for|ing)?|excluding|other\s+than|rather\s+than|instead\s+of|apart\s+from|aside\s+from)"
    r"|(?P<told>(?:but\s+)?without(?:\s+(?:using|any|the|an?))*))\s+(?P<what>\S.*)",
    re.IGNORECASE,
)
_MINUS = re.compile(r"(?:(?<=\s)|^)[-\u2212](?P<what>[^\W\d_][\w-]*)")
_STOP_TEXT = """
    for in on that which with by using from to via but as at into when while where than is are
"""
_STOPS = frozenset(_STOP_TEXT.split())
_GERUND = re.compile(r"\w+ing\s+\w", re.IGNORECASE)
_STATEMENT = re.compile(r"(?:\S+\s+){4}.*\.\s*$", re.DOTALL)
_JOINED = re.compile(r"\s*,\s*|\s+(?:or|and|nor|및|또는|혹은)\s+|(?<=[가-힣\w])(?:이나|나|와|과|이랑|랑|하고)\s+")
_VERB_BEFORE = re.compile(
    r"(?<![\w])(?:not|no|never|cannot|is|are|was|were|do|does|did|can|could|will|should)\s*$", re.I
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What a query leaves out, and the words that say so, from `start` to `end`."""

    start: int
    end: int
    what: str


def read_without(text: str, usual: Callable[[str], bool]) -> list[LeftOut]:
    """Return what a text asks to leave out, in order.

    `usual` tells whether the archive's own papers say that they go without something: then it is their topic.
    """
    if len(text.split()) > SHORT or _STATEMENT.match(text):
        return [*_minus(text)]
    found: list[LeftOut] = []
    for one in (*_korean(text, usual), *_english(text, usual), *_minus(text)):
        leaves = text[: one.start].strip(" \0,.") or text[one.end :].strip(" \0,.")
        if leaves and all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def parts_of(what: str) -> list[str]:
    """Return what is left out one by one: "diffusion or GANs", "확산이나 GAN"."""
    return [part for part in _JOINED.split(what) if part]


def _minus(text: str) -> Iterator[LeftOut]:
    return (LeftOut(*match.span(), match["what"]) for match in _MINUS.finditer(text))


def _korean(text: str, usual: Callable[[str], bool]) -> Iterator[LeftOut]:
    for match in _KOREAN.finditer(text):
        start = _phrase_start(text, *match.span())
        what = _PARTICLE.sub("", text[start : match.start()].strip())
        if what and not (match["told"] and usual(plain_words(what.split()[-1]))):
            yield LeftOut(start, match.end(), what)


def _phrase_start(text: str, end: int, marked: int) -> int:
    """Return where the noun phrase begins that ends at a place, where what leaves it out goes on to `marked`."""
    start, words = end, 0
    for match in reversed(list(re.finditer(r"[^\s\0]+", text[:end]))):
        if words and (_ENDS_CLAUSE.search(match.group()) or "\0" in text[match.end() : start]):
            break
        start, words = match.start(), words + 1
        if words == _MOST_WORDS:
            break
    # All of what stands before may as well be the topic: then the last word is meant.
    if words > 1 and not (text[:start] + text[marked:]).strip(" \0"):
        return max(text.rfind(" ", 0, len(text[:end].rstrip())) + 1, start)
    return start


def _english(text: str, usual: Callable[[str], bool]) -> Iterator[LeftOut]:
    for match in _ENGLISH.finditer(text):
        if _VERB_BEFORE.search(text, 0, match.start()) or (match["told"] and _GERUND.match(match["what"])):
            continue  # "does not", "not without", "without forgetting old tasks": no request
        words = list(_noun_phrase(match["what"]))
        what = " ".join(word.group() for word in words)
        if what and not (match["told"] and usual(plain_words(what))):
            yield LeftOut(match.start(), match.start("what") + words[-1].end(), what)


def _noun_phrase(text: str) -> Iterator[re.Match[str]]:
    for count, match in enumerate(re.finditer(r"[^\s\0,.;:!?()]+|[\0,.;:!?()]", text)):
        if count == _MOST_WORDS or match.group() in "\0,.;:!?()" or (count and match.group().lower() in _STOPS):
            return
        yield match
