"""Which of the two languages a text is in, and how an encoder places each language as a whole.

A multilingual encoder puts a text nearer to others of its own language than to its translation. Measured
from the mean of its language, a text is as near to a query in the one as in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray

Languages = npt.NDArray[np.uint8]

LANGUAGES = ("ko", "other")
LEAST = 10
"""With fewer texts than this, a language's mean says more of them than of the language."""

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f가-힣]")
_SYLLABLE = re.compile(r"[가-힣]")


def language_of(text: str) -> str:
    """Return `ko` for a text with Hangul in it, else `other`."""
    return LANGUAGES[0] if _HANGUL.search(text) else LANGUAGES[1]


def has_syllables(text: str) -> bool:
    """Tell whether a text holds whole syllables of Hangul, as Korean terms do, and not its letters alone."""
    return _SYLLABLE.search(text) is not None


def is_predicate(term: str) -> bool:
    """Tell a Korean verb or adjective, which terms give in its dictionary form, from a noun."""
    return len(term) > 1 and term.endswith("다") and has_syllables(term)


def languages_of(texts: Iterable[str]) -> Languages:
    """Return each text's place in LANGUAGES, shape (texts,)."""
    return np.array([LANGUAGES.index(language_of(text)) for text in texts], np.uint8)


class LanguageMeans:
    """The mean vector of each language, from blocks of vectors."""

    def __init__(self, dimensions: int) -> None:
        self._sums = np.zeros((len(LANGUAGES), dimensions), np.float64)
        self._counts = np.zeros((len(LANGUAGES), 1), np.int64)

    def add(self, vectors: FloatArray, languages: Languages) -> None:
        """Take in vectors (n, d) and the place of each in LANGUAGES, (n,)."""
        for number in range(len(LANGUAGES)):
            group = vectors[languages == number]
            self._sums[number] += group.sum(axis=0, dtype=np.float64)
            self._counts[number] += len(group)

    def means(self) -> FloatArray:
        """Return the mean vector of each language, shape (languages, d); of all texts where a language has few."""
        whole = self._sums.sum(axis=0) / max(1, int(self._counts.sum()))
        own = self._sums / np.maximum(self._counts, 1)
        return np.asarray(np.where(self._counts >= LEAST, own, whole), np.float32)
