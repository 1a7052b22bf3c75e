"""The README names every command, flag and route that exists, and no other."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.reliability import figures as bench_reliability
from search.api.app import create_app
from search.cli.options import command_parser
from search.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SYSTEMS = ("untuned", "dense + title", "untuned dense + title", "BM25", "txtai hybrid")


def subcommands() -> dict[str, argparse.ArgumentParser]:
    parser = command_parser()
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(commands.choices)


def flags() -> set[str]:
    found = {"--help", "--version"}
    for parser in subcommands().values():
        found |= {option for action in parser._actions for option in action.option_strings}
    return found - {"-h"}


def routes() -> Iterator[str]:
    app = create_app(Settings(Path("nowhere")), lambda _: pytest.fail("nothing is opened"))
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield f"{method.upper()} {re.sub('{paper_id}', '{id}', path)}"


def test_every_command_is_named_and_every_named_command_exists() -> None:
    named = set(re.findall(r"`nonmun (\w+)[^`]*` \|", README))
    assert named == set(subcommands())


def test_every_flag_is_named() -> None:
    missing = {flag for flag in flags() if not re.search(rf"(?<![\w-]){flag}(?![\w-])", README)}
    assert not missing - {"--help"}


def test_every_named_flag_exists() -> None:
    scripts = {"--slow"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README)) <= flags() | scripts


def test_every_route_is_named_and_every_named_route_exists() -> None:
    named = set(re.findall(r"`((?:GET|POST) /[^`?]*)", README)) - {"GET /openapi.json"}
    assert named == set(routes())


def test_every_parameter_of_a_route_is_named() -> None:
    app = create_app(Settings(Path("nowhere")), lambda _: pytest.fail("nothing is opened"))
    names = {
        parameter["name"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
    }
    assert {name for name in names - {"paper_id", "q"} if f"`{name}`" not in README} == set()


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"(?:scripts|benchmarks|docs|examples)/[\w./]+\w", README)) | set(
        re.findall(r"\]\((\w+\.md)\)", README)
    )
    assert {name for name in named if not (REPOSITORY / name).exists()} == set()


def test_every_script_is_named_somewhere() -> None:
    contributing = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    scripts = {path.name for path in (REPOSITORY / "scripts").iterdir() if path.is_file()}
    assert {name for name in scripts if f"scripts/{name}" not in README + contributing} == set()


def test_the_figures_are_those_of_the_benchmark() -> None:
    measured = benchmark("quality")
    files = {file["file"].removesuffix(".jsonl"): file for file in measured["files"]}
    rows = re.findall(r"^\| (\w+_A) \| (.*) \|$", README, flags=re.MULTILINE)
    assert rows
    for name, cells in rows:
        file = files[name]
        others = {system: body["ndcg@10"] for system, body in file["others"].items()}
        figures = [file["ndcg@10"], *(others[system] for system in SYSTEMS)]
        assert cells.replace("**", "").split(" | ") == [f"{figure:.3f}" for figure in figures]


def test_the_price_of_tuning_is_that_of_the_benchmark() -> None:
    measured = benchmark("quality")
    tuned, untuned = (file for file in measured["files"] if file["kind"] == "korquad")
    said = paragraph_after("Tuning has a price:")
    for figure in ("mrr@10", "dense_mrr@10"):
        assert f"{tuned[figure]:.3f} where it was {untuned[figure]:.3f}" in " ".join(said.split())
    assert {f"{file['accuracy']:.0%}" for file in (tuned, untuned)} == set(re.findall(r"\d+%", said))


REPORTED = {
    "search": ("ndcg@10",),
    "similar": ("ndcg@10",),
    "highlight": ("accuracy",),
    "korquad": ("accuracy", "mrr@10", "dense_mrr@10"),
}


def test_a_second_training_gives_the_figures_of_the_first() -> None:
    quality, training = benchmark("quality"), benchmark("training")
    first = {file["file"]: file for file in quality["files"] if file.get("model") != "multilingual-e5-small"}
    pairs = [(first[again["file"]], again) for again in training["second"]]
    whole = [abs(again[name] - before[name]) for before, again in pairs for name in REPORTED[before["kind"]]]
    vectors = [
        abs(again["dense only"] - next(part["ndcg@10"] for part in before["ablation"] if part["name"] == "dense only"))
        for before, again in pairs
        if "dense only" in again
    ]
    said = paragraph_after("Training a second time")
    assert re.findall(r"within (0\.\d+)", said) == ["0.002", "0.004"]
    assert max(whole) <= 0.002
    assert max(vectors) <= 0.004


GROWTH = (
    "{papers:,}",
    "{sections:,}",
    "{build_s:.1f}",
    "{one_more_day_s:.1f}",
    "{p50_ms:.0f} / {p95_ms:.0f}",
    "{resident_mb:,.0f}",
    "{disk_mb:,.0f}",
)
PEERS = (
    "{system}",
    "{index_s:.0f}",
    "{p50_ms:.1f} / {p95_ms:.1f}",
    "{filtered_p50_ms:.1f} / {filtered_p95_ms:.1f}",
    "{resident_mb:,.0f}",
    "{disk_mb:,.0f}",
)


@pytest.mark.parametrize(("name", "rows", "cells"), [("growth", "papers", GROWTH), ("peers", "peers", PEERS)])
def test_the_figures_of_a_table_are_those_of_its_benchmark(name: str, rows: str, cells: tuple[str, ...]) -> None:
    expected = [[cell.format(**row) for cell in cells] for row in benchmark(name)[rows]]
    assert table_under(f"<!-- {name}: benchmarks/{name}.json -->") == expected


def test_the_figures_of_reliability_are_those_of_the_benchmark() -> None:
    shown = table_under("<!-- reliability: benchmarks/reliability.json -->")
    measured = bench_reliability.rows(benchmark("reliability"))
    p95 = ["" if row["p95_ms"] is None else f"{row['p95_ms']:.0f}" for row in measured]
    counts = [[f"{row['tried']:,}", str(row["went wrong"])] for row in measured]
    assert [cells[1:] for cells in shown] == [[*count, each] for count, each in zip(counts, p95, strict=True)]


def benchmark(name: str) -> dict[str, Any]:
    """Return the figures of a benchmark."""
    found: dict[str, Any] = json.loads((REPOSITORY / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def paragraph_after(words: str) -> str:
    """Return what follows some words of the README, as far as the next empty line."""
    return README.partition(words)[2].strip().partition("\n\n")[0]


def table_under(comment: str) -> list[list[str]]:
    """Return the cells of the table under a comment, without its head."""
    lines = paragraph_after(comment).splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
