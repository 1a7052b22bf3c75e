"""`benchmark.py peers`: other search libraries over the same sections and vectors, each in a process of its own.

Every system is given each section's text, its title in front, with the vector that nonmun ranks it by, and each
query with its vector, so that none encodes anything. It returns DOCUMENTS sections a query, which are grouped to
papers; `filtered` lets through the newest tenth of the papers. `index_s` is from texts and vectors to an index on
disk; for nonmun it is a whole build from the sources, morphemes, glossary and topics included, with vectors and
morphemes cached. nonmun's queries include highlights and whole sections, which no other system gives.
`resident_mb` is the process after its queries, the texts that the comparison itself holds left out.

  nonmun          the engine as it is
  txtai           Embeddings(hybrid=True, content=True), its defaults; the filter in SQL
  Chroma          a persistent collection by inner product, its defaults; vectors only, as it has no hybrid search
  LanceDB         IVF_PQ and a full-text index by their defaults, hybrid with its own reranker; prefiltered
  numpy + bm25s   all vectors by one product, bm25s over its own tokens, min-max scaled, half and half
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import numpy as np

from index.publishing.opening import open_generation
from index.store.manifest import GENERATIONS, current_folder
from scripts.bench import libraries
from scripts.bench.common import (
    WARM_UP,
    WORK,
    Row,
    add_common,
    alone,
    disk_mb,
    lacking,
    latency,
    memory_mb,
    provenance,
    report,
    save,
    say,
    warmed_up,
)
from scripts.bench.query import newest_tenth, texts
from search.engine import Engine, encoder_of
from search.evaluation.remembering import RememberingEncoder
from search.query.filters import day_number

DOCUMENTS = 100
PAPERS = 10
LIBRARIES = ("txtai", "chromadb", "lancedb", "bm25s")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store that all are given")
    parser.add_argument("--queries", type=Path, nargs="*", default=(), metavar="FILE", help="files of queries")
    parser.add_argument("--count", type=int, default=200, metavar="N", help="how many queries; 200")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="some of the systems, by their names above")
    parser.add_argument("--work", type=Path, default=WORK / "peers", metavar="DIR", help="where the indexes are made")
    add_common(parser)


@dataclass(frozen=True, slots=True)
class Given:
    """Where what all systems are given lies, and the store that it is from."""

    folder: Path
    store: Path


def run(chosen: argparse.Namespace) -> None:
    """Measure, print and write."""
    shutil.rmtree(chosen.work, ignore_errors=True)
    given = Given(chosen.work / "given", chosen.store.resolve())
    alone(prepare, given, chosen.queries, chosen.count)
    names = [name for name in ("nonmun", *libraries.PEERS) if not chosen.only or name in chosen.only]
    rows = [measured(name, given, chosen.work / name.replace(" ", "-")) for name in names]
    body = {**provenance(*LIBRARIES), "documents": DOCUMENTS, "peers": rows}
    body |= json.loads((given.folder / "sizes.json").read_text(encoding="utf-8"))
    report("peers", rows)
    say(f"written to {save(body, 'peers', chosen.out)}")


def prepare(given: Given, files: Sequence[Path], count: int) -> None:
    """Write texts, vectors, owners, days and queries to files."""
    given.folder.mkdir(parents=True)
    with closing(open_generation(given.store)) as generation:
        encoder = encoder_of(generation)
        asked = texts(files, generation, count + WARM_UP)
        papers = (generation.paper(row) for row in range(generation.manifest.papers))
        sections = [f"{paper.title}\n{section.text}" for paper in papers for section in paper.sections]
        owners = generation.layout.section_papers
        day = day_number(newest_tenth(generation).date_from or "1970", "0101")
        libraries.Data(
            sections,
            generation.index.vectors(np.arange(len(sections))),
            owners,
            generation.layout.dates[owners],
            day,
            asked,
            np.stack([encoder.encode_query(query).vector for query in asked]),
        ).write(given.folder)
        sizes = {"papers": generation.manifest.papers, "sections": len(sections), "queries": len(asked) - WARM_UP}
    (given.folder / "sizes.json").write_text(json.dumps(sizes), encoding="utf-8")


def measured(name: str, given: Given, folder: Path) -> Row:
    """Return one system's figures."""
    say(name)
    folder.mkdir(parents=True)
    if name == "nonmun":
        build_s: float | None = alone(rebuilt, given.store, folder).result
        row: Row = alone(nonmun, given, folder if build_s else given.store).result
        return {"system": name, "index_s": build_s, **row}
    return {"system": name, **alone(peer, name, given.folder, folder).result}


def peer(name: str, given: Path, folder: Path) -> Row:
    """Index and ask one of the other systems."""
    data = libraries.Data.read(given)
    held = memory_mb()
    load(name)
    started = time.perf_counter()
    ask = libraries.PEERS[name](data, folder, DOCUMENTS)
    row = {"index_s": round(time.perf_counter() - started, 2)}
    for title, filtered in (("", False), ("filtered_", True)):
        seconds = []
        for number in range(len(data.queries)):
            begun = time.perf_counter()
            list(dict.fromkeys(data.owners[ask(number, filtered)].tolist()))[:PAPERS]
            seconds.append(time.perf_counter() - begun)
        row |= {f"{title}{key}": value for key, value in latency(warmed_up(seconds)).items()}
    return {**row, "resident_mb": round(memory_mb() - held, 1), "disk_mb": disk_mb(folder)}


def load(name: str) -> None:
    """Import a system's library, which no index time holds; MissingExtra where it is not installed."""
    try:
        import_module(libraries.MODULES[name])
    except ImportError:
        raise lacking(libraries.MODULES[name]) from None


def rebuilt(store: Path, folder: Path) -> float | None:
    """Build the store again beside its caches; return the seconds, or None where its sources are gone."""
    from index.pipeline.build import build

    with closing(open_generation(store)) as generation:
        sources = [Path(source) for source in generation.manifest.sources]
        if not all(source.exists() for source in sources):
            say("the store's sources are gone: nonmun's own index time is not measured")
            return None
        encoder = encoder_of(generation)
    shutil.copytree(store, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(GENERATIONS, "CURRENT"))
    started = time.perf_counter()
    build(sources, folder, encoder, lambda *_: None)
    return round(time.perf_counter() - started, 2)


def nonmun(given: Given, store: Path) -> Row:
    """Ask nonmun, the queries' vectors ready."""
    data = libraries.Data.read(given.folder)
    held = memory_mb()
    with closing(open_generation(store)) as generation:
        encoder = RememberingEncoder(encoder_of(generation))
        for query in data.queries:
            encoder.encode_query(query)
        engine = Engine(generation, encoder)
        row: dict[str, float] = {}
        for title, filters in (("", None), ("filtered_", newest_tenth(generation))):
            seconds = []
            for query in data.queries:
                begun = time.perf_counter()
                engine.search(query, PAPERS, filters=filters)
                seconds.append(time.perf_counter() - begun)
            row |= {f"{title}{key}": value for key, value in latency(warmed_up(seconds)).items()}
        return {**row, "resident_mb": round(memory_mb() - held, 1), "disk_mb": disk_mb(current_folder(store))}
