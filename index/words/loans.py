"""Latin terms that Hangul words spell: candidates by their sound, believed as far as chance cannot explain them.

The evidence for a term, in bits, is how rare a Hangul word of such letters is, less how rare the term is in the
archive and what the two sounds lack in agreement. A short word is often like some term by chance, a long one is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from index.words.sound_costs import distance
from index.words.sounds import Reading, hangul_reading, jamo, latin_readings

ENOUGH = 3.5
"""The evidence, in bits, from which on a word is taken to spell a term."""
SURE = 12.0
MOST = 3
_NAME = 2.0
_DISAGREEMENT = 20.0
_WORST = 0.16
_NEAR = 2.0
_LEAST_ARCHIVE = 20_000
_FAINT = 2.5

_RARITIES = """
    ㄱ3 ㄲ6 ㄴ4 ㄷ4 ㄸ6 ㄹ4 ㅁ4 ㅂ5 ㅃ9 ㅅ3 ㅆ7 ㅇ2 ㅈ4 ㅉ8 ㅊ5 ㅋ7 ㅌ6 ㅍ6 ㅎ4
    ㅏ2 ㅐ4 ㅑ7 ㅒ9 ㅓ3 ㅔ4 ㅕ4 ㅖ6 ㅗ3 ㅘ5 ㅙ8 ㅚ6 ㅛ6 ㅜ3 ㅝ6 ㅞ9 ㅟ6 ㅠ7 ㅡ3 ㅢ5 ㅣ3
"""
_BITS = {item[0]: int(item[1]) for item in _RARITIES.split()}
_CODA_BITS = {"": 1, "ㄱ": 4, "ㄴ": 3, "ㄹ": 4, "ㅁ": 4, "ㅂ": 6, "ㅅ": 6, "ㅇ": 3}
_FIRST_LIQUID = 8
"""Bits of each letter in a syllable of running Korean; few words that are not borrowed begin with ㄹ."""


@dataclass(frozen=True, slots=True)
class Sound:
    """One way in which a term sounds; `prior` is the binary logarithm of how likely a word means the term."""

    reading: Reading
    term: str
    prior: float


@dataclass(frozen=True, slots=True)
class Loan:
    """A Latin term that a Hangul word may spell, and the evidence that it does, in bits."""

    term: str
    evidence: float


@dataclass(frozen=True, slots=True)
class Written:
    """How often an archive writes a term in one way."""

    term: str
    text: str
    times: int


def sounds(written: Iterable[Written], papers: Callable[[str], int]) -> Iterator[tuple[str, Sound]]:
    """Yield how the Latin terms of an archive sound, each by its skeleton; `papers` counts those that hold a term."""
    forms: dict[str, list[Written]] = {}
    for form in written:
        forms.setdefault(form.term, []).append(form)
    total = max(_LEAST_ARCHIVE, sum(map(papers, forms)))
    for term, some in sorted(forms.items()):
        said: dict[Reading, float] = {}
        times = sum(form.times for form in some)
        for text, share in _by_case(some, times):
            prior = math.log2(papers(term) / total * share) + _NAME * _is_name(some, times)
            for reading in (reading for form in text for reading in latin_readings(form)):
                said[reading] = max(prior, said.get(reading, -math.inf))
        yield from ((reading.skeleton, Sound(reading, term, prior)) for reading, prior in said.items())


def _by_case(forms: Iterable[Written], times: int) -> Iterator[tuple[list[str], float]]:
    """Yield the forms that differ by case alone, and their share of all."""
    alike: dict[str, list[Written]] = {}
    for form in forms:
        alike.setdefault(form.text.lower(), []).append(form)
    yield from (([form.text for form in some], sum(form.times for form in some) / times) for some in alike.values())


def _is_name(forms: Iterable[Written], times: int) -> bool:
    """Tell a term that is nearly never written in small letters."""
    return sum(form.times for form in forms if form.text.islower()) < 0.1 * times


def loans(word: str, sounding: Callable[[str], Iterable[Sound]]) -> list[Loan]:
    """Return the terms that a Hangul word spells with enough evidence, the likeliest first.

    `sounding` gives the sounds of a skeleton.
    """
    heard = hangul_reading(word)
    if heard is None or len(word) < 2:
        return []
    enough = ENOUGH if len(heard.consonants) > 1 else ENOUGH + _FAINT
    rarity, worst = rarity_of(word), _WORST * max(2, len(heard.consonants))
    best: dict[str, float] = {}
    for sound in sounding(heard.skeleton):
        spare = rarity + sound.prior - best.get(sound.term, enough)
        if spare > 0 and (cost := distance(heard, sound.reading)) <= min(worst, spare / _DISAGREEMENT):
            best[sound.term] = rarity + sound.prior - _DISAGREEMENT * cost
    found = sorted((Loan(*pair) for pair in best.items()), key=lambda loan: (-loan.evidence, loan.term))
    return [loan for loan in found[:MOST] if loan.evidence >= found[0].evidence - _NEAR]


def rarity_of(word: str) -> float:
    """Return how rare a Hangul word of such letters is in running Korean, in bits."""
    parts = [jamo(syllable) for syllable in word]
    bits = sum(_BITS[onset] + _BITS[vowel] + _CODA_BITS[coda] for onset, vowel, coda in parts)
    return bits + (_FIRST_LIQUID - _BITS["ㄹ"]) * (parts[0][0] == "ㄹ")
