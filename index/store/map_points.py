"""Where each paper lies in two dimensions, and words for the regions, as a store keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.arrays import FloatArray
from index.paper import DESCRIBED
from index.store.manifest import MAP


@dataclass(frozen=True, slots=True)
class Region:
    """A word that keeps to one place of the map."""

    __pydantic_config__ = DESCRIBED

    word: str
    x: float
    """From 0, left, to 1."""
    y: float
    """From 0, top, to 1."""
    papers: int
    """How many papers there hold it."""


@dataclass(frozen=True, slots=True, eq=False)
class MapPoints:
    """A place in [0, 1] x [0, 1] for each paper, shape (papers, 2), the method's name, and the most telling words."""

    points: FloatArray
    method: str
    regions: tuple[Region, ...]

    def write(self, folder: Path) -> None:
        """Write the plane into a generation's folder."""
        np.savez(
            folder / MAP,
            allow_pickle=False,
            points=self.points,
            method=np.array(self.method),
            words=np.array([region.word for region in self.regions], np.str_),
            places=np.array([(region.x, region.y) for region in self.regions], np.float32).reshape(-1, 2),
            holders=np.array([region.papers for region in self.regions], np.int64),
        )

    @classmethod
    def read(cls, folder: Path) -> MapPoints:
        """Read the plane in a generation's folder."""
        with np.load(folder / MAP, allow_pickle=False) as arrays:
            found = zip(*(arrays[name].tolist() for name in ("words", "places", "holders")), strict=True)
            regions = tuple(Region(word, x, y, papers) for word, (x, y), papers in found)
            return cls(arrays["points"], str(arrays["method"]), regions)
