"""Papers like some that are known, or like a text, and unlike others.

E5's cosines are all high; measured from the mean of their language they tell papers apart (all-but-the-top,
Mu and Viswanath, 2018, its first step), and the store holds section and title vectors so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.arrays import FloatArray, RowArray, normalized
from index.paper import Kind
from index.store.generation import Generation
from index.store.layout import KINDS
from index.words import bm25
from index.words.languages import LANGUAGES, language_of
from index.words.lexical import WordAnalysis, terms
from search.query.bounds import POOL
from search.query.filters import Allowed
from search.ranking.fusion import CANDIDATES, Ranked, best, doubted, fuse, pool
from search.ranking.hybrid import nearest
from search.stages import begin

SHARES: Mapping[str, float] = {"sections": 0.15, "title": 0.15, "terms": 0.4, "topics": 0.3}
UNLIKE = 0.5
"""How much a paper to keep away from counts, against one to come close to."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """What papers are compared with: centred unit vectors, (d,) or zeros where there is nothing, and terms."""

    sections: FloatArray
    title: FloatArray
    topics: FloatArray
    terms: Mapping[str, float]


def paper_example(row: int, generation: Generation, analyze: WordAnalysis, aspect: Kind | None = None) -> Example:
    """Return one paper of the store as an example; an aspect that it lacks falls back to all of its sections."""
    paper, rows = generation.paper(row), np.array([row])
    sections = [section for section in paper.sections if aspect in (None, section.kind)] or paper.sections
    # A title counts in a query as it does in a paper.
    words = terms(paper.title, analyze) * bm25.TITLE_WEIGHT
    words += [term for section in sections for term in terms(section.text, analyze)]
    return Example(
        sections=section_means(rows, generation, aspect)[0],
        title=normalized(generation.title_vectors(rows))[0],
        topics=generation.topics.papers[row],
        terms=_counted(words),
    )


def text_example(text: str, vector: FloatArray | None, generation: Generation, analyze: WordAnalysis) -> Example:
    """Return a text, given with its passage vector, as an example; it stands for section and title alike.

    Without a vector it is compared by its terms alone.
    """
    counts = _counted(terms(text, analyze))
    language = LANGUAGES.index(language_of(text))
    return Example(
        sections=_centred(vector, generation.layout.section_means[language]),
        title=_centred(vector, generation.layout.title_means[language]),
        topics=generation.topic_of(counts),
        terms=counts,
    )


def _counted(words: Sequence[str]) -> dict[str, float]:
    return {term: float(count) for term, count in Counter(words).items()}


def _centred(vector: FloatArray | None, mean: FloatArray) -> FloatArray:
    return np.zeros_like(mean) if vector is None else normalized(vector - mean)


def combined(liked: Sequence[Example], disliked: Sequence[Example]) -> Example:
    """Return one example that lies by the liked ones and away from the disliked ones."""
    counts: dict[str, float] = {}
    for example in liked:
        for term, count in example.terms.items():
            counts[term] = counts.get(term, 0.0) + count / len(liked)
    for example in disliked:
        for term, count in example.terms.items():
            if term in counts:
                counts[term] -= UNLIKE * count / len(disliked)
    return Example(
        sections=_between([e.sections for e in liked], [e.sections for e in disliked]),
        title=_between([e.title for e in liked], [e.title for e in disliked]),
        topics=_between([e.topics for e in liked], [e.topics for e in disliked]),
        terms={term: count for term, count in counts.items() if count > 0},
    )


def _between(liked: Sequence[FloatArray], disliked: Sequence[FloatArray]) -> FloatArray:
    middle: FloatArray = np.mean(np.stack(liked), axis=0, dtype=np.float32)
    if disliked:
        middle = middle - np.float32(UNLIKE) * np.mean(np.stack(disliked), axis=0, dtype=np.float32)
    return normalized(middle)


def neighbours(example: Example, generation: Generation, allowed: Allowed) -> Ranked:
    """Rank the allowed papers by the likeness of their allowed sections, title, terms and topics to an example."""
    _, _, dense = nearest(example.sections + example.title, generation, allowed)
    begin("lexical")
    written = bm25.score(example.terms, generation.posting.many, generation.manifest.papers)
    lexical = best(written, CANDIDATES, allowed.papers)
    begin("fuse")
    chosen = pool(dense, lexical, POOL)
    rows = chosen.rows
    features = {
        "sections": section_means(rows, generation, allowed.kind) @ example.sections,
        "title": normalized(generation.title_vectors(rows)) @ example.title,
        "terms": written[rows],
        "topics": generation.topics.papers[rows] @ example.topics,
    }
    ranked = fuse(chosen, features, SHARES)
    return doubted(ranked, generation.doubts(ranked.rows))


def section_means(rows: RowArray, generation: Generation, aspect: Kind | None = None) -> FloatArray:
    """Return the mean of each paper's centred section vectors, of one kind where it has that kind, as unit vectors."""
    places = [_sections_of(int(row), generation, aspect) for row in rows]
    if not places:
        return np.zeros((0, generation.index.dimensions), np.float32)
    vectors = normalized(generation.section_vectors(np.concatenate(places)))
    starts = np.cumsum([0, *(len(place) for place in places)])[:-1]
    sums: FloatArray = np.add.reduceat(vectors, starts, axis=0)
    return normalized(sums)


def _sections_of(row: int, generation: Generation, aspect: Kind | None) -> RowArray:
    first, end = generation.layout.section_offsets[row : row + 2]
    places = np.arange(first, end)
    if aspect is None:
        return places
    of_kind = places[generation.layout.section_kinds[places] == KINDS.index(aspect)]
    return of_kind if len(of_kind) else places


def section_grid(row: int, other: int, generation: Generation) -> FloatArray:
    """Return the centred cosines between two papers' sections, shape (sections of row, sections of other)."""
    vectors = [normalized(generation.section_vectors(_sections_of(r, generation, None))) for r in (row, other)]
    grid: FloatArray = vectors[0] @ vectors[1].T
    return grid
