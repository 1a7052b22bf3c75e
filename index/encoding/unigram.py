"""XLM-RoBERTa's tokenizer, its 250,002 pieces on disk and looked up word by word.

A whole vocabulary in memory takes a second and 280 MB to load, for the few thousand pieces that texts of
one archive use. Words are split alone, so a word's tokens are worked out once and remembered. The split is
the likeliest under a unigram language model (Kudo, 2018), found by Viterbi's algorithm.
"""

from __future__ import annotations

import math
import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

import numpy as np

from index.encoding.tokens import Tokens

PIECES_FILE = "pieces.sqlite"

_START, _END, _UNKNOWN = 0, 2, 3
_SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
_SPECIALS = re.compile(f"({'|'.join(_SPECIAL)})")
_UNKNOWN_PENALTY = 10.0
_LONGEST = 16
_SPACE = "▁"
_CACHED_LETTERS = 64

# What SentencePiece's rule nmt_nfkc turns into a space (marks without width too), and what it drops. No UTF-8
# text can hold a surrogate; it counts as the replacement character, which is a space.
_WORD = re.compile(
    r"[^\t\n\f\r \x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2581\u3000\ufeff\ufffd\ud800-\udfff]+"
)
_DROPPED = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]")
# The one common character that this rule keeps from NFKC, and a private one that stands for it meanwhile.
_TILDE, _KEPT_TILDE = "\uff5e", "\ue000"

_SCHEMA = "CREATE TABLE pieces (piece TEXT PRIMARY KEY, id INTEGER NOT NULL, score REAL NOT NULL) WITHOUT ROWID"
_FIND = "SELECT piece, id, score FROM pieces WHERE piece BETWEEN ? AND ?"
# Pieces are looked up by this many first letters; shorter ones by themselves.
_HEAD = 3
_LAST_LETTER = "\U0010ffff"


Span = tuple[int, int]
Pieces = Sequence[tuple[int, int, int]]
"""The ids of a word's pieces, and the half-open range of code points of the word that each came from."""
Scored = Mapping[str, tuple[int, float]]
"""Pieces, each with its id and its log-probability."""
Beginning = Callable[[str], Scored]
"""Returns the pieces that begin with three letters, or the one that is fewer letters itself."""


def write_pieces(pieces: Sequence[tuple[str, float]], folder: Path) -> None:
    """Write (piece, log-probability) pairs, in the order of their ids, into a folder.

    The empty piece stands for what no piece covers.
    """
    unknown = min(score for _, score in pieces) - _UNKNOWN_PENALTY
    rows = sorted((piece, i, score) for i, (piece, score) in enumerate(pieces))
    database = sqlite3.connect(folder / PIECES_FILE)
    try:
        database.execute(_SCHEMA)
        database.executemany("INSERT INTO pieces VALUES (?, ?, ?)", [("", _UNKNOWN, unknown), *rows])
        database.commit()
    finally:
        database.close()


class UnigramTokenizer:
    """Splits texts into at most `max_tokens` tokens each, by a folder's pieces; safe to share between threads."""

    def __init__(self, folder: Path, max_tokens: int) -> None:
        address = f"{(folder / PIECES_FILE).resolve().as_uri()}?immutable=1"
        self._database = sqlite3.connect(address, uri=True, check_same_thread=False)
        self._max_tokens = max_tokens
        beginning = lru_cache(maxsize=65536)(partial(_find, self._database))
        self._split = partial(_split, beginning, beginning("")[""][1])
        self._remembered = lru_cache(maxsize=32768)(self._split)

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each text, in order."""
        return [self._encode(text) for text in texts]

    def _encode(self, text: str) -> Tokens:
        rows, room = [(_START, 0, 0)], self._max_tokens - 1
        for pieces, start in self._words(text):
            rows += [(number, start + first, start + end) for number, first, end in pieces]
            if len(rows) > room:
                break
        table = np.array([*rows[:room], (_END, 0, 0)], np.int64)
        return Tokens(table[:, 0], table[:, 1:], truncated=len(rows) > room)

    def _words(self, text: str) -> Iterator[tuple[Pieces, int]]:
        """Yield the pieces of each word and where it starts."""
        start = 0
        for part in _SPECIALS.split(text) if "<" in text else (text,):
            if part in _SPECIAL:
                yield [(_SPECIAL[part], 0, len(part))], start
            else:
                words = ((match.group(), start + match.start()) for match in _WORD.finditer(part))
                yield from _at_the_beginning((self._pieces(word), place) for word, place in words)
            start += len(part)

    def _pieces(self, word: str) -> Pieces:
        if len(word) <= _CACHED_LETTERS:
            return self._remembered(word)
        return self._split(word[: 2 * _LONGEST * self._max_tokens])  # more of it would not be kept


def _split(beginning: Callable[[str], Scored], unknown: float, word: str) -> Pieces:
    text, sources = normal_form(word)
    found: list[tuple[int, int, int]] = []
    for match in re.finditer("[^ ]+", text):
        first, end = match.span()
        places = [sources[first - 1] if first else (-1, 0), *sources[first:end]]
        pieces = viterbi(_SPACE + match.group(), beginning, unknown)
        found += [(number, places[start][0], places[end - 1][1]) for number, start, end in pieces]
    return found


def _find(database: sqlite3.Connection, letters: str) -> Scored:
    last = letters + _LAST_LETTER if len(letters) == _HEAD else letters
    return {piece: (number, score) for piece, number, score in database.execute(_FIND, (letters, last))}


def viterbi(word: str, beginning: Beginning, unknown: float) -> list[tuple[int, int, int]]:
    """Return the ids and half-open ranges of the likeliest pieces of a word; equals go to the longer last piece.

    A letter that no piece stands for alone may be unknown, at the score of `unknown`; neighbours that are
    unknown become one token.
    """
    scores = [0.0] + [-math.inf] * len(word)
    steps = [(0, 0)] * (len(word) + 1)
    for start in range(len(word)):
        options = list(_pieces_at(start, word, beginning))
        if not options or options[0][0] > start + 1:
            options.append((start + 1, _UNKNOWN, unknown))
        for end, number, score in options:
            if scores[start] + score > scores[end]:
                scores[end], steps[end] = scores[start] + score, (number, start)
    return _path(steps)


def _pieces_at(start: int, word: str, beginning: Beginning) -> Iterator[tuple[int, int, float]]:
    """Yield where each piece at a place of a word ends, its id and its score, the shortest first."""
    longest = min(start + _LONGEST, len(word))
    for end in range(start + 1, min(start + _HEAD, longest) + 1):
        pieces = beginning(word[start:end])
        ends = range(end, longest + 1) if pieces and end == start + _HEAD else (end,)
        for place in ends:
            if found := pieces.get(word[start:place]):
                yield place, *found


def _path(steps: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
    path: list[tuple[int, int, int]] = []
    end = len(steps) - 1
    while end:
        number, start = steps[end]
        if number == _UNKNOWN and path and path[-1][0] == _UNKNOWN:
            path[-1] = (_UNKNOWN, start, path[-1][2])
        else:
            path.append((number, start, end))
        end = start
    return path[::-1]


def normal_form(word: str) -> tuple[str, Sequence[Span]]:
    """Return a word under SentencePiece's rule nmt_nfkc, and the half-open range that each of its letters came from."""
    if unicodedata.is_normalized("NFKC", word) and not _DROPPED.search(word):
        return word, [(i, i + 1) for i in range(len(word))]
    kept = [(i, letter) for i, letter in enumerate(word) if not _DROPPED.match(letter)]
    clusters: list[tuple[str, int, int]] = []
    for i, letter in kept:
        if clusters and _joins(clusters[-1][0], letter):
            clusters[-1] = (clusters[-1][0] + letter, clusters[-1][1], i + 1)
        else:
            clusters.append((letter, i, i + 1))
    parts = [(_nfkc(text), (start, end)) for text, start, end in clusters]
    return "".join(text for text, _ in parts), [source for text, source in parts for _ in text]


def _joins(before: str, letter: str) -> bool:
    if unicodedata.combining(letter):
        return True
    return _nfkc(before + letter) != _nfkc(before) + _nfkc(letter)


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text.replace(_TILDE, _KEPT_TILDE)).replace(_KEPT_TILDE, _TILDE)


def _at_the_beginning(words: Iterator[tuple[Pieces, int]]) -> Iterator[tuple[Pieces, int]]:
    """Let the first word's mark stand for its first letter, as no space comes before it."""
    for pieces, start in islice(words, 1):
        yield [(number, max(first, 0), max(end, 1)) for number, first, end in pieces], start
    yield from words
