"""How much papers are about what a query leaves out: in their titles, or again and again; a mention is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.arrays import FloatArray, RowArray
from index.store.generation import Generation
from index.words.bm25 import K1
from search.query.question import Question

MENTION, ALL = 0.55, 0.7
"""How far a term comes to its most in a paper of usual length where it stands once there, and in the title."""

SURELY = 0.5
"""The least weight of a glossary's entry that says the same in the other language."""


def aboutness(unwanted: Sequence[Question], rows: RowArray, generation: Generation) -> FloatArray:
    """Return how much some papers are about any of what is unwanted, in either language, in [0, 1], (len(rows),)."""
    ways = [one.terms for one in unwanted]
    ways += [entry.other for one in unwanted for entry in one.entries if entry.weight >= SURELY]
    said = np.max([_saturation(way, generation)[rows] for way in ways], axis=0)
    found: FloatArray = np.clip((said - MENTION) / (ALL - MENTION), 0, 1).astype(np.float32)
    return found


def _saturation(terms: Sequence[str], generation: Generation) -> FloatArray:
    """Return how far all terms together come to the most that they can weigh in a paper, in [0, 1], (papers,)."""
    found = np.zeros(generation.manifest.papers, np.float32)
    limit = 0.0
    for term in dict.fromkeys(terms):
        if (posting := generation.posting(term)) is not None:
            found[posting.rows] += posting.weights
            limit += posting.idf * (K1 + 1)
    return found / np.float32(limit) if limit else found
