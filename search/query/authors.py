"""Authors whom a query names, by the names that the archive's own papers bear."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.words.people import name_parts
from index.words.spelled_names import SpelledName

MOST_WORDS = 5
SHORT = 8
"""The most words of a query in which a surname alone is read."""

_WORD = re.compile(r"[^\W\d_ㄱ-ㆎ가-힣](?:[^\W\d_ㄱ-ㆎ가-힣]|[.'’\-\u2010-\u2015](?=[^\W\d_]))*\.?")
_HANGUL_NAME = re.compile(r"(?<!\w)[가-힣]{2,4}?(?=(?:이|가|은|는|의)?(?:\s|\0|$))")
_BEFORE = re.compile(
    r"(?<!\w)(?:(?:written|authored|published|co-?authored)\s+)?(?P<by>by|authors?|저자는?)\s*[:：]?\s+$", re.I
)
_AFTER = re.compile(
    r"\s*(?:et\s+al\.?|등)?(?P<by>(?:[’']s)?(?=\s+(?:papers?|works?))|(?:이|가|씨가|님이|교수가|박사가)?\s?(?:쓴|작성한|저술한|집필한)|(?<=al)(?=\s|$|\.)|(?<=al\.)|(?<=등))?"
    r"(?:(?:이|가|은|는|의|과|와|씨|님|\s?교수|\s?박사)(?:의|이|가|은|는)?(?![가-힣]))?"
)
_SPACED = re.compile(r"[^\s\0\1,.?!]+")
_WROTE = re.compile(r"\s?(?:쓴|작성한|저술한|집필한|발표한)(?![가-힣])")
_SURE = 12.0
"""The evidence, in bits, that makes a name in Hangul sure beside a topic."""
_JOINED = re.compile(r"\s+|,\s+")


@dataclass(frozen=True, slots=True)
class NamedAuthor:
    """An author as a query writes the name, the words that say so from `start` to `end`, and the archive's name."""

    start: int
    end: int
    written: str
    name: str


def read_authors(text: str, known: Callable[[str], str | None], surname: Callable[[str], bool]) -> list[NamedAuthor]:
    """Return the authors that a text names, in order.

    `known` gives the archive's spelling of a whole name, of a surname with initials, in any order, or None;
    `surname` tells a word of some author's name, which is enough where the text says that an author is meant.
    """
    found: list[NamedAuthor] = []
    words = [*_WORD.finditer(text)]
    place = 0
    while place < len(words):
        if found and words[place].start() < found[-1].end:
            place += 1
            continue
        size, author = _longest(text, words[place : place + MOST_WORDS], known, surname)
        if author is not None:
            found.append(author)
        place += size
    return sorted([*found, *_hangul(text, known)], key=lambda one: one.start)


def read_spelled(
    text: str, asking: Sequence[tuple[int, int]], spelled: Callable[[Sequence[str]], Sequence[SpelledName]]
) -> NamedAuthor | None:
    """Return the author whose name a short text spells in Hangul, or None.

    `asking` are the parts of the text that only ask; beside a topic a name needs more evidence than alone.
    """
    words = [
        word
        for word in _SPACED.finditer(text)
        if not any(start < word.end() and word.start() < end for start, end in asking)
    ]
    found = spelled([word.group() for word in words]) if 0 < len(words) <= SHORT else ()
    if not found:
        return None
    best = found[0]
    start, end = words[best.first].start(), words[best.last].end()
    wrote = _WROTE.match(text, end)
    if best.evidence < _SURE and not wrote and best.last - best.first + 1 < len(words):
        return None
    return NamedAuthor(start, wrote.end() if wrote else end, best.name, best.name)


def _longest(
    text: str, words: Sequence[re.Match[str]], known: Callable[[str], str | None], surname: Callable[[str], bool]
) -> tuple[int, NamedAuthor | None]:
    """Return the longest name that the words begin with and how many of them it takes, or 1 and None."""
    for size in range(_adjacent(text, words), 0, -1):
        run = words[:size]
        author = _named(text, run, known, surname)
        if author is not None:
            return size, author
    return 1, None


def _adjacent(text: str, words: Sequence[re.Match[str]]) -> int:
    """Return how many of the words stand side by side; a comma may part a surname from what follows."""
    size = 1
    while size < len(words) and _JOINED.fullmatch(text, words[size - 1].end(), words[size].start()):
        size += 1
    return size


def _named(
    text: str, run: Sequence[re.Match[str]], known: Callable[[str], str | None], surname: Callable[[str], bool]
) -> NamedAuthor | None:
    start, end = run[0].start(), run[-1].end()
    written = text[start:end]
    if "," in written and len(run) > 2:
        return None
    (first, last), said = _around(text, start, end)
    if len(run) == 1:
        name = written if said and _may_be_surname(text, written) and surname(written) else None
    else:
        name = known(written) if said or _looks_like_name(text, run) else None
    if name is None:
        return None
    return NamedAuthor(first, last, written, name)


def _around(text: str, start: int, end: int) -> tuple[tuple[int, int], bool]:
    """Return a name's place with the words around it that belong to it, and whether they say that it is an author's."""
    before, after = _BEFORE.search(text, 0, start), _AFTER.match(text, end)
    place = before.start() if before else start, after.end() if after else end
    return place, before is not None or (after is not None and after["by"] is not None)


def _may_be_surname(text: str, word: str) -> bool:
    """Tell one word of a name from a method: a statement says "by" of anything."""
    return len(word) > 2 and word[0].isupper() and word[1:].islower() and len(text.split()) <= SHORT


def _looks_like_name(text: str, run: Sequence[re.Match[str]]) -> bool:
    """Tell capitalised words, or words that are the whole text, from the words of a sentence."""
    alone = not (text[: run[0].start()] + text[run[-1].end() :]).strip(" \0.,?!")
    capital = all(word.group()[0].isupper() for word in run)
    return (alone or capital) and any(len(part) > 1 for part in name_parts(" ".join(word.group() for word in run)))


def _hangul(text: str, known: Callable[[str], str | None]) -> Iterator[NamedAuthor]:
    for match in _HANGUL_NAME.finditer(text):
        if (name := known(match.group())) is not None:
            place, _ = _around(text, *match.span())
            yield NamedAuthor(*place, match.group(), name)
