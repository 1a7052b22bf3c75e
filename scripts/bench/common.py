"""What the benchmarks share: time, memory and disk as measured, tables, and files of results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from index.durable import replace_text
from index.encoding.models import available_cores
from index.errors import MissingExtra
from index.paper import split_sentences
from index.store.generation import Generation

Row = Mapping[str, Any]

REPOSITORY = Path(__file__).resolve().parents[2]
WORK = REPOSITORY / ".bench"
RESULTS = REPOSITORY / "benchmarks"
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Measured:
    """What a function returned, in how many seconds, and the most memory that its process held, in MB."""

    result: Any
    seconds: float
    peak_mb: float


def alone(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Run a function of a module in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measured, function, arguments).result()


def _measured(function: Callable[..., Any], arguments: Sequence[Any]) -> Measured:
    started = time.perf_counter()
    result = function(*arguments)
    return Measured(result, time.perf_counter() - started, memory_mb("VmHWM"))


def memory_mb(line: str = "VmRSS", process: int | str = "self") -> float:
    """Return the memory that a process holds (VmRSS) or held at most (VmHWM), in MB."""
    try:
        text = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        unit = 1e6 if sys.platform == "darwin" else 1e3
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, 1)
    found = next(row for row in text.splitlines() if row.startswith(f"{line}:"))
    return round(int(found.split()[1]) * 1024 / 1e6, 1)


def disk_mb(folder: Path) -> float:
    """Return the size of the files in a folder, in MB."""
    return round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)


def timed(calls: Iterable[Callable[[], Any]]) -> list[float]:
    """Return the seconds that each call takes."""
    found = []
    for call in calls:
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return found


def warmed_up(seconds: Sequence[float]) -> Sequence[float]:
    """Return the times without the first ones, which fill caches: WARM_UP of them, a quarter at most."""
    return seconds[min(WARM_UP, len(seconds) // 4) :]


def latency(seconds: Sequence[float]) -> dict[str, float]:
    """Return the 50th and the 95th percentile in milliseconds."""
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the e of values that grow as size to the e: the slope between logarithms, by least squares."""
    return round(float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0]), 2)


def questions(generation: Generation, count: int) -> list[str]:
    """Return titles and sentences, by turns, of papers spread over a store: queries of every length, each once."""
    rows = np.unique(np.linspace(0, generation.manifest.papers - 1, count).astype(int)).tolist()
    return list(dict.fromkeys(_question(row, number, generation) for number, row in enumerate(rows)))


def _question(row: int, number: int, generation: Generation) -> str:
    paper = generation.paper(row)
    text = paper.sections[number % len(paper.sections)].text
    spans = split_sentences(text)
    if number % 2 == 0 or not spans:
        return paper.title
    span = spans[number % len(spans)]
    return text[span.start : span.end]


def provenance(*libraries: str) -> dict[str, Any]:
    """Return what figures depend on: the commit, the machine, and the versions of libraries."""
    return {
        "commit": commit(),
        "machine": {
            "python": platform.python_version(),
            "architecture": platform.machine(),
            "cores": available_cores(),
            "load": round(os.getloadavg()[0], 2),
        },
        "versions": {name: _version(name) for name in ("numpy", "faiss-cpu", "onnxruntime", *libraries)},
    }


def commit() -> str:
    """Return the commit of the checkout, and whether it was changed since."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def lacking(library: str) -> MissingExtra:
    """Return the error for a library that only benchmarks need."""
    return MissingExtra(f"the benchmark needs the library {library}: pip install -e '.[bench]'")


def table(rows: Sequence[Row]) -> list[str]:
    """Return rows with the same columns as the lines of a table; the first column is text, the others figures."""
    names = list(rows[0])
    cells = [names, *([_shown(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def report(title: str, rows: Sequence[Row]) -> None:
    """Print a table."""
    print(f"\n{title}", *table(rows), sep="\n", flush=True)


def say(text: str) -> None:
    """Print how far a benchmark is."""
    print(text, file=sys.stderr, flush=True)


def save(body: Mapping[str, Any], name: str, out: Path | None) -> Path:
    """Write a benchmark's figures as JSON, to its own file unless another is given, and return the file."""
    path = out or RESULTS / f"{name}.json"
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, text)
    return path


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every benchmark has."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write the figures, instead of benchmarks/")
