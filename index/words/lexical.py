"""Korean and English terms, with where they stand in the text.

A Hangul word is analysed by itself, never in its sentence: the same word then gives the same terms in
a passage and in a query, and an archive's words are analysed once each. Korean analysis is handed in
as a function from a word to its morphemes, so that this module needs no dictionary.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any

ATTACHED = "·"
"""Stands before a Hangul word that follows a Latin word, a digit or a bracket without a space."""


@dataclass(frozen=True, slots=True)
class Morpheme:
    """A part of a Hangul word; an empty `term` is a particle, ending or other part that is not searched."""

    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A term and the code points it covers in its text."""

    term: str
    start: int
    end: int


WordAnalysis = Callable[[str], tuple[Morpheme, ...]]

_MARK = "[\u0300-\u036f]"
_KEYCAP = r"\ufe0f?\u20e3"
_CLOSING = r"""\)\]}'"”’%*`"""
_WORD = re.compile(
    rf"(?P<attached>(?<=[^\W_]|[{_CLOSING}])[가-힣]+)|[가-힣]+"
    rf"|[^\W_가-힣]+(?:{_MARK}+[^\W_가-힣]*)*(?:\.\d+)*(?!{_KEYCAP})"
)
_PARTS = re.compile(r"[A-Z]{2,}(?=s(?![a-z]))|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+(?:\.\d+)*|[^\W\d_]+")


def words_of(text: str) -> list[tuple[str, int]]:
    """Return each word of a text, a Hangul one marked where it is attached, and its start in code points."""
    return [
        (ATTACHED + match.group() if match.lastgroup else match.group(), match.start())
        for match in _WORD.finditer(text)
    ]


def hangul_words(text: str) -> Iterator[tuple[str, int]]:
    """Yield each Hangul word of a text, marked where it is attached, and its start in code points."""
    return ((word, start) for word, start in words_of(text) if is_hangul(word))


def is_hangul(word: str) -> bool:
    """Tell a Hangul word of `words_of`, marked or not, from one in another alphabet."""
    return word.startswith(ATTACHED) or "가" <= word[0] <= "힣"


def word_parts(word: str, analyze: WordAnalysis) -> tuple[Morpheme, ...] | tuple[Token, ...]:
    """Return the parts of one word of `words_of`, with their places within the word."""
    return analyze(word) if is_hangul(word) else latin_tokens(word)


def tokenize(text: str, analyze: WordAnalysis) -> list[Token]:
    """Return the terms of a text in order: Korean morphemes, English stems, numbers.

    A compound such as FlashAttention gives itself and its parts.
    """
    return list(tokens_of(words_of(text), analyze))


def tokens_of(words: Iterable[tuple[str, int]], analyze: WordAnalysis) -> Iterator[Token]:
    """Yield the terms of some words with their starts in a text, as `words_of` gives them."""
    for word, start in words:
        for part in word_parts(word, analyze):
            if part.term:
                yield Token(part.term, start + part.start, start + part.end)


def terms(text: str, analyze: WordAnalysis) -> list[str]:
    """Return the terms of a text in order, without their places."""
    return [token.term for token in tokenize(text, analyze)]


def whole_tokens(text: str, analyze: WordAnalysis) -> list[Token]:
    """Return the terms of a text in order, without the parts of compounds."""
    reached, found = 0, []
    for token in tokenize(text, analyze):
        if token.end > reached:
            found.append(token)
            reached = token.end
    return found


@lru_cache(maxsize=65536)
def latin_tokens(word: str) -> tuple[Token, ...]:
    """Return the stems of one word in Latin or another alphabet, and of its parts where it has several."""
    tokens = [] if re.search(_MARK, word) else _parts(word)
    whole = _stem(unicodedata.normalize("NFC", word).lower())
    if (len(word) > 1 and word.lower() not in STOP_WORDS) and [(t.start, t.end) for t in tokens] != [(0, len(word))]:
        return (Token(whole, 0, len(word)), *(token for token in tokens if token.term != whole))
    return tuple(tokens)


def _parts(word: str) -> list[Token]:
    found = ((match.group().lower(), match.start(), match.end()) for match in _PARTS.finditer(word))
    return [Token(_stem(part), start, end) for part, start, end in found if part not in STOP_WORDS]


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))


_STOP_TEXT = """
    a an the of and or in on at to for from by with without is are was were be been being this that these those it
    its as we our they their he she you i which who whom whose what when where how why than then there here can
    could may might will would shall should do does did done has have had having not no nor but if so such into over
    under between among via per each both all any some more most other also only just very too own same up down out
    off above below again further once about against during before after while because until s t use used using uses
    based paper propose proposed proposes present presents show shows
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())


_LONGEST_PIECE = 8


def unknown_cost(size: int, whole: int) -> float:
    """Return what it costs to read so many syllables of a word of `whole` as one unknown piece, a short one more."""
    return 10.0 + 6.0 * size + 6.0 * (size < min(whole, 3))


Costs = Mapping[str, tuple[str, float] | None]
_Step = tuple[float, int, str | None]
"""The cost of the cheapest path to a place, where its last piece starts, and that piece's term."""


class Segmenter:
    """Splits a Hangul word that the archive never wrote into pieces that it did, by the cheapest path.

    `costs` gives each piece's term and cost, or None where the archive does not know the piece. A syllable alone
    says nothing, unless it is a particle; what no piece covers stays whole, as a term of its own.
    """

    def __init__(self, costs: Callable[[Collection[str]], Costs]) -> None:
        self._costs = costs

    def __call__(self, word: str) -> tuple[Morpheme, ...]:
        """Return the pieces of a word, in order."""
        body = word.removeprefix(ATTACHED)
        costs = self._costs(dict.fromkeys(body[start:end] for end in range(len(body) + 1) for start in _starts(end)))
        best: list[_Step] = [(0.0, 0, "")]
        for end in range(1, len(body) + 1):
            best.append(min(_steps(body, end, best, costs, word.startswith(ATTACHED)), key=itemgetter(0)))
        pieces, end = [], len(body)
        while end:
            _, start, term = best[end]
            unknown = body[start:end] if min(len(body), 2) <= end - start else ""
            pieces.append(Morpheme(unknown if term is None else term, start, end))
            end = start
        return tuple(pieces[::-1])


def _starts(end: int) -> range:
    """Return where the pieces start that end at a place."""
    return range(max(0, end - _LONGEST_PIECE), end)


def _steps(body: str, end: int, best: Sequence[_Step], costs: Costs, attached: bool) -> Iterator[_Step]:
    """Yield the ways to read what ends at a place; a particle follows what is known, or is attached."""
    for start in range(end):
        spent, _, before = best[start]
        yield spent + unknown_cost(end - start, len(body)), start, None
        known = costs[body[start:end]] if start in _starts(end) else None
        if known and (end - start > 1 if known[0] else before is not None and (start or attached)):
            yield spent + known[1], start, known[0]


def morphemes_to_json(morphemes: tuple[Morpheme, ...]) -> str:
    """Return a word's morphemes as compact JSON."""
    return json.dumps([[m.term, m.start, m.end] for m in morphemes], ensure_ascii=False, separators=(",", ":"))


def morphemes_from_json(text: str) -> tuple[Morpheme, ...]:
    """Return the morphemes that `morphemes_to_json` wrote."""
    return tuple(Morpheme(term, start, end) for term, start, end in json.loads(text))
