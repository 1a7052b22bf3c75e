"""`benchmark.py plan`: what larger archives need, worked out of what was measured, in benchmarks/*.json.

Hours to encode them, memory and disk by type of vector index, over how many machines they are to be spread, and
how long an answer then takes. Nothing is measured here: a figure whose file is missing is left out, with the command
that makes the file. What is taken for granted is printed below the tables.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import SourceError
from scripts.bench.common import RESULTS, Row, report, say
from scripts.bench.needs import FULL, IndexCost, Latency, Line, Machine, computed_indexes, fitted, hours, shards_for
from scripts.bench.quality import write

PAPERS = (1_000_000, 10_000_000, 250_000_000)
MADE_BY = {
    "encode": "scripts/benchmark.py encode --store STORE",
    "query": "scripts/benchmark.py query --store STORE",
    "growth": "scripts/benchmark.py growth SOURCE...",
}
ON_CUDA = "nonmun on torch and CUDA"
ASSUMPTIONS = (
    "a paper has as many sections as in the measured store, and its passages are as long",
    "encoding grows with the number of passages, cores and machines; nothing waits for the network",
    "building, memory, disk and the time of an answer grow as a line through the measured sizes, also far beyond them",
    "FLAT compares every vector: its time grows with the archive; HNSW and codes need their recall measured first",
    f"a store takes at most {FULL:.0%} of a machine's memory; an answer waits for the slowest shard",
    "shards are equal, answer independently and have machines of their own; merging their answers costs nothing",
    "nonmun spreads vectors alone (Milvus): words, summaries and sentences lie on every machine that answers",
)


@dataclass(frozen=True, slots=True)
class Units:
    """What was measured, for one paper or one section; None where its file is missing."""

    sections: float
    dimensions: int
    core_passages: float | None
    gpu_passages: float | None
    disk: Line | None
    memory: Line | None
    building: Line | None
    latency: Latency | None
    indexes: tuple[IndexCost, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    shown = ", ".join(f"{count:,}" for count in PAPERS)
    parser.add_argument("--papers", type=_size, nargs="+", default=(), metavar="N", help=f"sizes, besides {shown}")
    parser.add_argument("--memory", type=float, default=64, metavar="GB", help="memory of one machine; 64")
    parser.add_argument("--cores", type=int, default=32, metavar="N", help="cores of one machine; 32")
    parser.add_argument("--p95", type=float, default=500, metavar="MS", help="the longest 95th percentile; 500")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where the measurements are")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON too")


def _size(text: str) -> int:
    if (size := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"not a number of papers: {text}")
    return size


def run(chosen: argparse.Namespace) -> None:
    """Read, work out, print."""
    found = measurements(chosen.results)
    units = units_of(found)
    machine = Machine(chosen.memory, chosen.cores, chosen.p95)
    tables = plan(sorted({*PAPERS, *chosen.papers}), units, machine)
    for title, rows in tables.items():
        report(title, rows)
    notes = [*sources(found), *ASSUMPTIONS]
    print("\nassumed", *(f"- {note}" for note in notes), sep="\n")
    for line in missing(found, chosen.results):
        print(f"- {line}")
    if chosen.out:
        write(
            {"machine": {"memory_gb": machine.memory_gb, "cores": machine.cores}, **tables, "assumed": notes},
            chosen.out,
        )
        say(f"written to {chosen.out}")


def measurements(folder: Path) -> dict[str, Any]:
    """Return the files of figures that there are, by name; SourceError where one is damaged."""
    found = {}
    for name in MADE_BY:
        path = folder / f"{name}.json"
        try:
            found[name] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise SourceError(f"{path}: not JSON ({error}); make it again with {MADE_BY[name]}") from error
    return found


def missing(found: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Yield what is said of each file that is missing, and of graphics processors that nobody measured."""
    for name, command in MADE_BY.items():
        if name not in found:
            yield f"{folder / name}.json is missing: make it with {command}"
    if "encode" in found and _rate(found["encode"], ON_CUDA) is None:
        yield f"no graphics processor was measured: run {MADE_BY['encode']} where there is one"


def sources(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield where each file of figures was measured."""
    for name, body in found.items():
        machine = body["machine"]
        words = "; hashed words in the model's place" if body.get("stand_in") else ""
        yield f"{name}.json: commit {body['commit'][:7]}, {machine['cores']} cores, load {machine['load']}{words}"


def units_of(found: Mapping[str, Any]) -> Units:
    """Return the unit costs that files of figures tell; SourceError where none tells of a whole store."""
    sizes = [*found.get("growth", {}).get("papers", ()), *([found["query"]["store"]] if "query" in found else [])]
    if not sizes:
        raise SourceError(f"nothing tells how large a store is: run {MADE_BY['query']} or {MADE_BY['growth']}")
    largest = max(sizes, key=lambda row: row["papers"])
    grown = found.get("growth", {}).get("papers", ())
    encoder = found.get("query", {}).get("store", {}).get("encoder", {})
    rate = _rate(found["encode"], "nonmun") if "encode" in found else None
    return Units(
        sections=largest["sections"] / largest["papers"],
        dimensions=int(encoder.get("dimensions", 384)),
        core_passages=rate / found["encode"]["machine"]["cores"] if rate else None,
        gpu_passages=_rate(found["encode"], ON_CUDA) if "encode" in found else None,
        disk=_line(sizes, "disk_mb", 1e6),
        memory=_line(grown, "resident_mb", 1e6),
        building=_line(grown, "build_s"),
        latency=_latency(grown, _encoding(found)),
        indexes=tuple(_measured_indexes([row for body in found.values() for row in body.get("vector index", ())])),
    )


def _rate(encode: Mapping[str, Any], system: str) -> float | None:
    return next((row["passages_per_s"] for row in encode["encoding"] if row["system"] == system), None)


def _line(rows: Sequence[Row], name: str, unit: float = 1) -> Line | None:
    return fitted([row["papers"] for row in rows], [row[name] * unit for row in rows]) if rows else None


def _encoding(found: Mapping[str, Any]) -> Row:
    """Return what encoding a query adds to latencies that were measured without the model."""
    asked = found.get("query", {}).get("one at a time", ()) if found.get("growth", {}).get("stand_in") else ()
    return next((row for row in asked if row["question"] == "encoding alone"), {"p50_ms": 0.0, "p95_ms": 0.0})


def _latency(grown: Sequence[Row], encoding: Row) -> Latency | None:
    p50, p95 = _line(grown, "p50_ms"), _line(grown, "p95_ms")
    if p50 is None or p95 is None:
        return None
    return Latency(Line(p50.own + encoding["p50_ms"], p50.each), Line(p95.own + encoding["p95_ms"], p95.each))


def _measured_indexes(rows: Sequence[Row]) -> Iterator[IndexCost]:
    """Yield the bytes of a section in each kind of index of our own, by the largest that was measured."""
    largest = {row["index"]: row for row in sorted(rows, key=lambda row: row["rows"])}
    for name, row in largest.items():
        size = row["disk_mb"] * 1e6 / row["rows"]
        yield IndexCost(name, size, size, True)


def plan(papers: Sequence[int], units: Units, machine: Machine) -> dict[str, list[Row]]:
    """Return the tables of a plan, by title."""
    return {
        "encoding": [_encoding_row(count, units, machine) for count in papers],
        "one store, whole": [_store_row(count, units) for count in papers],
        "vectors of sections": [_index_row(count, units, index) for count in papers for index in _indexes(units)],
        "spread over machines": [_shards_row(count, units, machine) for count in papers],
    }


def _indexes(units: Units) -> list[IndexCost]:
    return [*units.indexes, *computed_indexes(units.dimensions)]


def _encoding_row(papers: int, units: Units, machine: Machine) -> Row:
    passages = papers * (1 + units.sections)
    core = hours(passages, units.core_passages) if units.core_passages else None
    return {
        "papers": f"{papers:,}",
        "passages": round(passages),
        "core_hours": _rounded(core),
        f"hours on {machine.cores} cores": _rounded(core / machine.cores if core else None),
        "gpu_hours": _rounded(hours(passages, units.gpu_passages) if units.gpu_passages else None),
    }


def _store_row(papers: int, units: Units) -> Row:
    return {
        "papers": f"{papers:,}",
        "disk_gb": _rounded(units.disk.at(papers) / 1e9 if units.disk else None),
        "memory_gb": _rounded(units.memory.at(papers) / 1e9 if units.memory else None),
        "hours_to_build": _rounded(units.building.at(papers) / 3600 if units.building else None),
    }


def _index_row(papers: int, units: Units, index: IndexCost) -> Row:
    sections = papers * units.sections
    return {
        "index": index.name,
        "papers": papers,
        "bytes a section": round(index.disk),
        "memory_gb": _rounded(sections * index.memory / 1e9),
        "disk_gb": _rounded(sections * index.disk / 1e9),
        "known": "measured" if index.is_measured else "computed",
    }


def _shards_row(papers: int, units: Units, machine: Machine) -> Row:
    row: dict[str, Any] = {"papers": f"{papers:,}"}
    if not (units.memory and units.latency):
        return {**row, "shards": None, "papers a shard": None, "memory_gb": None, "p95_ms": None, "limit": None}
    found = shards_for(papers, units.memory, units.latency, machine)
    if found is None:
        return {
            **row,
            "shards": None,
            "papers a shard": None,
            "memory_gb": None,
            "p95_ms": None,
            "limit": "never in time",
        }
    figures = {"shards": found.count, "papers a shard": found.papers, "memory_gb": _rounded(found.memory_gb)}
    return {**row, **figures, "p95_ms": _rounded(found.p95_ms), "limit": found.limit}


def _rounded(value: float | None) -> float | int | None:
    """Return three significant digits."""
    return None if value is None else float(f"{value:.3g}") if abs(value) < 100 else round(value)
