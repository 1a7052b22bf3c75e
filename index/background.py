"""How well a store answers questions that are on its subject, measured without labels.

Titles and sentences of the store itself are asked as queries, and the best score that another paper reaches
is noted. A question that scores below nearly all of these is not one that the store can answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from index.encoder import Encoder
from index.generation import Layout
from index.languages import language_of
from index.paper import Paper, split_sentences
from index.vectors import VectorIndex

SAMPLE = 200
LEAST_SAMPLE = 10
QUANTILE = 0.01
_NEAREST = 20


def background(papers: Sequence[Paper], layout: Layout, index: VectorIndex, encoder: Encoder) -> dict[str, float]:
    """Return, for each language that the store's own questions are in, the score that few of them stay below."""
    found: dict[str, list[float]] = {}
    for row, text in _questions(papers):
        vector = encoder.encode_query(text).vector
        scores, rows = index.search(vector, _NEAREST)
        others = layout.section_papers[rows] != row
        if others.any():
            best = (scores + layout.lifts(rows, vector))[others].max()
            found.setdefault(language_of(text), []).append(float(best))
    kept = {language: scores for language, scores in sorted(found.items()) if len(scores) >= LEAST_SAMPLE}
    return {language: round(float(np.quantile(scores, QUANTILE)), 4) for language, scores in kept.items()}


def _questions(papers: Sequence[Paper]) -> Iterator[tuple[int, str]]:
    """Yield the titles and a sentence each of papers spread over the archive, with their rows."""
    for row in np.unique(np.linspace(0, len(papers) - 1, SAMPLE).astype(int)).tolist():
        section = papers[row].sections[row % len(papers[row].sections)]
        sentences = split_sentences(section.text)
        span = sentences[row % len(sentences)]
        yield row, papers[row].title
        yield row, section.text[span.start : span.end]
