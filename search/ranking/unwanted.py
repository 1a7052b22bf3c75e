"""How much papers are about what a query leaves out: in their titles, or again and again; a mention is none."""

from __future__ import annotations

import numpy as np

from index.arrays import FloatArray, RowArray
from index.store.generation import Generation
from index.words import bm25
from search.query.question import Question


def aboutness(unwanted: Question, rows: RowArray, generation: Generation) -> FloatArray:
    """Return how much some papers are about what is unwanted, in [0, 1], shape (len(rows),)."""
    count = generation.manifest.papers
    score = bm25.score(unwanted.counts(), generation.posting, count) + bm25.score(
        unwanted.added(), generation.posting, count
    )
    most = float(score.max(initial=0.0))
    return np.minimum(1.0, 2 * score[rows] / most) if most else np.zeros(len(rows), np.float32)
