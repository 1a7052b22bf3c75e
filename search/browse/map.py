"""The map of one generation, as columns to draw."""

from __future__ import annotations

from dataclasses import dataclass

from index.paper import DESCRIBED
from index.store.generation import Generation
from search.browse.topics import Topic, topics

SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Map:
    """Where each paper lies: what is alike lies together. The lists have one value a paper, in the same order."""

    __pydantic_config__ = DESCRIBED

    generation: str
    method: str
    """How the papers were laid out: pca or tsne."""
    ids: list[str]
    x: list[int]
    """In ten-thousandths of the map's width."""
    y: list[int]
    """In ten-thousandths of the map's height."""
    months: list[int]
    """yyyymm, or 0 where a paper has no date."""
    votes: list[int]
    """0 where a paper has none."""
    regions: tuple[Topic, ...]
    """The most telling first."""


def map_of(generation: Generation) -> Map:
    """Return where every paper lies, and the topics of the regions."""
    found, layout = generation.map_points, generation.layout
    x, y = (found.points * SCALE).round().astype(int).T.tolist()
    months, votes = (layout.dates // 100).tolist(), layout.votes.clip(0).tolist()
    return Map(generation.name, found.method, generation.ids(), x, y, months, votes, topics(generation))
