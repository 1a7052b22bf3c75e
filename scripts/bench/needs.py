"""What an archive of some size needs, worked out of unit costs; nothing here measures or reads anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

HALF, FLOAT, LINK, CODE_BITS_PER_DIMENSION = 2, 4, 4, 2
HNSW_LINKS = 32
"""Links of a vector in the lowest layer of HNSW, where M is 16."""
FULL = 0.8
"""How much of a machine's memory a store may take."""
MOST_SHARDS = 4096
P95 = 0.95


@dataclass(frozen=True, slots=True)
class Line:
    """A cost that has a part of its own and a part for every unit."""

    own: float
    each: float

    def at(self, units: float) -> float:
        """Return the cost of some units."""
        return self.own + self.each * units


@dataclass(frozen=True, slots=True)
class Latency:
    """The milliseconds of a question to one store of some papers, in the middle and at the 95th percentile."""

    p50: Line
    p95: Line


@dataclass(frozen=True, slots=True)
class IndexCost:
    """Bytes of one section in one type of vector index, and whether that was measured or follows from its layout."""

    name: str
    memory: float
    disk: float
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Machine:
    """What one machine has, and how long an answer may take at the 95th percentile, in milliseconds."""

    memory_gb: float
    cores: int
    p95_ms: float


@dataclass(frozen=True, slots=True)
class Shards:
    """Over how many stores an archive is to be spread, what each holds, and what limits it."""

    count: int
    papers: int
    memory_gb: float
    p95_ms: float
    limit: str


def fitted(sizes: Sequence[float], values: Sequence[float]) -> Line:
    """Return the line nearest to values by least squares; neither part is below nothing."""
    count = len(sizes)
    middle, mean = sum(sizes) / count, sum(values) / count
    spread = sum((size - middle) ** 2 for size in sizes)
    if not spread:
        return Line(mean, 0)
    slope = sum((s - middle) * (v - mean) for s, v in zip(sizes, values, strict=True)) / spread
    if slope <= 0:
        return Line(mean, 0)
    own = mean - slope * middle
    return Line(own, slope) if own >= 0 else Line(0, _through_nothing(sizes, values))


def _through_nothing(sizes: Sequence[float], values: Sequence[float]) -> float:
    return sum(s * v for s, v in zip(sizes, values, strict=True)) / sum(s * s for s in sizes)


def hours(passages: float, per_second: float) -> float:
    """Return the hours that encoding takes at so many passages a second."""
    return passages / per_second / 3600


def computed_indexes(dimensions: int) -> list[IndexCost]:
    """Return the bytes of a section in indexes whose layout tells them: vectors, codes and links."""
    half, full, codes = dimensions * HALF, dimensions * FLOAT, dimensions * CODE_BITS_PER_DIMENSION / 8
    return [
        IndexCost("Milvus FLAT, 32-bit floats", full, full, False),
        IndexCost("HNSW (M 16), 32-bit floats", full + HNSW_LINKS * LINK, full + HNSW_LINKS * LINK, False),
        IndexCost("HNSW (M 16), 8-bit integers", dimensions + HNSW_LINKS * LINK, dimensions + HNSW_LINKS * LINK, False),
        IndexCost("codes of 2 bits a dimension in memory, half precision on disk", codes, codes + half, False),
    ]


def slowest(latency: Latency, papers: float, shards: int) -> float:
    """Return the 95th percentile of the slowest of several answers, in milliseconds.

    One answer's time is taken as log-normal through its 50th and 95th percentile, and the answers as independent.
    """
    p50, p95 = latency.p50.at(papers), latency.p95.at(papers)
    width = max(math.log(p95 / p50), 0) / NormalDist().inv_cdf(P95)
    return p50 * math.exp(width * NormalDist().inv_cdf(P95 ** (1 / shards)))


def shards_for(papers: int, memory: Line, latency: Latency, machine: Machine) -> Shards | None:
    """Return the fewest shards whose machines hold their part and answer in time; None where no number does.

    `memory` is in bytes for so many papers of one store.
    """
    room = machine.memory_gb * 1e9 * FULL
    for count in range(1, MOST_SHARDS + 1):
        part = math.ceil(papers / count)
        held, p95 = memory.at(part), slowest(latency, part, count)
        if held <= room and p95 <= machine.p95_ms:
            return Shards(count, part, held / 1e9, p95, _limit(papers, count, memory, room))
    return None


def _limit(papers: int, count: int, memory: Line, room: float) -> str:
    if count == 1:
        return "one machine is enough"
    return "memory" if memory.at(math.ceil(papers / (count - 1))) > room else "time"
