"""Every figure of the README and docs/ that a benchmark measured is that of the benchmark."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from scripts.reliability import figures as bench_reliability
from tests.support.documents import PAGES, README, Document
from tests.support.paths import REPOSITORY

SYSTEMS = ("untuned", "dense + title", "untuned dense + title", "BM25", "txtai hybrid")
HEADLINE_SYSTEMS = ("txtai hybrid", "BM25")


def benchmark(name: str) -> dict[str, Any]:
    """Return the figures of a benchmark."""
    found: dict[str, Any] = json.loads((REPOSITORY / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def quality_of(file: str) -> dict[str, Any]:
    """Return the figures of one file of queries."""
    (found,) = (each for each in benchmark("quality")["files"] if each["file"] == f"{file}.jsonl")
    return dict(found)


def ndcg_row(file: str, systems: tuple[str, ...]) -> list[str]:
    """Return nDCG@10 of nonmun and of other systems as a table shows it."""
    measured = quality_of(file)
    others = [measured["others"][system]["ndcg@10"] for system in systems]
    return [f"**{measured['ndcg@10']:.3f}**", *(f"{figure:.3f}" for figure in others)]


def said(document: Document, words: str) -> str:
    """Return a paragraph on one line, from some words on."""
    return " ".join(f"{words} {document.paragraph_after(words)}".split())


def test_the_quality_is_that_of_the_benchmark() -> None:
    rows = PAGES["quality"].table_under("quality: benchmarks/quality.json")
    measured = [
        each["file"].removesuffix(".jsonl") for each in benchmark("quality")["files"] if each["kind"] == "search"
    ]
    assert [name for name, *_ in rows] == measured
    assert [figures for _, *figures in rows] == [ndcg_row(name, SYSTEMS) for name in measured]


def test_the_quality_of_the_readme_is_that_of_the_benchmark() -> None:
    rows = README.table_under("headline quality: benchmarks/quality.json")
    names = [re.match(r"`(\w+)`: (\d+) ", what) for what, *_ in rows]
    assert len(names) == 2
    for name, (_, *figures) in zip(names, rows, strict=True):
        assert name
        assert figures == ndcg_row(name[1], HEADLINE_SYSTEMS)
        assert int(name[2]) == quality_of(name[1])["queries"]


@pytest.mark.parametrize("document", [README, PAGES["quality"]], ids=lambda document: document.name)
def test_the_archive_and_the_peer_are_those_of_the_benchmark(document: Document) -> None:
    measured = benchmark("quality")
    assert f"nDCG@10 on {measured['papers']:,} real Korean summaries" in document.text
    assert f"txtai {measured['versions']['txtai'].rpartition('.')[0]} hybrid" in document.text


def test_the_numbers_of_queries_are_those_of_the_benchmark() -> None:
    text = said(PAGES["quality"], "`ko_human_A` are")
    assert f"are {quality_of('ko_human_A')['queries']} notes" in text
    assert f"`en_human_A` {quality_of('en_human_A')['queries']} descriptions" in text


def test_marked_sentences_and_similar_papers_are_those_of_the_benchmark() -> None:
    text = said(PAGES["quality"], "The sentence that a reader would pick")
    marked, alike = quality_of("highlight_A"), quality_of("similar_A")
    by_language = {language: f"{body['accuracy']:.0%}" for language, body in marked["by_lang"].items()}
    assert f"first for {by_language['en']} of English and {by_language['ko']} of Korean queries" in text
    assert f"({marked['queries']} pairs" in text
    assert f"nDCG@10 {alike['ndcg@10']:.3f} ({alike['queries']} papers" in text


def test_the_price_of_tuning_is_that_of_the_benchmark() -> None:
    tuned, untuned = (file for file in benchmark("quality")["files"] if file["kind"] == "korquad")
    text = said(PAGES["quality"], "Tuning has a price:")
    for figure in ("mrr@10", "dense_mrr@10"):
        assert f"{tuned[figure]:.3f} where it was {untuned[figure]:.3f}" in text
    assert {f"{file['accuracy']:.0%}" for file in (tuned, untuned)} == set(re.findall(r"\d+%", text))
    assert f"{tuned['queries']:,} questions" in text


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
    assert re.findall(r"within (0\.\d+)", said(PAGES["quality"], "Training a second time")) == ["0.002", "0.004"]
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
HEADLINE_GROWTH = (GROWTH[0], *GROWTH[3:])
PEERS = (
    "{system}",
    "{index_s:.0f}",
    "{p50_ms:.1f} / {p95_ms:.1f}",
    "{filtered_p50_ms:.1f} / {filtered_p95_ms:.1f}",
    "{resident_mb:,.0f}",
    "{disk_mb:,.0f}",
)


def shaped(name: str, rows: str, shape: tuple[str, ...]) -> list[list[str]]:
    """Return the rows of a benchmark as a table shows them."""
    return [[cell.format(**row) for cell in shape] for row in benchmark(name)[rows]]


@pytest.mark.parametrize(("name", "rows", "shape"), [("growth", "papers", GROWTH), ("peers", "peers", PEERS)])
def test_the_figures_of_a_table_are_those_of_its_benchmark(name: str, rows: str, shape: tuple[str, ...]) -> None:
    assert PAGES["speed"].table_under(f"{name}: benchmarks/{name}.json") == shaped(name, rows, shape)


def test_the_speed_of_the_readme_is_that_of_the_benchmark() -> None:
    measured = shaped("growth", "papers", HEADLINE_GROWTH)
    shown = README.table_under("headline speed: benchmarks/growth.json")
    assert shown == [row for row in measured if row[0] in {row[0] for row in shown}]
    assert shown[-1] == measured[-1]


def test_the_speed_of_encoding_is_that_of_the_benchmark() -> None:
    slow, half, own = benchmark("encode")["encoding"]
    assert own["system"] == "nonmun"
    rate = own["passages_per_s"]
    text = said(PAGES["speed"], "Builds find their vectors")
    for words in (
        f"{rate:.0f} passages a second",
        f"{rate / slow['passages_per_s']:.1f} times as fast as `SentenceTransformer.encode` in 32-bit floats",
        f"{rate / half['passages_per_s']:.1f} times as in bfloat16",
        f"in {own['peak_mb']:.0f} MB of memory",
        f"take {slow['peak_mb'] / 1000:.1f} and {half['peak_mb'] / 1000:.1f} GB",
    ):
        assert words in text


def test_the_speed_of_answers_is_that_of_the_benchmark() -> None:
    measured = benchmark("query_65k")
    shell, service = measured["start"]
    encoding, search, *_ = measured["one at a time"]
    text = said(PAGES["speed"], "With 65,047 papers")
    assert measured["store"]["papers"] == 65_047
    assert f"a shell in {shell['median_s']:.1f} seconds and the service is ready in {service['median_s']:.1f}" in text
    assert f"in {search['p50_ms']:.0f} ms (95th percentile {search['p95_ms']:.0f})" in text
    assert f"encoding takes {encoding['p50_ms']:.0f}." in text


def test_the_speed_under_clients_is_that_of_the_benchmark() -> None:
    loads = benchmark("query_65k")["at once"]
    text = said(PAGES["speed"], "Under 1, 4 and 16 clients")
    assert [load["clients"] for load in loads] == [1, 4, 16]
    rates, times = ([f"{load[key]:.0f}" for load in loads] for key in ("queries_per_s", "p95_ms"))
    assert f"answers {rates[0]}, {rates[1]} and {rates[2]} a second" in text
    assert f"within {times[0]}, {times[1]} and {times[2]} ms, without an error" in text
    assert sum(load["errors"] for load in loads) == 0
    assert f"holds {round(max(load['resident_mb'] for load in loads), -1):.0f} MB" in text


def test_the_search_among_a_million_vectors_is_that_of_the_benchmark() -> None:
    rows = [row for row in benchmark("query")["vector index"] if row["rows"] == 1_000_000]
    times = [row["p50_ms"] for row in rows]
    least = min(row["recall@10"] for row in rows)
    text = said(PAGES["speed"], "Among a million vectors")
    assert f"in {min(times):.0f} to {max(times):.0f} ms, {least:.1%} of them or more" in text


def test_the_figures_of_reliability_are_those_of_the_benchmark() -> None:
    shown = PAGES["reliability"].table_under("reliability: benchmarks/reliability.json")
    measured = bench_reliability.rows(benchmark("reliability"))
    p95 = ["" if row["p95_ms"] is None else f"{row['p95_ms']:.0f}" for row in measured]
    counts = [[f"{row['tried']:,}", str(row["went wrong"])] for row in measured]
    assert [row[1:] for row in shown] == [[*count, each] for count, each in zip(counts, p95, strict=True)]


def test_the_store_and_the_memory_of_reliability_are_those_of_the_benchmark() -> None:
    measured = benchmark("reliability")
    store, memory = measured["store"], measured["service"]["soak"]["memory"]
    text = said(PAGES["reliability"], "After the 200 kills")
    assert f"{store['papers']:,} real summaries" in PAGES["reliability"].text
    assert (store["kills"]["injected"], store["kills"]["like_a_build_from_nothing"]) == (200, True)
    assert f"grew from {memory[0] / 1e6:.0f} to {memory[-1] / 1e6:.0f} MB" in text
