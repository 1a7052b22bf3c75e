"""Which of the two languages a text is in, and how an encoder places each language as a whole.

A multilingual encoder puts a text nearer to others of its own language than to its translation. Measured
from the mean of its language, a text is as near to a query in the one as in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Languages = npt.NDArray[np.uint8]

LANGUAGES = ("ko", "other")
LEAST = 10
"""With fewer texts than this, a language's mean says more of them than of the language."""

_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f가-힣]")


def language_of(text: str) -> str:
    """Return `ko` for a text with Hangul in it, else `other`."""
    return LANGUAGES[0] if _HANGUL.search(text) else LANGUAGES[1]


def languages_of(texts: Iterable[str]) -> Languages:
    """Return each text's place in LANGUAGES, shape (texts,)."""
    return np.array([LANGUAGES.index(language_of(text)) for text in texts], np.uint8)


def language_means(vectors: FloatArray, languages: Languages) -> FloatArray:
    """Return the mean vector of each language, shape (languages, d); of all texts where a language has few."""
    groups = [vectors[languages == number] for number in range(len(LANGUAGES))]
    usable = [group if len(group) >= LEAST else vectors for group in groups]
    return np.stack([np.asarray(group.mean(axis=0, dtype=np.float64), np.float32) for group in usable])
