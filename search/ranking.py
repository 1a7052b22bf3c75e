"""From scores to ranked papers: pure functions over arrays.

Dense and lexical scores are each scaled to [0, 1] over their best POOL papers and summed with fixed
shares (convex combination: Bruch, Gai and Ingber, 2023), so that every score is a sum of its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
RowArray = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

POOL = 1000
SHARES: Mapping[str, float] = {"dense": 0.5, "lexical": 0.5}


@dataclass(frozen=True, slots=True)
class Scores:
    """Some papers and their scores, best first; higher is better."""

    rows: RowArray
    values: FloatArray


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


def scaled(scores: Scores) -> FloatArray:
    """Return scores scaled so that the best is 1 and the last is 0; one paper alone is 1."""
    if not len(scores.values):
        return scores.values
    low, high = scores.values.min(), scores.values.max()
    return (scores.values - low) / (high - low) if high > low else np.ones_like(scores.values)


def fuse(found: Mapping[str, Scores], shares: Mapping[str, float] = SHARES) -> Ranked:
    """Combine the named scores by their shares; a paper that one list lacks gets 0 from it."""
    rows = np.unique(np.concatenate([scores.rows for scores in found.values()]))
    parts = {name: _part(scores, rows, shares[name]) for name, scores in found.items()}
    total: FloatArray = np.sum(np.stack(list(parts.values())), axis=0, dtype=np.float32)
    order = np.lexsort((rows, -total))
    return Ranked(rows[order], total[order], {name: part[order] for name, part in parts.items()})


def _part(scores: Scores, rows: RowArray, share: float) -> FloatArray:
    part = np.zeros(len(rows), np.float32)
    part[np.searchsorted(rows, scores.rows)] = share * scaled(scores)
    return part
