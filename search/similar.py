"""Papers like one that is known, by meaning and by words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from index import bm25
from index.generation import Generation
from search.ranking import CANDIDATES, POOL, Ranked, best, best_per_paper, fuse, pool

Mask = npt.NDArray[np.bool_]

SHARES: Mapping[str, float] = {"dense": 0.4, "terms": 0.6}


def neighbours(row: int, terms: Mapping[str, float], generation: Generation, allowed: Mask | None) -> Ranked:
    """Rank the allowed papers by likeness to one paper, which is left out."""
    others = np.ones(generation.manifest.papers, np.bool_) if allowed is None else allowed.copy()
    others[row] = False
    first, end = generation.layout.section_offsets[row : row + 2]
    vector = generation.index.vectors(np.arange(first, end)).mean(axis=0)
    sections = others[generation.layout.section_papers]
    scores, found = generation.index.search(vector, 4 * CANDIDATES, sections)
    dense = best_per_paper(scores, generation.layout.section_papers[found], CANDIDATES)
    weights = bm25.score(terms, generation.posting, generation.manifest.papers)
    rows = pool(dense, best(weights, CANDIDATES, others), POOL)
    values = np.zeros(generation.manifest.papers, np.float32)
    values[dense.rows] = dense.values
    return fuse(rows, {"dense": values[rows], "terms": weights[rows]}, SHARES)
