"""What a model of trees adds to the scores of the best papers of a pool.

The trees are LambdaMART's (Burges, 2010), fitted on labelled queries by `scripts/training/ranking.py`; `fusion.json`
says on which. They look at the first LOOKED_AT papers alone; all others stay behind these, as they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from index.arrays import FloatArray, RowArray, normalized, runs
from index.store.generation import Generation
from search.query.question import Question
from search.ranking.features import COLUMNS, OWNERS, PARTS, Evidence, Wording, features
from search.ranking.fusion import Pool, Ranked
from search.ranking.trees import Trees, read_trees

TREES_FILE = Path(__file__).parent / "fusion.txt"
LOOKED_AT = 60
FUSED = 0.1
"""How much of a score the fused features remain, by which all other papers are ranked."""


@cache
def trees() -> Trees:
    """Return the trees that ship; ModelError where they cannot be read."""
    return read_trees(TREES_FILE, COLUMNS, OWNERS, PARTS)


def observed(ranked: Ranked, pool: Pool, asked: Question, generation: Generation) -> Evidence:
    """Return what is known of the best of the ranked papers of a pool."""
    rows = ranked.rows[:LOOKED_AT]
    order = np.argsort(pool.chosen.rows)
    layout = generation.layout
    firsts = layout.section_offsets[rows]
    sizes = layout.section_offsets[rows + 1] - firsts
    return Evidence(
        pool=pool.features,
        places=order[np.searchsorted(pool.chosen.rows, rows, sorter=order)],
        vector=asked.vector,
        sections=normalized(generation.section_vectors(runs(firsts, sizes))),
        starts=np.cumsum(sizes) - sizes,
        titles=normalized(generation.title_vectors(rows)) @ asked.vector,
        agreement=layout.agreement[rows],
        said=wording(dict.fromkeys(asked.terms, 1.0), rows, generation),
        added=wording(asked.added(), rows, generation),
        worth=pool.glossary,
    )


def wording(weights: Mapping[str, float], rows: RowArray, generation: Generation) -> Wording:
    """Return which papers hold which of some terms, those that no paper has left out."""
    found = [(posting, weight) for term, weight in weights.items() if (posting := generation.posting(term)) is not None]
    held = np.zeros((len(found), len(rows)), np.bool_)
    for line, (posting, _) in zip(held, found, strict=True):
        places = np.minimum(np.searchsorted(posting.rows, rows), len(posting.rows) - 1)
        line[:] = posting.rows[places] == rows
    return Wording(held, np.array([posting.idf * weight for posting, weight in found], np.float32))


def improved(ranked: Ranked, found: Evidence, shares: Mapping[str, float], model: Trees) -> Ranked:
    """Rank the best papers by what a model says of them, the rest behind them as they were.

    A part without a share adds nothing. Only differences between papers count: the least of each part is nought, and
    the greatest sum makes a whole score.
    """
    added = model.contributions(features(found))
    added = (added - added.min(axis=0)) * [shares[name] > 0 for name in PARTS]
    most = float(added.sum(axis=1).max())
    if most <= 0:
        return ranked
    added *= (1 - FUSED) / most
    parts = {name: np.float32(FUSED) * part for name, part in ranked.parts.items()}
    for name, values in zip(PARTS, added.T, strict=True):
        parts[name][: len(values)] += values
    scores: FloatArray = np.sum(np.stack(list(parts.values())), axis=0, dtype=np.float32)
    order = np.argsort(-scores, kind="stable")
    return Ranked(ranked.rows[order], scores[order], {name: part[order] for name, part in parts.items()})
