"""What was typed on the wrong keys, or without a space."""

from __future__ import annotations

from index.store.generation import Generation
from index.words.lexical import WordAnalysis
from search.query.keyboard import known_words, retyped
from search.query.spacing import spaced

SHORT = 3
"""The most words of a query in which a missing space is looked for; a longer one says enough without."""


def corrected(text: str, generation: Generation, analyze: WordAnalysis) -> str:
    """Return a text as it was meant by the words that the archive knows; itself where nothing is amiss."""
    typed = retyped(text, known_words(generation, analyze)) or text
    return (spaced(typed, generation, analyze) if len(typed.split()) <= SHORT else None) or typed
