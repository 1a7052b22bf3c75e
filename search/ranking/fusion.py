"""From scores to ranked papers: pure functions over arrays.

Dense and lexical search each bring their best CANDIDATES papers; the best POOL of both are looked at
closely. A paper's score is the sum of its features, each scaled over the pool (convex combination: Bruch,
Gai and Ingber, 2023) and weighed by its share: its best sentence, its title, the query's terms, and the
glossary's terms for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Mask, RowArray
from search.answers import Sort
from search.query.bounds import MAX_RESULTS

CANDIDATES = 1000
DENSE_SHARE = 0.4
GLOSSARY_SHARE = 0.3
RECENCY_SHARE = 0.2
DOUBT = 0.005
"""What a paper loses whose summary is doubted: those that score the same to two places go before it."""
SHARES: Mapping[str, float] = {"sentence": 0.27, "title": 0.19, "terms": 0.33, "glossary": 0.21}


@dataclass(frozen=True, slots=True)
class Recipe:
    """What counts for how much: `shares` of the score; `dense` and `glossary` in choosing the pool.

    Where it is `learned`, trees have the last word on the best papers.
    """

    shares: Mapping[str, float]
    dense: float
    glossary: float
    learned: bool = False


RECIPE = Recipe(SHARES, DENSE_SHARE, GLOSSARY_SHARE, learned=True)


@dataclass(frozen=True, slots=True)
class Scores:
    """Some papers and their scores, best first; higher is better."""

    rows: RowArray
    values: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """The papers of a query that are looked at closely, each feature of theirs (papers,), and the glossary's worth."""

    chosen: Scores
    features: Mapping[str, FloatArray]
    glossary: float

    def fused(self, shares: Mapping[str, float]) -> Ranked:
        """Rank the papers by their features."""
        return fuse(self.chosen, self.features, {**shares, "glossary": shares["glossary"] * self.glossary})


@dataclass(frozen=True, slots=True)
class Ranked:
    """Papers in order of their score, which is the sum of the parts."""

    rows: RowArray
    scores: FloatArray
    parts: Mapping[str, FloatArray]


def best(values: FloatArray, k: int, allowed: Mask | None = None) -> Scores:
    """Return the k best positive scores of the allowed papers; ties go to the lower row."""
    usable = values > 0 if allowed is None else (values > 0) & allowed
    rows = np.flatnonzero(usable)
    if len(rows) > k:
        threshold = np.partition(values[rows], len(rows) - k)[len(rows) - k]
        rows = rows[values[rows] >= threshold]
    order = np.lexsort((rows, -values[rows]))[:k]
    return Scores(rows[order], values[rows[order]])


def best_per_paper(section_scores: FloatArray, owners: RowArray, k: int) -> Scores:
    """Group section scores, best first, to the k best papers by each paper's best section."""
    papers, first = np.unique(owners, return_index=True)
    values = section_scores[first]
    order = np.lexsort((papers, -values))[:k]
    return Scores(papers[order], values[order])


def scaled(values: FloatArray) -> FloatArray:
    """Scale one feature of a pool of papers: its best is 1, its median and all below are 0.

    The lower half of a pool tells nothing about the question, and its spread differs between features.
    """
    if not len(values):
        return values
    low, high = float(np.median(values)), float(values.max())
    return np.clip((values - low) / (high - low), 0, None) if high > low else np.zeros_like(values)


def fuse(chosen: Scores, features: Mapping[str, FloatArray], shares: Mapping[str, float]) -> Ranked:
    """Rank a pool of papers by the sum of their scaled features, each by its share.

    Ties, such as papers that lie below every feature's median, go by the pool's own scores, then to the lower row.
    """
    parts = {name: np.float32(shares[name]) * scaled(values) for name, values in features.items()}
    total: FloatArray = np.sum(np.stack(list(parts.values())), axis=0, dtype=np.float32)
    order = np.lexsort((chosen.rows, -chosen.values, -total))
    return Ranked(chosen.rows[order], total[order], {name: part[order] for name, part in parts.items()})


def pool(dense: Scores, lexical: Scores, size: int, dense_share: float = DENSE_SHARE) -> Scores:
    """Return the papers worth a closer look: the best by both scores, each scaled over its own list."""
    rows = np.union1d(dense.rows, lexical.rows).astype(np.int64)
    total = np.zeros(len(rows), np.float32)
    for scores, share in ((dense, dense_share), (lexical, 1 - dense_share)):
        if len(scores.values):
            low, high = scores.values.min(), scores.values.max()
            total[np.searchsorted(rows, scores.rows)] += share * (scores.values - low) / max(high - low, 1e-9)
    kept = np.lexsort((rows, -total))[:size]
    return Scores(rows[kept], total[kept])


def with_part(ranked: Ranked, name: str, values: FloatArray) -> Ranked:
    """Add one more part, in the order of the ranked papers, and rank them again; equals keep their order."""
    total = ranked.scores + values
    order = np.argsort(-total, kind="stable")
    parts = {**ranked.parts, name: values}
    return Ranked(ranked.rows[order], total[order], {key: part[order] for key, part in parts.items()})


def only(ranked: Ranked, kept: Mask) -> Ranked:
    """Return some of the ranked papers, which the mask, shape (ranked papers,), keeps."""
    return Ranked(ranked.rows[kept], ranked.scores[kept], {name: part[kept] for name, part in ranked.parts.items()})


def doubted(ranked: Ranked, doubts: Mask) -> Ranked:
    """Put papers whose summaries are doubted, shape (ranked papers,), behind their equals; none changes nothing."""
    return with_part(ranked, "doubtful", np.float32(-DOUBT) * doubts) if doubts.any() else ranked


def ordered(
    ranked: Ranked, dates: npt.NDArray[np.int32], votes: RowArray, sort: Sort, half_life: float | None
) -> Ranked:
    """Order ranked papers as a reader asks; `dates`, yyyymmdd, and `votes` are those of all papers, shape (papers,)."""
    if half_life is not None:
        worth = recency(dates[ranked.rows], int(dates.max()), half_life)
        ranked = with_part(ranked, "recency", np.float32(RECENCY_SHARE) * worth)
    if sort == "relevance":
        return ranked
    return resorted(ranked, (dates if sort == "date" else votes)[ranked.rows].astype(np.int64), MAX_RESULTS)


def listed(rows: RowArray, dates: npt.NDArray[np.int32], votes: RowArray, sort: Sort) -> Ranked:
    """Rank papers that nothing is asked of: the newest first, or by votes; unknown dates or votes come last."""
    newest = newest_first(rows, dates)
    order = newest[np.argsort(-votes[newest].astype(np.float64), kind="stable")] if sort == "votes" else newest
    return Ranked(order, np.zeros(len(order), np.float32), {})


def newest_first(rows: RowArray, dates: npt.NDArray[np.int32]) -> RowArray:
    """Return rows by the dates, yyyymmdd, of their papers, the newest first, those without a date last."""
    return rows[np.argsort(-dates[rows], kind="stable")]


def resorted(ranked: Ranked, keys: npt.NDArray[np.int64], depth: int) -> Ranked:
    """Order the best papers by a key each, in the ranking's order, greatest first; equals keep their order."""
    # Negated keys would overflow: unknown votes are the least integer there is.
    order = np.lexsort((-np.arange(len(keys[:depth])), keys[:depth]))[::-1]
    parts = {name: part[order] for name, part in ranked.parts.items()}
    return Ranked(ranked.rows[order], ranked.scores[order], parts)


def recency(dates: npt.NDArray[np.int32], newest: int, half_life_days: float) -> FloatArray:
    """Return what each date, yyyymmdd, is worth beside the newest: halved with every half-life, 0 where unknown."""
    ages = np.array([_day(newest) - _day(int(day)) if day else np.inf for day in dates], np.float64)
    with np.errstate(over="ignore"):  # a half-life of next to nothing makes all but the newest worth nothing
        return np.exp2(-ages / half_life_days).astype(np.float32)


def _day(number: int) -> int:
    return date(number // 10000, number // 100 % 100, number % 100).toordinal()
