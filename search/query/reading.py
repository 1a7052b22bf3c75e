"""How a query is read: its ids, phrases and authors, and what was typed on the wrong keys or without a space."""

from __future__ import annotations

from dataclasses import dataclass, replace

from index.store.generation import Generation
from index.words.lexical import WordAnalysis
from search.query.exact import Parsed, parse
from search.query.keyboard import known_words, retyped
from search.query.spacing import spaced

SHORT = 3
"""The most words of a query in which a missing space is looked for; a longer one says enough without."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A query as it was understood, and what its writer should know of that."""

    parsed: Parsed
    warnings: tuple[str, ...] = ()


def read(query: str, generation: Generation, analyze: WordAnalysis) -> Reading:
    """Read a query by the words that the archive knows; what is corrected is said."""
    parsed = parse(query)
    text = parsed.text or " ".join(parsed.authors)
    typed = retyped(text, known_words(generation, analyze)) or text
    final = (spaced(typed, generation, analyze) if len(typed.split()) <= SHORT else None) or typed
    warnings = (f"{text!r} was read as {final!r}",) if final != text else ()
    return Reading(replace(parsed, text=final), warnings)
