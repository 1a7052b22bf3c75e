"""How well an engine answers labelled queries: nDCG@10, MRR@10, Recall@100, and which sentence it picks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from index.arrays import DoubleArray
from index.errors import MissingExtra, SourceError, UnknownPaper
from index.paper import Paper
from search.answers import SectionMatch

QueryKind = Literal["search", "similar", "highlight"]

DEPTH = 100
RESAMPLES = 2000
_TEXTS: Mapping[QueryKind, tuple[str, ...]] = {
    "highlight": ("sentence", "query", "paper_id"),
    "similar": ("query_id",),
    "search": ("query",),
}
"""What a query of each kind must say, the first of which tells the kind."""


class Judged(Protocol):
    """What is evaluated: an engine, or one with another recipe."""

    def ranked_ids(self, query: str, k: int) -> list[str]:
        """Return the ids of the k best papers."""
        ...

    def similar_ids(self, paper_id: str, k: int) -> list[str]:
        """Return the ids of the k papers most like one."""
        ...

    def matches(self, query: str, paper_id: str) -> tuple[SectionMatch, ...]:
        """Return one paper's sections with their highlights, best first."""
        ...

    def paper(self, paper_id: str) -> Paper:
        """Return one paper; UnknownPaper where there is no such id."""
        ...


@dataclass(frozen=True, slots=True)
class QueryFile:
    """Labelled queries of one kind."""

    name: str
    kind: QueryKind
    rows: tuple[Mapping[str, Any], ...]

    def sample(self, size: int | None, seed: int = 0) -> QueryFile:
        """Return some of the queries, in the file's order; all of them where there are no more than `size`."""
        if size is None or size >= len(self.rows):
            return self
        places = np.sort(np.random.default_rng(seed).choice(len(self.rows), size, replace=False))
        return QueryFile(self.name, self.kind, tuple(self.rows[int(place)] for place in places))


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """Figures query by query: each metric's values, the group of each query, and how many name unknown papers only."""

    name: str
    kind: str
    values: Mapping[str, DoubleArray]
    groups: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def queries(self) -> int:
        """How many queries were asked."""
        return len(self.values[self.metric])

    @property
    def metric(self) -> str:
        """The metric that decides."""
        return next(iter(self.values))

    def means(self) -> dict[str, float]:
        """Return each metric's mean."""
        return {name: round(float(values.mean()), 4) for name, values in self.values.items()}

    def interval(self, metric: str) -> tuple[float, float]:
        """Return the bootstrap 95 % interval of a metric's mean."""
        from scipy.stats import bootstrap

        if len(values := self.values[metric]) < 2:
            return (float(values.mean()),) * 2
        found = bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=0).confidence_interval
        return round(float(found.low), 4), round(float(found.high), 4)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        body = {"file": self.name, "kind": self.kind, "queries": self.queries, **self.means()}
        body["interval"] = {name: list(self.interval(name)) for name in self.values}
        body["unknown"] = self.unknown
        if any(self.groups):
            body["by_lang"] = self.by_group()
        return body

    def by_group(self) -> dict[str, dict[str, float]]:
        """Return the number of queries and each metric's mean, group by group."""
        return {group: self._group_means(group) for group in sorted(set(self.groups))}

    def _group_means(self, group: str) -> dict[str, float]:
        chosen = np.array([g == group for g in self.groups])
        means = {name: round(float(values[chosen].mean()), 4) for name, values in self.values.items()}
        return {"queries": int(chosen.sum()), **means}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Another system on the same queries as a first one."""

    name: str
    first: Outcome
    other: Outcome

    def as_dict(self) -> dict[str, Any]:
        """Return the other system's figures, what it differs by in the deciding metric, and the p of that."""
        metric = self.first.metric
        left, right = self.first.values[metric], self.other.values[metric]
        difference = round(float((right - left).mean()), 4)
        p = round(paired_p(right, left), 4)
        return {"name": self.name, **self.other.means(), "difference": difference, "p": p}


def read_queries(path: Path) -> QueryFile:
    """Read a JSON Lines file of labelled queries; SourceError names the line that cannot be used."""
    rows: list[Mapping[str, Any]] = []
    kinds: set[QueryKind] = set()
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}); give a JSON Lines file of queries") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            row, kind = _query_row(line, f"{path}:{number}")
            rows.append(row)
            kinds.add(kind)
    if len(kinds) != 1:
        raise SourceError(f"{path}: holds {len(kinds)} kinds of queries; give a file with queries of one kind")
    return QueryFile(path.name, kinds.pop(), tuple(rows))


def _query_row(line: str, where: str) -> tuple[Mapping[str, Any], QueryKind]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    kind = _kind(row) if isinstance(row, dict) else None
    if kind is None:
        raise SourceError(f'{where}: not a query; write {{"query": ..., "relevant": [ids]}} in one line')
    for key in _TEXTS[kind]:
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise SourceError(f"{where}: {key!r} must be a text")
    if kind != "highlight" and not _texts(row.get("relevant")):
        raise SourceError(f"{where}: 'relevant' must be a list of paper ids, each a text")
    if kind == "highlight" and not all(isinstance(a, dict) and "sentence" in a for a in row.get("also") or ()):
        raise SourceError(f"{where}: 'also' must be a list of {{\"sentence\": ...}}")
    return row, kind


def _kind(row: Mapping[str, Any]) -> QueryKind | None:
    return next((kind for kind, (mark, *_) in _TEXTS.items() if mark in row), None)


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)


def evaluate(engine: Judged, file: QueryFile) -> Outcome:
    """Ask every query of a file and return its figures; a query about unknown papers only counts as failed."""
    if file.kind == "highlight":
        return _evaluate_highlights(engine, file)
    if file.kind == "similar":
        ranked = [_similar_ids(engine, str(row["query_id"])) for row in file.rows]
        unknown = sum(not _knows(engine, row["query_id"]) for row in file.rows)
    else:
        ranked = [engine.ranked_ids(str(row["query"]), DEPTH) for row in file.rows]
        unknown = sum(not any(_knows(engine, one) for one in row["relevant"]) for row in file.rows)
    return Outcome(file.name, file.kind, ranking_metrics(ranked, [row["relevant"] for row in file.rows]), (), unknown)


def _knows(engine: Judged, paper_id: str) -> bool:
    try:
        engine.paper(paper_id)
    except UnknownPaper:
        return False
    return True


def _similar_ids(engine: Judged, paper_id: str) -> list[str]:
    return engine.similar_ids(paper_id, DEPTH) if _knows(engine, paper_id) else []


def require_metrics() -> Any:
    """Return the library that computes the metrics; MissingExtra where it is not installed."""
    try:
        import ir_measures
    except ImportError:
        raise MissingExtra("evaluation needs the library ir-measures: pip install 'nonmun[eval]'") from None
    return ir_measures


def ranking_metrics(ranked: Sequence[Sequence[str]], relevant: Sequence[Iterable[str]]) -> dict[str, DoubleArray]:
    """Return nDCG@10, MRR@10 and Recall@100 of each query, as trec_eval computes them."""
    ir = require_metrics()
    run = {str(i): {pid: float(-place) for place, pid in enumerate(ids)} for i, ids in enumerate(ranked)}
    judged = {str(i): dict.fromkeys(ids, 1) for i, ids in enumerate(relevant)}
    names = {ir.nDCG @ 10: "ndcg@10", ir.RR @ 10: "mrr@10", ir.R @ DEPTH: "recall@100"}
    values = {name: np.zeros(len(ranked)) for name in names.values()}
    for found in ir.iter_calc(list(names), judged, run):
        values[names[found.measure]][int(found.query_id)] = found.value
    return values


def _evaluate_highlights(engine: Judged, file: QueryFile) -> Outcome:
    picked = [_picked(engine, str(row["query"]), str(row["paper_id"])) for row in file.rows]
    strict = [sentence == row["sentence"] for sentence, row in zip(picked, file.rows, strict=True)]
    fair = [
        sentence == row["sentence"] or any(sentence == also["sentence"] for also in row.get("also") or ())
        for sentence, row in zip(picked, file.rows, strict=True)
    ]
    values = {"accuracy": np.array(fair, float), "accuracy_strict": np.array(strict, float)}
    groups = tuple(str(row.get("lang", "")) for row in file.rows)
    return Outcome(file.name, file.kind, values, groups, picked.count(None))


def _picked(engine: Judged, query: str, paper_id: str) -> str | None:
    if not _knows(engine, paper_id):
        return None
    match, start, end = best_sentence(engine.matches(query, paper_id))
    return match.text[start:end]


def best_sentence(matches: Sequence[SectionMatch]) -> tuple[SectionMatch, int, int]:
    """Return the section and the range of the sentence that is marked with the greatest weight."""
    marked = [(h.weight, match, h.start, h.end) for match in matches for h in match.highlights if h.kind == "semantic"]
    _, match, start, end = max(marked, key=lambda mark: mark[0], default=(0.0, matches[0], 0, 0))
    return match, start, end


def paired_p(left: DoubleArray, right: DoubleArray) -> float:
    """Return the two-sided p of a paired sign-flip test that two systems do equally well."""
    from scipy.stats import permutation_test

    if len(left) < 2:
        return 1.0

    def difference(one: DoubleArray, other: DoubleArray, axis: int) -> DoubleArray:
        return np.asarray((one - other).mean(axis=axis))

    pairs = (left, right)
    found = permutation_test(
        pairs, difference, permutation_type="samples", vectorized=True, n_resamples=RESAMPLES, axis=0, rng=0
    )
    return float(found.pvalue)
