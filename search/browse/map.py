"""The map of one generation, as columns to draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from index.store.generation import Generation

SCALE = 10_000


def atlas(generation: Generation) -> Mapping[str, Any]:
    """Return every paper's id, place in ten-thousandths of the map, and month as yyyymm or 0, and the regions."""
    x, y = (generation.plane.points * SCALE).round().astype(int).T.tolist()
    return {
        "generation": generation.name,
        "method": generation.plane.method,
        "ids": generation.ids(),
        "x": x,
        "y": y,
        "months": (generation.layout.dates // 100).tolist(),
        "regions": [asdict(region) for region in generation.plane.regions],
    }
