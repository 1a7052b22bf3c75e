"""Spaces that a query leaves out between Hangul words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.store.generation import Generation
from index.words.lexical import ATTACHED, Morpheme, WordAnalysis, hangul_words

_LEAST_SYLLABLES = 2


def spaced(text: str, generation: Generation, analyze: WordAnalysis) -> str | None:
    """Return a text with spaces in the Hangul words that the archive never wrote so, or None where none is missing.

    A space goes before a piece of two syllables or more that the archive searches for, unless it would
    leave a single syllable alone before it.
    """
    places = [
        start + place
        for word, start in hangul_words(text)
        if generation.word(word) is None
        for place in _breaks(analyze(word), attached=word.startswith(ATTACHED))
    ]
    parts = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    return " ".join(parts) if places else None


def _breaks(pieces: Sequence[Morpheme], attached: bool) -> Iterator[int]:
    last = -_LEAST_SYLLABLES if attached else 0
    for piece in pieces:
        if piece.term and min(piece.end - piece.start, piece.start - last) >= _LEAST_SYLLABLES:
            yield piece.start
            last = piece.start
