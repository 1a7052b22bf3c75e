"""The glossary that was mined from an archive, for those who want to read it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from index.paper import DESCRIBED
from index.store.generation import Generation
from index.store.manifest import PAPERS


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A phrase of one language and what it stands for in the other, both as the archive spells them."""

    __pydantic_config__ = DESCRIBED

    phrase: str
    other: str
    weight: float
    """In (0, 1]: what the other side counts for in a question."""
    together: int
    """How often the two were seen together."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """Some entries, and how many there are in all."""

    __pydantic_config__ = DESCRIBED

    total: int
    """How many entries there are."""
    entries: tuple[GlossaryEntry, ...]
    """The weightiest first, then the most often seen."""


def glossary(generation: Generation, text: str = "", limit: int = 50) -> Glossary:
    """Return the entries one side of which holds a text in any case, the weightiest first, then the most often seen."""
    wanted = text.strip().casefold()
    spelled = cache(generation.spelling)

    def spelling(phrase: str) -> str:
        return " ".join(spelled(term) for term in phrase.split(" "))

    found = []
    for phrase, other, weight, together in _rows(generation):
        entry = GlossaryEntry(spelling(phrase), spelling(other), weight, together)
        if any(wanted in side.casefold() for side in (entry.phrase, entry.other, phrase, other)):
            found.append(entry)
    found.sort(key=lambda entry: (-entry.weight, -entry.together, entry.phrase, entry.other))
    return Glossary(len(found), tuple(found[:limit]))


def _rows(generation: Generation) -> list[tuple[str, str, float, int]]:
    address = f"{(generation.folder / PAPERS).resolve().as_uri()}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        return database.execute("SELECT phrase, other, weight, together FROM glossary").fetchall()
