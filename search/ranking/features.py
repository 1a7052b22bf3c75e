"""What the trees look at: features of the best papers of a pool, beside the query and beside each other.

Every feature counts to one part of a score, is known of any archive, and says nothing of dates or votes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from index.arrays import FloatArray, Mask, RowArray, normalized
from index.words.bm25 import K1
from search.ranking.fusion import scaled
from search.ranking.highlights import standardized

FEATURES: Mapping[str, tuple[str, ...]] = {
    "sentence": (
        "sentence_scaled",
        "sentence_behind",
        "section_standing",
        "section_behind",
        "sections_standing",
        "recalled",
    ),
    "title": ("title_scaled", "title_behind", "title_angle", "agreement"),
    "terms": (
        "terms_scaled",
        "terms_behind",
        "saturation_standing",
        "saturation_behind",
        "coverage",
        "coverage_standing",
        "coverage_behind",
        "coverage_squared",
        "rarest",
    ),
    "glossary": ("glossary_scaled", "glossary_behind", "glossary_worth", "glossary_coverage"),
}
"""The features that count to each part. `scaled` is as in the fused score, `behind` the distance from the pool's or the
papers' best, `standing` that from their mean in standard deviations."""
PARTS = tuple(FEATURES)
COLUMNS = tuple(name for names in FEATURES.values() for name in names)
OWNERS = tuple(part for part, names in FEATURES.items() for _ in names)
RECALLED = 3
"""How many of the first papers stand for what is sought (pseudo-relevance feedback, Rocchio, 1971)."""


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """Which of n papers hold which of a query's m terms, (m, n), and what each term weighs, (m,)."""

    held: Mask
    weights: FloatArray

    def coverage(self, power: float = 1.0) -> FloatArray:
        """Return the share of the terms' weight that each paper holds, shape (n,)."""
        weights = self.weights**power
        total = float(weights.sum())
        found: FloatArray = (weights @ self.held / np.float32(total or 1.0)).astype(np.float32)
        return found

    def rarest(self) -> FloatArray:
        """Return the weight of the weightiest term that each paper holds, shape (n,)."""
        found: FloatArray = (self.held * self.weights[:, None]).max(axis=0, initial=0.0).astype(np.float32)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of n papers, best first, and of the pool that they are from.

    `pool` has each of PARTS over the whole pool, (pool,), in which the papers are at `places`, (n,). `sections` are the
    centred unit vectors of their sections, paper by paper, (sections, d), and `starts`, (n,), says where each paper's
    begin. `vector`, (d,), is the query's; `titles`, (n,), how near each title is to it;
    `agreement`, how far title and summary agree. `worth` is what the glossary is worth, in [0, 1].
    """

    pool: Mapping[str, FloatArray]
    places: RowArray
    vector: FloatArray
    sections: FloatArray
    starts: RowArray
    titles: FloatArray
    agreement: FloatArray
    said: Wording
    added: Wording
    worth: float


def features(found: Evidence) -> FloatArray:
    """Return the features of the papers, shape (n, features), in the order of COLUMNS."""
    measured = {
        **_sections(found),
        **_terms(found),
        "title_angle": standardized(found.titles),
        "agreement": found.agreement,
        "glossary_coverage": found.added.coverage(),
    }
    for name, values in found.pool.items():
        own = values[found.places]
        measured |= {f"{name}_scaled": scaled(values)[found.places], f"{name}_behind": own - values.max()}
    measured["glossary_worth"] = measured["glossary_scaled"] * np.float32(found.worth)
    return np.stack([measured[name] for name in COLUMNS], axis=1, dtype=np.float32)


def _sections(found: Evidence) -> dict[str, FloatArray]:
    near = found.sections @ found.vector
    counts = np.diff(found.starts, append=len(near))
    best: FloatArray = np.maximum.reduceat(near, found.starts)
    middle: FloatArray = (np.add.reduceat(near, found.starts) / counts).astype(np.float32)
    first = found.sections[: int(counts[:RECALLED].sum())]
    alike = found.sections @ normalized(first.mean(axis=0))
    return {
        "section_standing": standardized(best),
        "section_behind": best - best.max(),
        "sections_standing": standardized(middle),
        "recalled": np.maximum.reduceat(alike, found.starts),
    }


def _terms(found: Evidence) -> dict[str, FloatArray]:
    most = float(found.said.weights.sum()) * (K1 + 1)
    saturation = found.pool["terms"][found.places] / np.float32(most or 1.0)
    coverage = found.said.coverage()
    return {
        "saturation_standing": standardized(saturation),
        "saturation_behind": saturation - saturation.max(),
        "coverage": coverage,
        "coverage_standing": standardized(coverage),
        "coverage_behind": coverage - coverage.max(),
        "coverage_squared": found.said.coverage(2.0),
        "rarest": found.said.rarest(),
    }
