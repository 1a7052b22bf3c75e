"""The command `nonmun eval`: figures of labelled queries, or of an archive by itself, as JSON and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.encoding.encoder import Encoder
from index.errors import QueryError
from index.publishing.opening import open_generation
from index.store.generation import Generation
from search.cli.arguments import EvalArguments
from search.cli.opening import named_store
from search.cli.output import print_body
from search.cli.terminal import columns
from search.engine import Engine, encoder_of
from search.evaluation.ablation import ablate
from search.evaluation.labelled import Comparison, Outcome, QueryFile, evaluate, read_queries, require_metrics
from search.evaluation.remembering import RememberingEncoder
from search.evaluation.selfcheck import SAMPLE, check_itself
from search.text import one_line

_NAMES = {
    "ndcg@10": "nDCG@10",
    "mrr@10": "MRR@10",
    "dense_mrr@10": "MRR@10 by section vectors",
    "recall@100": "Recall@100",
    "accuracy": "accuracy",
    "accuracy_strict": "strict",
}


def run_eval(arguments: EvalArguments) -> None:
    """Run `nonmun eval`."""
    if bool(arguments.queries) == arguments.itself:
        raise QueryError("give files of labelled queries, or --self alone")
    if arguments.itself and (arguments.ablate or arguments.compare):
        raise QueryError("--ablate and --compare need labelled queries; leave out --self")
    with named_store(arguments.store, "read") as store:
        body = scores(arguments, store)
    print_body(arguments.json, body, score_lines(body))


def scores(arguments: EvalArguments, store: Path) -> dict[str, Any]:
    """Evaluate as the command line says; MissingExtra, SourceError or StoreError say what is lacking."""
    require_metrics()
    files = [read_queries(path).sample(arguments.limit) for path in arguments.queries]
    generation = open_generation(store)
    encoder = RememberingEncoder(encoder_of(generation))
    try:
        if arguments.itself:
            found = check_itself(generation, encoder, arguments.limit or SAMPLE, 0)
            return {"files": [_self_entry(one) for one in found]}
        engine = Engine(generation, encoder)
        outcomes = [evaluate(engine, file) for file in files]
        entries = [outcome.as_dict() for outcome in outcomes]
        if arguments.ablate:
            _add_ablations(entries, files, generation, encoder)
        if arguments.compare:
            _add_comparisons(entries, files, outcomes, arguments.compare)
    finally:
        generation.close()
    return {"files": entries}


def _self_entry(found: Outcome | Comparison) -> dict[str, Any]:
    if isinstance(found, Outcome):
        return found.as_dict()
    return {**found.first.as_dict(), "ablation": [found.as_dict()]}


def _add_ablations(
    entries: Sequence[dict[str, Any]], files: Sequence[QueryFile], generation: Generation, encoder: Encoder
) -> None:
    for entry, file in zip(entries, files, strict=True):
        if file.kind == "search":
            entry["ablation"] = [one.as_dict() for one in ablate(generation, encoder, file)]


def _add_comparisons(
    entries: Sequence[dict[str, Any]], files: Sequence[QueryFile], outcomes: Sequence[Outcome], store: Path
) -> None:
    other = Engine.open(store)
    try:
        for entry, file, outcome in zip(entries, files, outcomes, strict=True):
            entry["compared"] = Comparison(str(store), outcome, evaluate(other, file)).as_dict()
    finally:
        other.generation.close()


def score_lines(body: Mapping[str, Any]) -> list[str]:
    """Return the figures as lines: a table for each set of metrics, then what was varied, file by file."""
    entries: list[Mapping[str, Any]] = body["files"]
    kinds: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for entry in entries:
        kinds.setdefault(tuple(entry["interval"]), []).append(entry)
    blocks = [_table(_heads(metrics), [row for e in group for row in _rows(e)]) for metrics, group in kinds.items()]
    blocks += [_varied(entry) for entry in entries if "ablation" in entry or "compared" in entry]
    blocks += [[_unknown(entry)] for entry in entries if entry["unknown"]]
    return [line for block in blocks for line in ["", *block]][1:]


def _heads(metrics: Sequence[str]) -> list[str]:
    first, *others = (_NAMES[metric] for metric in metrics)
    return ["file", "queries", first, "95 %", *others]


def _rows(entry: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield a file's row, and one for each of its languages."""
    first, *others = entry["interval"]
    low, high = entry["interval"][first]
    shown = [_figure(entry[metric]) for metric in others]
    yield [entry["file"], f"{entry['queries']:,}", _figure(entry[first]), f"{_figure(low)}-{_figure(high)}", *shown]
    for group, means in entry.get("by_lang", {}).items():
        shown = [_figure(means[metric]) for metric in others]
        yield [f"  {group}", f"{means['queries']:,}", _figure(means[first]), "", *shown]


def _varied(entry: Mapping[str, Any]) -> list[str]:
    """Return a table of one file's other systems and what they differ by."""
    metric = next(iter(entry["interval"]))
    others = [*entry.get("ablation", ()), *([entry["compared"]] if "compared" in entry else [])]
    rows = [[one["name"], _figure(one[metric]), f"{one['difference']:+.3f}", f"{one['p']:.4f}"] for one in others]
    return _table([entry["file"], _NAMES[metric], "difference", "p"], [["as it is", _figure(entry[metric])], *rows])


def _unknown(entry: Mapping[str, Any]) -> str:
    return (
        f"{entry['file']}: {entry['unknown']:,} of {entry['queries']:,} queries are about papers that this store "
        "lacks; they count as failed"
    )


def _figure(value: float) -> str:
    return f"{value:.3f}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table as lines: the first column to the left, the others to the right."""
    cells = [[one_line(cell) if cell.strip() == cell else cell for cell in row] for row in [heads, *rows]]
    widths = [max(columns(row[i]) for row in cells if i < len(row)) for i in range(len(heads))]
    return ["  ".join(_padded(cell, i, widths) for i, cell in enumerate(row)).rstrip() for row in cells]


def _padded(cell: str, column: int, widths: Sequence[int]) -> str:
    space = " " * (widths[column] - columns(cell))
    return space + cell if column else cell + space
