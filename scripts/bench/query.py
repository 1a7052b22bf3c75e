"""`benchmark.py query`: how fast one store answers, and what that takes.

`start`: `nonmun search` from a shell, and `nonmun serve` until it answers, with the memory that it then holds.
`one at a time`: queries of an open engine, each asked once; encoding, highlights and sections included.
`at once`: queries through HTTP under several clients on the same machine.
`vector index`: vectors drawn around the store's own, as many as the store has and a million; `filter` is the
share of rows that may be found, `recall@10` is against comparing every vector in 32-bit floats.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from index.publishing.opening import open_generation
from index.store.generation import Generation
from scripts.bench.common import (
    REPOSITORY,
    WARM_UP,
    Row,
    add_common,
    disk_mb,
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
from scripts.bench.servers import served
from scripts.bench.vectors import measure_index
from search.answers import Filters
from search.engine import Engine, encoder_of
from search.evaluation.labelled import read_queries
from search.query.filters import paper_mask

CLIENTS = (1, 4, 16)
STARTS = 5
MILLION = 1_000_000
_AROUND = 20_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store that is asked")
    parser.add_argument("--queries", type=Path, nargs="*", default=(), metavar="FILE", help="files of queries")
    parser.add_argument("--count", type=int, default=300, metavar="N", help="how many queries; 300")
    parser.add_argument("--rows", type=int, nargs="*", metavar="N", help="sizes of vector indexes, in place of two")
    add_common(parser)


def run(chosen: argparse.Namespace) -> None:
    """Measure, print and write."""
    generation = open_generation(chosen.store)
    asked = texts(chosen.queries, generation, WARM_UP + chosen.count + sum(CLIENTS) * WARM_UP)
    body: dict[str, Any] = {**provenance("uvicorn"), "store": described(generation, chosen.store)}
    rows = chosen.rows if chosen.rows is not None else (generation.manifest.sections, MILLION)
    around = generation.index.vectors(_spread(generation.manifest.sections, _AROUND))
    generation.close()
    body["start"] = starts(chosen.store, asked[0])
    body["one at a time"] = single(chosen.store, asked[: WARM_UP + chosen.count])
    body["at once"] = under_clients(chosen.store, asked)
    body["vector index"] = [row for size in rows for row in measure_index(around, size)]
    for title in ("start", "one at a time", "at once", "vector index"):
        report(title, body[title])
    say(f"written to {save(body, 'query', chosen.out)}")


def texts(files: Sequence[Path], generation: Generation, count: int) -> list[str]:
    """Return as many different queries as there are, up to a count: those of files, else the store's own words."""
    if not files:
        return questions(generation, count)
    rows = (str(row["query"]) for file in files for row in read_queries(file).rows)
    return list(islice(dict.fromkeys(rows), count))


def described(generation: Generation, store: Path) -> dict[str, Any]:
    """Return the sizes of a store."""
    manifest = generation.manifest
    sizes = {"papers": manifest.papers, "sections": manifest.sections, "sentences": manifest.sentences}
    return {**sizes, "index": generation.index.kind, "disk_mb": disk_mb(generation.folder), "encoder": manifest.encoder}


def _spread(rows: int, count: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, rows - 1, count).astype(np.int64))


def starts(store: Path, query: str) -> list[Row]:
    """Return the seconds from a shell to an answer, and to a service that answers, with the service's memory."""
    say("starts")
    command = [sys.executable, "-m", "search.cli.main", "search", "--store", str(store), "--", query]
    searches = timed([lambda: subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, check=True)] * STARTS)
    waits, memory = zip(*(_service_start(store) for _ in range(STARTS)), strict=True)
    return [
        {"start": "nonmun search", "median_s": _shown(median(searches)), "least_s": _shown(min(searches))},
        {
            "start": "nonmun serve, until ready",
            "median_s": _shown(median(waits)),
            "least_s": _shown(min(waits)),
            "resident_mb": median(memory),
        },
    ]


def _shown(seconds: float) -> float:
    return round(seconds, 3)


def _service_start(store: Path) -> tuple[float, float]:
    started = time.perf_counter()
    with served(store) as (_, process):
        return time.perf_counter() - started, memory_mb(process=process.pid)


def single(store: Path, asked: Sequence[str]) -> list[Row]:
    """Return the latency of single questions to an open engine, after some that warm it up."""
    say("one at a time")
    with closing(open_generation(store)) as generation:
        encoder = encoder_of(generation)
        engine = Engine(generation, encoder)
        filters = newest_tenth(generation)
        papers = [generation.paper(int(row)).id for row in _spread(generation.manifest.papers, len(asked))]
        calls: dict[str, list[Callable[[], Any]]] = {
            "encoding alone": [partial(encoder.encode_query, query) for query in asked],
            "search": [partial(engine.search, query) for query in asked],
            "search, newest tenth": [partial(engine.search, query, filters=filters) for query in asked],
            "similar": [partial(engine.similar, paper) for paper in papers],
        }
        return [{"question": name, **latency(warmed_up(timed(some)))} for name, some in calls.items()]


def newest_tenth(generation: Generation) -> Filters:
    """Return the filter that leaves about a tenth of a store's papers, by their dates."""
    known = np.sort(generation.layout.dates[generation.layout.dates > 0])
    if not len(known):
        return Filters()
    day = str(int(known[int(0.9 * (len(known) - 1))]))
    filters = Filters(date_from=f"{day[:4]}-{day[4:6]}-{day[6:]}")
    assert paper_mask(filters, generation) is not None
    return filters


def under_clients(store: Path, asked: Sequence[str]) -> list[Row]:
    """Return throughput and latency of a service under several clients, every query asked of it once."""
    say("at once")
    rows: list[Row] = []
    for clients in CLIENTS:
        with served(store) as (url, process):
            address = url.removeprefix("http://")
            _ask(address, asked[:WARM_UP])
            parts = [asked[WARM_UP + i :: clients] for i in range(clients)]
            started = time.perf_counter()
            with ThreadPoolExecutor(clients) as pool:
                seconds, errors = zip(*pool.map(_ask, [address] * clients, parts), strict=True)
            wall = time.perf_counter() - started
            done = [second for some in seconds for second in some]
            row = {"clients": clients, "queries_per_s": round(len(done) / wall, 1), **latency(done)}
            rows.append({**row, "errors": sum(errors), "resident_mb": memory_mb(process=process.pid)})
    return rows


def _ask(address: str, asked: Sequence[str]) -> tuple[list[float], int]:
    """Return the seconds that each query took over one connection, and how many were not answered."""
    connection, seconds, errors = http.client.HTTPConnection(address, timeout=60), [], 0
    for query in asked:
        started = time.perf_counter()
        connection.request("GET", f"/search?q={quote(query)}")
        response = connection.getresponse()
        content = response.read()
        seconds.append(time.perf_counter() - started)
        errors += response.status != http.client.OK or "results" not in json.loads(content)
    connection.close()
    return seconds, errors
