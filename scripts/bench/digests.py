"""Measures digests: whether the digest of a labelled paper's week reports it, and how many papers it reports."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from index.paper import sample_of
from scripts.bench.common import add_common, provenance, report, save
from search.answers import Filters
from search.browse.stats import iso_day
from search.engine import Engine

BEST = 20
"""A digest used to report what is new among so many of the best of all time."""
K = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("store", type=Path, metavar="STORE")
    parser.add_argument("queries", type=Path, nargs="+", metavar="QUERIES")
    parser.add_argument("--sample", type=int, default=60, metavar="N", help="questions of each file (default: 60)")
    add_common(parser)


def run(arguments: argparse.Namespace) -> None:
    """Measure the digests of each file's questions."""
    engine = Engine.open(arguments.store)
    with closing(engine.generation):
        rows = [line for file in arguments.queries for line in measured(engine, file, arguments.sample)]
    report("The digest of a labelled paper's week", rows)
    save({**provenance(), "k": K, "digests": rows}, "digests", arguments.out)


def measured(engine: Engine, file: Path, sample: int) -> list[dict[str, Any]]:
    """Return the figures of both ways for one file of questions."""
    asked = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    chosen = [asked[place] for place in sorted(sample_of([one["qid"] for one in asked], sample))]
    ways = {"among the best 20 of all time": old_way, "inside the new": new_way}
    return [
        {"questions": file.stem, "way": name, **figures([way(engine, one) for one in chosen])}
        for name, way in ways.items()
    ]


def figures(found: Sequence[tuple[bool, int, int]]) -> dict[str, float]:
    """Return how many questions there are, the share reported, and the mean papers a week, sure and in all."""
    reported, sure, papers = np.mean(found, axis=0)
    return {
        "asked": len(found),
        "reported": round(float(reported), 3),
        "sure": round(float(sure), 1),
        "papers": round(float(papers), 1),
    }


def week_of(engine: Engine, paper: str) -> tuple[str, str]:
    """Return the Monday and the Sunday of a paper's week."""
    day = date.fromisoformat(iso_day(int(engine.generation.layout.dates[engine.generation.row_of(paper)])))
    monday = day - timedelta(days=day.weekday())
    return monday.isoformat(), (monday + timedelta(days=6)).isoformat()


def old_way(engine: Engine, asked: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Return whether the paper is among a week's share of the best of the archive until then, and how many are."""
    monday, sunday = week_of(engine, asked["relevant"][0])
    best = engine.search(asked["query"], BEST, 0, Filters(date_to=sunday)).results
    new = [one.paper.id for one in best if one.paper.date and one.paper.date >= monday]
    return asked["relevant"][0] in new, len(new), len(new)


def new_way(engine: Engine, asked: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Return whether the digest of a week reports the paper, and how many papers it does."""
    monday, sunday = (int(day.replace("-", "")) for day in week_of(engine, asked["relevant"][0]))
    dates = engine.generation.layout.dates
    news = engine.news(asked["query"], (dates >= monday) & (dates <= sunday), K)
    ids = [one.paper.id for one in (*news.strong, *news.weaker)]
    return asked["relevant"][0] in ids, len(news.strong), len(ids)
