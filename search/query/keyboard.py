"""Words typed in the wrong layout: Korean on Latin keys, and English on the keys of the two-set Korean layout.

A jamo is written here as the keys that type it, in the order of Unicode's tables; a capital is a shifted key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from index.store.generation import Generation
from index.words.languages import has_syllables
from index.words.lexical import WordAnalysis, whole_tokens

_TABLES = """
r R s e E f a q Q t T d w W c z x v g
k o i O j p u P h hk ho hl y n nj np nl b m ml l
r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g
r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g
"""
_INITIALS, _VOWELS, _WRITTEN_FINALS, _CONSONANTS = (line.split() for line in _TABLES.strip().splitlines())
_FINALS = ["", *_WRITTEN_FINALS]
_JAMO = [*_CONSONANTS, *_VOWELS]
_FIRST_JAMO, _FIRST_SYLLABLE = ord("ㄱ"), ord("가")
_SHIFTED = frozenset("RETQWOP")


def _one_of(keys: Sequence[str]) -> str:
    return "|".join(sorted(keys, key=len, reverse=True))


_SYLLABLE = re.compile(rf"({_one_of(_INITIALS)})({_one_of(_VOWELS)})({_one_of(_FINALS)})(?!{_one_of(_VOWELS)})")
_WORD = re.compile(r"(?<!\w)(?:[A-Za-z]+|[가-힣ㄱ-ㅣ]+)(?!\w)")
_HANGUL = re.compile("[가-힣]+")
_LEAST_LETTERS = 2
_ENOUGH_EVIDENCE = 10.0
"""Wrong keys seldom spell a Latin term by chance, and by less than this."""


def retyped(text: str, known: Callable[[str], bool]) -> str | None:
    """Return a text with each unknown word in the other layout where it is known there, or None where none is.

    A single syllable or letter is too easily met by chance: it is read so only beside a longer word that is.
    """
    found = {word: _reading(word, known) for word in _WORD.findall(text) if not known(word)}
    if all(min(len(word), len(reading or "")) < _LEAST_LETTERS for word, reading in found.items()):
        return None
    return _WORD.sub(lambda match: found.get(match.group()) or match.group(), text)


def _reading(word: str, known: Callable[[str], bool]) -> str | None:
    readings = (in_hangul(word), in_hangul(word.lower())) if word.isascii() else (in_latin(word),)
    return next((reading for reading in readings if reading and known(reading)), None)


def in_hangul(keys: str) -> str | None:
    """Return the syllables that Latin letters type on the Korean layout, or None where they leave a loose jamo."""
    pressed = "".join(key if key in _SHIFTED else key.lower() for key in keys)
    syllables: list[str] = []
    position = 0
    while position < len(pressed):
        match = _SYLLABLE.match(pressed, position)
        if match is None:
            return None
        syllables.append(_syllable(*match.groups()))
        position = match.end()
    return "".join(syllables)


def _syllable(initial: str, vowel: str, final: str) -> str:
    row = _INITIALS.index(initial) * len(_VOWELS) + _VOWELS.index(vowel)
    return chr(_FIRST_SYLLABLE + row * len(_FINALS) + _FINALS.index(final))


def in_latin(hangul: str) -> str:
    """Return the Latin letters, in lower case, of the keys that type Hangul syllables and loose jamo."""
    return "".join(map(_keys, hangul)).lower()


def _keys(character: str) -> str:
    if character < "가":
        return _JAMO[ord(character) - _FIRST_JAMO]
    row, final = divmod(ord(character) - _FIRST_SYLLABLE, len(_FINALS))
    initial, vowel = divmod(row, len(_VOWELS))
    return _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]


def known_words(generation: Generation, analyze: WordAnalysis) -> Callable[[str], bool]:
    """Return whether an archive has a word: every term of it occurs, the parts of a compound aside.

    Almost any Hangul splits into single syllables that occur somewhere: a word that the archive never
    wrote is known by a piece of two or more, or by a Latin term that it surely spells.
    """

    def known(word: str) -> bool:
        tokens = whole_tokens(word, analyze)
        guessed = _HANGUL.fullmatch(word) is not None and generation.word(word) is None
        if guessed and all(token.end - token.start < _LEAST_LETTERS for token in tokens):
            return False
        if guessed and not any(has_syllables(token.term) for token in tokens):
            return any(loan.evidence >= _ENOUGH_EVIDENCE for loan in generation.loans(word))
        return all(generation.posting(token.term) is not None for token in tokens)

    return known
