"""How well an engine answers labelled queries: nDCG@10, MRR@10, Recall@100, and which sentence it picks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import SourceError
from search.answers import SectionMatch

QueryKind = Literal["search", "similar", "highlight"]
FloatArray = npt.NDArray[np.float64]

DEPTH = 100
RESAMPLES = 2000
_KEYS: tuple[tuple[str, QueryKind], ...] = (("hid", "highlight"), ("query_id", "similar"), ("query", "search"))


class Judged(Protocol):
    """What is evaluated: an engine, or one with other settings."""

    def ranked_ids(self, query: str, k: int) -> list[str]:
        """Return the ids of the k best papers."""
        ...

    def similar_ids(self, paper_id: str, k: int) -> list[str]:
        """Return the ids of the k papers most like one."""
        ...

    def matches(self, query: str, paper_id: str) -> tuple[SectionMatch, ...]:
        """Return one paper's sections with their highlights, best first."""
        ...


@dataclass(frozen=True, slots=True)
class QueryFile:
    """Labelled queries of one kind."""

    name: str
    kind: QueryKind
    rows: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One file's figures, query by query: each metric's values, and the group each query belongs to."""

    file: QueryFile
    values: Mapping[str, FloatArray]
    groups: tuple[str, ...] = ()

    def means(self) -> dict[str, float]:
        """Return each metric's mean."""
        return {name: round(float(values.mean()), 4) for name, values in self.values.items()}

    def interval(self, metric: str) -> tuple[float, float]:
        """Return the bootstrap 95 % interval of a metric's mean."""
        values = self.values[metric]
        picks = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
        low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
        return round(float(low), 4), round(float(high), 4)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        first = next(iter(self.values))
        body = {"file": self.file.name, "kind": self.file.kind, "queries": len(self.values[first]), **self.means()}
        body["interval"] = list(self.interval(first))
        if self.groups:
            body["by_lang"] = {group: self._group_means(group) for group in sorted(set(self.groups))}
        return body

    def _group_means(self, group: str) -> dict[str, float]:
        chosen = np.array([g == group for g in self.groups])
        means = {name: round(float(values[chosen].mean()), 4) for name, values in self.values.items()}
        return {"queries": int(chosen.sum()), **means}


def read_queries(path: Path) -> QueryFile:
    """Read a JSON Lines file of labelled queries; SourceError names the line that cannot be used."""
    rows: list[Mapping[str, Any]] = []
    kinds: set[QueryKind] = set()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({error}); give a JSON Lines file of queries") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            row, kind = _query_row(line, f"{path}:{number}")
            rows.append(row)
            kinds.add(kind)
    if len(kinds) != 1:
        raise SourceError(f"{path}: holds {len(kinds)} kinds of queries; a file holds queries of one kind")
    return QueryFile(path.name, kinds.pop(), tuple(rows))


def _query_row(line: str, where: str) -> tuple[Mapping[str, Any], QueryKind]:
    try:
        row = json.loads(line)
        kind = next(kind for key, kind in _KEYS if key in row)
        needed = ("paper_id", "section", "sentence") if kind == "highlight" else ("relevant",)
        missing = [key for key in needed if key not in row]
    except (ValueError, TypeError, StopIteration):
        raise SourceError(f"{where}: not a query; it needs query and relevant, or query_id and relevant") from None
    if missing:
        raise SourceError(f"{where}: no {missing[0]!r}; see README.md for the formats")
    return row, kind


def evaluate(engine: Judged, file: QueryFile) -> Outcome:
    """Ask every query of a file and return its figures."""
    if file.kind == "highlight":
        return _evaluate_highlights(engine, file)
    if file.kind == "similar":
        ranked = [engine.similar_ids(str(row["query_id"]), DEPTH) for row in file.rows]
    else:
        ranked = [engine.ranked_ids(str(row["query"]), DEPTH) for row in file.rows]
    return Outcome(file, ranking_metrics(ranked, [row["relevant"] for row in file.rows]))


def ranking_metrics(ranked: Sequence[Sequence[str]], relevant: Sequence[Iterable[str]]) -> dict[str, FloatArray]:
    """Return nDCG@10, MRR@10 and Recall@100 of each query, as trec_eval computes them."""
    from ir_measures import RR, R, nDCG, pytrec_eval

    run = {str(i): {pid: float(-place) for place, pid in enumerate(ids)} for i, ids in enumerate(ranked)}
    judged = {str(i): dict.fromkeys(ids, 1) for i, ids in enumerate(relevant)}
    names = {nDCG @ 10: "ndcg@10", RR @ 10: "mrr@10", R @ DEPTH: "recall@100"}
    values = {name: np.zeros(len(ranked)) for name in names.values()}
    for found in pytrec_eval.iter_calc(list(names), judged, run):
        values[names[found.measure]][int(found.query_id)] = found.value
    return values


def _evaluate_highlights(engine: Judged, file: QueryFile) -> Outcome:
    picked = [best_sentence(engine.matches(str(row["query"]), str(row["paper_id"]))) for row in file.rows]
    strict = [sentence == row["sentence"] for sentence, row in zip(picked, file.rows, strict=True)]
    fair = [
        sentence == row["sentence"] or any(sentence == also["sentence"] for also in row.get("also", ()))
        for sentence, row in zip(picked, file.rows, strict=True)
    ]
    values = {"accuracy": np.array(fair, float), "accuracy_strict": np.array(strict, float)}
    return Outcome(file, values, tuple(str(row.get("lang", "")) for row in file.rows))


def best_sentence(matches: Sequence[SectionMatch]) -> str:
    """Return the sentence that is marked with the greatest weight."""
    marked = [(h.weight, m.text[h.start : h.end]) for m in matches for h in m.highlights if h.kind == "semantic"]
    return max(marked, key=lambda pair: pair[0])[1] if marked else ""


def paired_p(left: FloatArray, right: FloatArray) -> float:
    """Return the two-sided p of a paired sign-flip test that two systems do equally well."""
    difference = left - right
    signs = np.random.default_rng(0).choice((-1.0, 1.0), (RESAMPLES, len(difference)))
    extreme = np.abs((signs * difference).mean(axis=1)) >= abs(difference.mean()) - 1e-12
    return float((1 + extreme.sum()) / (RESAMPLES + 1))
