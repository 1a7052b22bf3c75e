"""How well a store answers questions that are on its subject, measured without labels.

Titles and sentences of the store itself are asked as queries, and the best score that another paper reaches
is noted. A question that scores below nearly all of these is not one that the store can answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from index.arrays import FloatArray
from index.paper import Paper, split_sentences
from index.store.layout import Layout
from index.store.vectors import VectorIndex
from index.words.languages import language_of

LEAST_SAMPLE = 10
QUANTILE = 0.01
_NEAREST = 20


def background(
    papers: Sequence[Paper],
    sample: Sequence[int],
    layout: Layout,
    index: VectorIndex,
    encode: Callable[[str], FloatArray],
) -> dict[str, float]:
    """Return, for each language that the store's own questions are in, the score that few of them stay below.

    `sample` are the rows of the papers that are asked about; `encode` gives a query's vector.
    """
    questions = list(_questions(papers, sample))
    found: dict[str, list[float]] = {}
    vectors = np.stack([encode(text) for _, text in questions])
    for (row, text), vector, scores, rows in zip(questions, vectors, *index.search_all(vectors, _NEAREST), strict=True):
        others = layout.section_papers[rows] != row
        if others.any():
            best = (scores + layout.lifts(rows, vector))[others].max()
            found.setdefault(language_of(text), []).append(float(best))
    kept = {language: scores for language, scores in sorted(found.items()) if len(scores) >= LEAST_SAMPLE}
    return {language: round(float(np.quantile(scores, QUANTILE)), 4) for language, scores in kept.items()}


def _questions(papers: Sequence[Paper], sample: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Yield the titles and a sentence each of some papers, with their rows."""
    for row in sample:
        paper = papers[row]
        spans = [(section.text, span) for section in paper.sections for span in split_sentences(section.text)]
        text, span = spans[int(paper.digest(), 16) % len(spans)]
        yield row, paper.title
        yield row, text[span.start : span.end]
