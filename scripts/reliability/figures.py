"""`benchmark.py reliability`: what a store and a service of it withstand.

`store`: runs of scripts/reindex.py that kill -9 ends at a random moment, and files of a generation that are damaged;
after each, the store must answer as before, or as its new generation. `lost` counts the times that it did not.
`service`: a real server under clients, under generations that are swapped meanwhile, under requests that are no HTTP
or that no route takes, and for minutes. Everything is done to copies of the store and of its sources.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from index.encoding.encoder import Encoder
from index.publishing.opening import open_generation
from scripts.bench.common import Row, add_common, provenance, report, save, say
from scripts.bench.servers import served
from scripts.reliability.asking import held, soaked
from scripts.reliability.bad_requests import refused
from scripts.reliability.generation_swaps import expected, generations, point_to, swapped
from scripts.reliability.store import reindexing
from search.engine import encoder_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("sources", type=Path, metavar="FOLDER", help="the Markdown files that the store was made of")
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="a store of them, with its cache")
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="runs to kill; 200")
    parser.add_argument("--damages", type=int, default=100, metavar="N", help="files to damage; 100")
    parser.add_argument("--clients", type=int, default=16, metavar="N", help="clients of the service; 16")
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="how long they ask; 30")
    parser.add_argument("--swaps", type=int, default=20, metavar="N", help="generations to swap under them; 20")
    parser.add_argument("--bad", type=int, default=2000, metavar="N", help="bad requests; 2000")
    parser.add_argument("--soak", type=float, default=10, metavar="MINUTES", help="how long to watch the memory; 10")
    add_common(parser)


def run(chosen: argparse.Namespace) -> None:
    """Measure, print and write."""
    with closing(open_generation(chosen.store)) as generation:
        encoder = encoder_of(generation)
        papers = generation.manifest.papers
    body: dict[str, Any] = {**provenance("uvicorn", "fastapi"), "papers": papers}
    with tempfile.TemporaryDirectory() as folder:
        bench = Path(folder) / "bench"
        body["store"] = reindexing(chosen.store, chosen.sources, bench, encoder, chosen.kills, chosen.damages, tell=say)
        body["service"] = service(bench / "store", encoder, chosen)
    report("what was done, and what came of it", rows(body))
    save(body, "reliability", chosen.out)


def service(store: Path, encoder: Encoder, chosen: argparse.Namespace) -> dict[str, Any]:
    """Return what a server of a store with two generations or more held."""
    names = generations(store)
    answers = expected(store, names, encoder)
    with served(store) as (url, process):
        found: dict[str, Any] = {"held": held(url, chosen.clients, chosen.seconds)}
        say("service: swaps")
        found["swaps"] = swapped(store, url, process.pid, answers, chosen.clients, chosen.swaps)
        point_to(store, names[0])
        say("service: bad requests")
        found["bad"] = refused(url, chosen.bad)
        say(f"service: {chosen.soak:g} minutes of questions")
        found["soak"] = soaked(url, chosen.soak)
    return {name: asdict(figures) for name, figures in found.items()}


def rows(body: Mapping[str, Any]) -> list[Row]:
    """Return the figures as a table: what was tried how often, and how often it went wrong."""
    kills, damages = body["store"]["kills"], body["store"]["damages"]
    held, swaps, bad, soak = (body["service"][name] for name in ("held", "swaps", "bad", "soak"))
    minutes = soak["load"]["seconds"] / 60
    return [
        _row("runs killed", kills["injected"], kills["lost"]),
        _row("files damaged", damages["injected"], damages["lost"] + damages["injected"] - damages["refused"]),
        _questions(f"of {held['clients']} clients", held),
        _questions(f"during {swaps['swaps']} swaps", swaps["load"]),
        _row("bad requests", bad["tried"], bad["crashes"]),
        _row("good ones among them", bad["good"], bad["good_lost"]),
        _questions(f"in {minutes:.0f} minutes", soak["load"]),
    ]


def _row(what: str, tried: int, wrong: int, p95_ms: float | None = None) -> Row:
    return {"what": what, "tried": tried, "went wrong": wrong, "p95_ms": p95_ms}


def _questions(which: str, load: Mapping[str, Any]) -> Row:
    return _row(f"questions {which}", load["requests"], sum(load["errors"].values()), load["p95_ms"])
