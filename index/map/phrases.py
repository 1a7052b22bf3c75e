"""Phrases of two or three words that the titles of several papers share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

LEAST_HOLDERS = 5
_SIZES = (3, 2)
_WHOLE = 0.8
_BREAK = re.compile(r"[-–]\s|[^\w\s'’+-]+|\s{2,}")
_LETTERS = re.compile(r"[^\W\d_]{3}|[가-힣]{2}")
_FUNCTION_WORDS = frozenset(
    """
    a about across after again against all an and any are as at be before better between beyond by can do
    does don't efficient each every fast for from give good has have high how i if in into is it its just
    large less like make makes making matters more most my need needs new no not of off on one only or our
    out over own real really should simple so some still than that the their them they this to too toward
    towards two under unified up using via want was we what when where which who why will with within without
    you your
    """.split()  # noqa: SIM905
)


def phrases_of(titles: Iterable[str]) -> list[tuple[str, npt.NDArray[np.int32]]]:
    """Return the phrases that LEAST_HOLDERS titles share, as most of them write them, with their rows.

    A phrase is of two or three words, between marks, none of them a function word. Those of most papers come first;
    one that nearly always stands within a longer one is left out.
    """
    rows, spellings = defaultdict(list), defaultdict(Counter)  # type: ignore[var-annotated]
    for row, title in enumerate(titles):
        for key, phrase in _phrases(title).items():
            rows[key].append(row)
            spellings[key][phrase] += 1
    common = {key: found for key, found in rows.items() if len(found) >= LEAST_HOLDERS}
    parts = _parts_of_longer(common)
    kept = sorted((key for key in common if key not in parts), key=lambda key: (-len(common[key]), key))
    return [(_usual(spellings[key]), np.array(common[key], np.int32)) for key in kept]


def _phrases(title: str) -> dict[tuple[str, ...], str]:
    """Return a title's phrases by their words in one case and number."""
    found: dict[tuple[str, ...], str] = {}
    for piece in _BREAK.split(title):
        words = piece.split()
        keys = [_key(word) for word in words]
        for size in _SIZES:
            for start in range(len(words) - size + 1):
                key = tuple(keys[start : start + size])
                if all(map(_tells, key)):
                    found.setdefault(key, " ".join(words[start : start + size]))
    return found


def _key(word: str) -> str:
    small = word.casefold()
    return small[:-1] if len(small) > 3 and small.endswith("s") and not small.endswith("ss") else small


def _tells(word: str) -> bool:
    return (word not in _FUNCTION_WORDS and _LETTERS.search(word) is not None) or word in ("3d", "2d", "4d")


def _parts_of_longer(common: dict[tuple[str, ...], list[int]]) -> set[tuple[str, ...]]:
    found = set()
    for longer, rows in common.items():
        if len(longer) == max(_SIZES):
            for part in (longer[:-1], longer[1:]):
                if len(rows) >= _WHOLE * len(common.get(part, ())):
                    found.add(part)
    return found


def _usual(spellings: Counter[str]) -> str:
    """Return the commonest spelling; of equals the one with more small letters."""
    return max(spellings, key=lambda one: (spellings[one], one))
