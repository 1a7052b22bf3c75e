"""Which ranked papers are near enough to a question to be reported, by what the store's own background says.

A paper surely answers where its own evidence is what makes an answer confident; it may where its best sentence is
nearer than nine in ten strangers.
"""

from __future__ import annotations

import math

import numpy as np

from index.arrays import FloatArray, Mask, RowArray, runs
from index.store.generation import Generation
from index.words.languages import language_of
from index.words.subject import evidence, said
from search.query.question import Question
from search.ranking.fusion import Ranked


def near_enough(asked: Question, ranked: Ranked, generation: Generation) -> tuple[Mask, Mask]:
    """Return which ranked papers surely answer a question, and which may, each of shape (ranked papers,).

    Without a vector none surely does, and those may that say anything of it.
    """
    rows, language, background = ranked.rows, language_of(asked.text), generation.manifest.background
    if not asked.vector.any() or not len(rows):
        return np.zeros(len(rows), np.bool_), ranked.scores > 0
    says = [said(asked.terms, asked.entries, generation.posting, [int(row)]) for row in rows]
    given = map(evidence, _nearest(asked, rows, generation).tolist(), says)
    surely: Mask = np.array(list(given)) >= background.evidence.get(language, -math.inf)
    may: Mask = generation.best_sentences(rows, asked.vector) >= background.strangers.get(language, -math.inf)
    return surely, may & ~surely


def _nearest(asked: Question, rows: RowArray, generation: Generation) -> FloatArray:
    """Return the score of the nearest section of each of some papers, at least one, shape (len(rows),)."""
    firsts = generation.layout.section_offsets[rows]
    sizes = generation.layout.section_offsets[rows + 1] - firsts
    sections = runs(firsts, sizes)
    scores = generation.index.vectors(sections) @ asked.vector + generation.layout.lifts(sections, asked.vector)
    found: FloatArray = np.maximum.reduceat(scores, np.cumsum(sizes) - sizes)
    return found
