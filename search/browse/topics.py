"""What the papers of an archive are about: the phrases of its map, in both languages."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from index.arrays import RowArray
from index.paper import DESCRIBED
from index.store.generation import Generation
from index.store.map_points import Region
from index.words.languages import language_of
from index.words.lexical import terms
from search.query.question import word_analysis

REACH = 0.08
"""A paper farther than this from every phrase of the map has no topic."""
_SURE = 0.4
_known: WeakKeyDictionary[Generation, tuple[Topic, ...]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Topic:
    """A phrase that keeps to one place of the map."""

    __pydantic_config__ = DESCRIBED

    word: str
    """As the archive writes it."""
    ko: str
    """In Korean, where the glossary knows it; else as the archive writes it."""
    en: str
    """In English, likewise."""
    x: float
    """From 0, left, to 1."""
    y: float
    """From 0, top, to 1."""
    papers: int
    """How many papers there hold it."""


@dataclass(frozen=True, slots=True)
class TopicCount:
    """A topic, and how many of some papers are on it."""

    __pydantic_config__ = DESCRIBED

    topic: Topic
    papers: int


def topics(generation: Generation) -> tuple[Topic, ...]:
    """Return the phrases of the map, the most telling first; they are worked out once for a generation."""
    found = _known.get(generation)
    if found is None:
        found = _known[generation] = _topics(generation)
    return found


def _topics(generation: Generation) -> tuple[Topic, ...]:
    analyze = word_analysis(generation)

    def other(word: str) -> str:
        """Return what the glossary gives for the whole phrase, else for each of its words, else the phrase."""
        phrase, size = tuple(terms(word, analyze)), len([part for part in re.split("[ -]", word) if part != "to"])
        for entry in generation.glossary(phrase):
            if entry.weight >= _SURE and len(entry.other) == size:
                return _spelled(entry.other, generation)
        parts = [next(iter(generation.glossary((term,))), None) for term in phrase]
        known = [part for part in parts if part is not None and part.weight >= _SURE]
        return (
            " ".join(_spelled(part.other, generation) for part in known) if len(known) == len(parts) == size else word
        )

    return tuple(_topic(region, other(region.word)) for region in generation.map_points.regions)


def _spelled(phrase: tuple[str, ...], generation: Generation) -> str:
    return " ".join(map(generation.spelling, phrase))


def _topic(region: Region, other: str) -> Topic:
    written = language_of(region.word)
    ko, en = (region.word, other) if written == "ko" else (other, region.word)
    return Topic(region.word, ko, en, region.x, region.y, region.papers)


def topic_numbers(rows: RowArray, generation: Generation) -> npt.NDArray[np.int64]:
    """Return for each row the number of the phrase nearest to it on the map, or -1 where none is near."""
    regions = generation.map_points.regions
    if not regions or not len(rows):
        return np.full(len(rows), -1, np.int64)
    places = np.array([(region.x, region.y) for region in regions])
    away = np.linalg.norm(generation.map_points.points[rows][:, None] - places[None], axis=2)
    nearest = away.argmin(axis=1)
    found: npt.NDArray[np.int64] = np.where(away[np.arange(len(rows)), nearest] <= REACH, nearest, -1)
    return found


def commonest_topics(rows: RowArray, generation: Generation, most: int) -> tuple[TopicCount, ...]:
    """Return the topics of some papers, the commonest first."""
    common = Counter(number for number in topic_numbers(rows, generation).tolist() if number >= 0)
    return tuple(TopicCount(topics(generation)[number], papers) for number, papers in common.most_common(most))
