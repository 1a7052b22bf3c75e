"""What a generation holds, as counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.paper import DESCRIBED
from index.store.generation import Generation


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds and how it was made."""

    __pydantic_config__ = DESCRIBED

    generation: str
    created: str
    """ISO 8601."""
    papers: int
    sections: int
    sentences: int
    first_date: str | None
    last_date: str | None
    doubtful: int
    """How many summaries seem to be those of another paper."""
    bytes: int
    index: str
    """How the nearest vectors are found; it depends on how many there are."""
    encoder: Mapping[str, Any]


def stats(generation: Generation) -> Stats:
    """Return what a generation holds."""
    manifest, dates = generation.manifest, generation.layout.dates
    known = dates[dates > 0]
    return Stats(
        generation=manifest.name,
        created=manifest.created,
        papers=manifest.papers,
        sections=manifest.sections,
        sentences=manifest.sentences,
        first_date=iso_day(int(known.min())) if len(known) else None,
        last_date=iso_day(int(known.max())) if len(known) else None,
        doubtful=sum(map(generation.doubtful, range(manifest.papers))),
        bytes=sum(int(file["bytes"]) for file in manifest.files.values()),
        index=generation.index.kind,
        encoder=manifest.encoder,
    )


def iso_day(number: int) -> str:
    """Return yyyymmdd as an ISO 8601 date."""
    return f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"
