"""What larger archives need: arithmetic on unit costs, and unit costs read from files of figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts import benchmark
from scripts.bench.needs import IndexCost, Latency, Line, Machine, fitted, hours, shards_for, slowest
from scripts.bench.plan import PAPERS, Units, measurements, plan, sources, units_of

MACHINE = {"python": "3.11", "architecture": "x86_64", "cores": 2, "load": 0.1}
INDEX = {"rows": 1000, "index": "half", "build_s": 1, "disk_mb": 0.8, "filter": 1.0, "p50_ms": 1, "p95_ms": 2}
FILES: dict[str, dict[str, Any]] = {
    "encode": {
        "commit": "abcdef0123",
        "machine": MACHINE,
        "encoding": [
            {"system": "SentenceTransformer.encode, float32", "passages_per_s": 10.0},
            {"system": "nonmun", "passages_per_s": 80.0},
        ],
    },
    "query": {
        "commit": "abcdef0123",
        "machine": MACHINE,
        "store": {"papers": 1000, "sections": 3000, "disk_mb": 30.0, "encoder": {"dimensions": 384}},
        "one at a time": [{"question": "encoding alone", "p50_ms": 6.0, "p95_ms": 9.0}],
        "vector index": [INDEX, {**INDEX, "rows": 2000, "disk_mb": 1.6}],
    },
    "growth": {
        "commit": "abcdef0123",
        "machine": MACHINE,
        "stand_in": False,
        "papers": [
            {"papers": n, "sections": 3 * n, "build_s": 5 + n / 100, "p50_ms": 10 + n / 1000, "p95_ms": 20 + n / 500}
            | {"resident_mb": 100 + n / 50, "disk_mb": n * 0.03}
            for n in (1000, 5000, 20_000)
        ],
        "vector index": [INDEX],
    },
}


def files_in(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / f"{name}.json").write_text(json.dumps(FILES[name]), "utf-8")
    return folder


def units() -> Units:
    return units_of(FILES)


def test_a_line_is_found_again_and_never_promises_less_than_nothing() -> None:
    found = fitted([1000, 5000, 20_000], [25, 105, 405])
    assert found.own == pytest.approx(5)
    assert found.each == pytest.approx(0.02)
    assert fitted([1, 2, 3], [9, 5, 1]) == Line(5, 0)
    assert fitted([7], [3]) == Line(3, 0)
    steep = fitted([10, 20, 30], [1, 11, 21])
    assert steep.own == 0
    assert steep.at(20) == pytest.approx(20 * 860 / 1400)


def test_the_slowest_of_several_answers_is_what_drawing_them_gives() -> None:
    latency = Latency(Line(10, 0), Line(30, 0))
    width = np.log(3) / 1.6448536
    drawn = np.exp(np.random.default_rng(1).normal(np.log(10), width, (200_000, 8))).max(axis=1)
    assert slowest(latency, 1, 1) == pytest.approx(30)
    assert slowest(latency, 1, 8) == pytest.approx(np.quantile(drawn, 0.95), rel=0.02)


def test_shards_are_the_fewest_that_fit_and_answer_in_time() -> None:
    memory, latency = Line(1e8, 10_000), Latency(Line(5, 1e-6), Line(10, 2e-6))
    assert shards_for(1_000_000, memory, latency, Machine(64, 32, 500)).limit == "one machine is enough"  # type: ignore[union-attr]
    found = shards_for(10_000_000, memory, latency, Machine(64, 32, 500))
    assert found is not None
    assert (found.count, found.limit, found.papers) == (2, "memory", 5_000_000)
    hurried = shards_for(10_000_000, memory, latency, Machine(640, 32, 22))
    assert hurried is not None
    assert hurried.limit == "time"
    assert slowest(latency, 10_000_000 / (hurried.count - 1), hurried.count - 1) > 22 >= hurried.p95_ms
    assert shards_for(10_000_000, memory, latency, Machine(64, 32, 9)) is None


def test_unit_costs_are_those_of_the_files() -> None:
    found = units()
    assert found.sections == 3
    assert found.core_passages == 40
    assert found.gpu_passages is None
    assert found.disk is not None
    assert found.disk.at(1_000_000) == pytest.approx(30e9)
    assert found.memory is not None
    assert found.memory.at(0) == pytest.approx(100e6)
    assert found.memory.each == pytest.approx(20_000)
    assert found.latency is not None
    assert found.latency.p50.at(1000) == pytest.approx(11)
    assert found.latency.p95.at(1000) == pytest.approx(22)
    assert found.indexes == (IndexCost("half", 800, 800, True),)


def test_encoding_a_query_is_added_where_the_model_was_left_out() -> None:
    stood_in = {**FILES, "growth": {**FILES["growth"], "stand_in": True}}
    with_model, without = units_of(stood_in).latency, units().latency
    assert with_model is not None
    assert without is not None
    assert with_model.p95.at(0) - without.p95.at(0) == pytest.approx(9)
    assert "hashed words" in list(sources(stood_in))[-1]


def test_a_plan_has_every_size_in_every_table() -> None:
    tables = plan(PAPERS, replace(units(), gpu_passages=4000), Machine(64, 32, 500))
    first = tables["encoding"][0]
    assert first["passages"] == 4_000_000
    assert first["core_hours"] == pytest.approx(hours(4_000_000, 40), rel=0.01)
    assert first["hours on 32 cores"] == pytest.approx(first["core_hours"] / 32, rel=0.01)
    assert first["gpu_hours"] == pytest.approx(hours(4_000_000, 4000), rel=0.01)
    assert [row["papers"] for row in tables["one store, whole"]] == ["1,000,000", "10,000,000", "250,000,000"]
    flat = [row["memory_gb"] for row in tables["vectors of sections"] if row["index"].startswith("Milvus FLAT")]
    assert flat == [4.61, 46.1, 1152]
    assert {row["known"] for row in tables["vectors of sections"]} == {"measured", "computed"}
    assert len(tables["spread over machines"]) == 3


def test_every_file_that_is_missing_is_named_with_what_makes_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files_in(tmp_path, "query")
    assert benchmark.main(["plan", "--results", str(tmp_path), "--papers", "10_000_000"]) == 0
    printed = capsys.readouterr().out
    assert "growth.json is missing: make it with scripts/benchmark.py growth SOURCE..." in printed
    assert "encode.json is missing: make it with scripts/benchmark.py encode --store STORE" in printed
    assert "query.json is missing" not in printed


def test_a_plan_out_of_nothing_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["plan", "--results", str(tmp_path)]) == 5
    assert "scripts/benchmark.py query" in capsys.readouterr().err


def test_a_damaged_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "growth.json").write_text("{", "utf-8")
    assert benchmark.main(["plan", "--results", str(tmp_path)]) == 5
    assert "growth.json: not JSON" in capsys.readouterr().err


def test_a_plan_is_written_as_it_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "plan.json"
    results = str(files_in(tmp_path, *FILES))
    assert benchmark.main(["plan", "--results", results, "--papers", "2_000_000", "--out", str(out)]) == 0
    body = json.loads(out.read_text("utf-8"))
    printed = capsys.readouterr().out
    assert [row["papers"] for row in body["encoding"]] == ["1,000,000", "2,000,000", "10,000,000", "250,000,000"]
    assert all(note in printed for note in body["assumed"])
    assert measurements(tmp_path).keys() == FILES.keys()


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(SystemExit):
        benchmark.main(["plan", "--papers", "0"])
