"""`benchmark.py growth`: how time, memory and disk grow with the archive.

For each size: a build from the first days of the sources, their vectors cached; the same again with one more day;
queries to the store, one at a time; the memory of a process that has answered them. Each runs in a process of its
own. The vector index is measured by itself on vectors drawn around real ones. `exponent` is the e of growth as
size to the e. With --stand-in, hashed words take the model's place: no answer is worth reading then, but nothing
has to be encoded, and all but the encoding of queries costs what it costs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import numpy as np

from index.encoding.encoder import Encoder
from index.encoding.models import load_encoder
from index.errors import SourceError
from index.pipeline.build import build
from index.publishing.opening import open_generation
from index.sources.corpus import read_corpus
from index.sources.files import find_files
from index.sources.values import path_date
from index.store.manifest import current_folder
from scripts.bench.common import (
    RESULTS,
    WARM_UP,
    WORK,
    Row,
    add_common,
    alone,
    disk_mb,
    exponent,
    lacking,
    latency,
    memory_mb,
    provenance,
    questions,
    report,
    save,
    say,
    timed,
    warmed_up,
)
from scripts.bench.stand_in import HashedWords
from scripts.bench.vectors import measure_index
from search.engine import Engine

SIZES = (1_000, 5_000, 20_000, 62_500, 67_000)
ROWS = (10_000, 100_000, 300_000, 1_000_000)
QUERIES = 200
_AROUND = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="folders of summaries")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N", help="numbers of papers")
    parser.add_argument("--rows", type=int, nargs="*", default=ROWS, metavar="N", help="sizes of vector indexes")
    parser.add_argument("--work", type=Path, default=WORK / "growth", metavar="DIR", help="the store that is built")
    parser.add_argument("--stand-in", action="store_true", help="use hashed words instead of the model")
    add_common(parser)


def run(chosen: argparse.Namespace) -> None:
    """Measure, print, write and draw."""
    require_matplotlib()
    store = chosen.work / ("stand-in" if chosen.stand_in else "model")
    rows = [grown(files, store, chosen.stand_in) for files in prefixes(chosen.sources, chosen.sizes)]
    around = alone(section_vectors, store).result
    vectors = [row for size in chosen.rows for row in alone(measure_index, around, size).result]
    body = {**provenance("matplotlib"), "stand_in": chosen.stand_in, "papers": rows, "vector index": vectors}
    whole = [row for row in vectors if row["filter"] == 1]
    body["exponents"] = {**exponents("papers", rows), **prefixed("vector index", exponents("rows", whole))}
    report("papers", rows)
    report("vector index", vectors)
    if body["exponents"]:
        report("exponents", [{"of": name, "exponent": value} for name, value in body["exponents"].items()])
    path = save(body, "growth", chosen.out)
    draw(rows, whole, path.with_suffix(".png") if chosen.out else RESULTS / "growth.png")
    say(f"written to {path}")


def prefixes(sources: Sequence[Path], sizes: Sequence[int]) -> list[list[Path]]:
    """Return the files of the first days that hold each number of papers, or all where there are fewer."""
    say("counting papers")
    days = [list(files) for _, files in groupby(sorted(find_files(sources, []), key=_day), key=_day)]
    counts = np.cumsum([sum(map(_papers, files)) for files in days])
    ends = sorted({min(int(np.searchsorted(counts, size)) + 1, len(days)) for size in sizes})
    if not days or ends[0] < 2:
        raise SourceError(f"{sources[0]}: too few days to leave out the last; name folders with files of many days")
    return [list(chain.from_iterable(days[:end])) for end in ends]


def before_last_day(files: Sequence[Path]) -> list[Path]:
    """Return the files of all days but the last."""
    return [file for file in files if _day(file) != _day(files[-1])]


def _day(file: Path) -> str:
    return path_date(str(file)) or file.name


def _papers(file: Path) -> int:
    return len(read_corpus([file]).papers)


def grown(files: Sequence[Path], store: Path, stand_in: bool) -> Row:
    """Return the figures of one size."""
    say(f"{len(files):,} files")
    alone(built, files, store, stand_in)  # whatever is not cached yet is now
    first = alone(built, before_last_day(files), store, stand_in)
    again = alone(built, files, store, stand_in)
    asked = alone(queried, store, stand_in).result
    seconds, (papers, sections) = again.result
    return {
        "papers": papers,
        "sections": sections,
        "build_s": round(first.result[0], 2),
        "build_peak_mb": first.peak_mb,
        "one_more_day_s": round(seconds, 2),
        **asked,
        "disk_mb": disk_mb(current_folder(store)),
    }


def encoder_for(stand_in: bool) -> Encoder:
    """Return the default encoder, or hashed words."""
    return HashedWords() if stand_in else load_encoder()


def built(files: Sequence[Path], store: Path, stand_in: bool) -> tuple[float, tuple[int, int]]:
    """Build a store; return the seconds, and how many papers and sections it holds."""
    encoder = encoder_for(stand_in)
    started = time.perf_counter()
    made = build(files, store, encoder, lambda *_: None).manifest
    return time.perf_counter() - started, (made.papers, made.sections)


def queried(store: Path, stand_in: bool) -> dict[str, float]:
    """Return the latency of queries, and the memory of the process after them."""
    with closing(open_generation(store)) as generation:
        engine = Engine(generation, encoder_for(stand_in))
        asked = questions(generation, QUERIES + WARM_UP)
        seconds = timed([partial(engine.search, query) for query in asked])
        return {**latency(warmed_up(seconds)), "resident_mb": memory_mb()}


def section_vectors(store: Path) -> Any:
    """Return vectors of a store's index, for others to be drawn around."""
    with closing(open_generation(store)) as generation:
        rows = np.unique(np.linspace(0, generation.manifest.sections - 1, _AROUND).astype(np.int64))
        return generation.index.vectors(rows)


def exponents(size: str, rows: Sequence[Row]) -> dict[str, float]:
    """Return the exponent of each figure's growth; nothing for fewer than two sizes."""
    if len(rows) < 2:
        return {}
    names = [name for name, value in rows[0].items() if name.endswith(("_s", "_ms", "_mb")) and value]
    return {name: exponent([row[size] for row in rows], [row[name] for row in rows]) for name in names}


def prefixed(word: str, values: dict[str, float]) -> dict[str, float]:
    """Return values with a word before each name."""
    return {f"{word}: {name}": value for name, value in values.items()}


def require_matplotlib() -> None:
    """Raise MissingExtra where curves cannot be drawn."""
    try:
        import matplotlib.pyplot  # noqa: F401
    except ImportError:
        raise lacking("matplotlib") from None


def draw(rows: Sequence[Row], vectors: Sequence[Row], path: Path) -> None:
    """Draw the curves, both axes logarithmic."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    curves: list[tuple[str, Sequence[Row], str, list[str]]] = [
        ("seconds to build", rows, "papers", ["build_s", "one_more_day_s"]),
        ("milliseconds a query", rows, "papers", ["p50_ms", "p95_ms"]),
        ("MB", rows, "papers", ["build_peak_mb", "resident_mb", "disk_mb"]),
        ("milliseconds, vector index alone", vectors, "rows", ["p50_ms", "p95_ms"]),
    ]
    figure, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
    for axis, (title, points, size, names) in zip(axes.flat, curves, strict=True):
        for name in names:
            axis.loglog([row[size] for row in points], [row[name] for row in points], marker="o", label=name)
        axis.set(title=title, xlabel=size)
        axis.grid(True, which="both", alpha=0.3)
        axis.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
