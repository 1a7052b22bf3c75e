"""Papers like some that are known, or like a text, and unlike others.

E5's cosines are all high; measured from the mean of their language they tell papers apart (all-but-the-top,
Mu and Viswanath, 2018, its first step), and the store holds section and title vectors so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoding.pooling import normalized
from index.paper import Kind
from index.store.generation import Generation
from index.store.layout import KINDS
from index.store.vectors import EVERYWHERE, Where
from index.words import bm25
from index.words.languages import LANGUAGES, language_of
from search.query.filters import section_mask
from search.ranking.fusion import CANDIDATES, POOL, Ranked, best, best_per_paper, fuse, pool
from search.stages import begin

FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
RowArray = npt.NDArray[np.int64]

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


def paper_example(row: int, terms: Sequence[str], generation: Generation, aspect: Kind | None = None) -> Example:
    """Return one paper of the store as an example; an aspect that it lacks falls back to all of its sections."""
    rows = np.array([row])
    return Example(
        sections=section_means(rows, generation, aspect)[0],
        title=normalized(generation.title_vectors(rows))[0],
        topics=generation.topics.papers[row],
        terms={term: float(count) for term, count in Counter(terms).items()},
    )


def text_example(text: str, vector: FloatArray | None, terms: Sequence[str], generation: Generation) -> Example:
    """Return a text, given by its passage vector and terms, as an example; it stands for section and title alike.

    Without a vector it is given by its terms alone.
    """
    counts = {term: float(count) for term, count in Counter(terms).items()}
    language = LANGUAGES.index(language_of(text))
    return Example(
        sections=_centred(vector, generation.layout.section_means[language]),
        title=_centred(vector, generation.layout.title_means[language]),
        topics=generation.topic_of(counts),
        terms=counts,
    )


def _centred(vector: FloatArray | None, mean: FloatArray) -> FloatArray:
    return np.zeros_like(mean) if vector is None else normalized(vector - mean)


def combined(liked: Sequence[Example], disliked: Sequence[Example]) -> Example:
    """Return one example that lies by the liked ones and away from the disliked ones."""
    terms: dict[str, float] = {}
    for example in liked:
        for term, count in example.terms.items():
            terms[term] = terms.get(term, 0.0) + count / len(liked)
    for example in disliked:
        for term, count in example.terms.items():
            if term in terms:
                terms[term] -= UNLIKE * count / len(disliked)
    return Example(
        sections=_between([e.sections for e in liked], [e.sections for e in disliked]),
        title=_between([e.title for e in liked], [e.title for e in disliked]),
        topics=_between([e.topics for e in liked], [e.topics for e in disliked]),
        terms={term: count for term, count in terms.items() if count > 0},
    )


def _between(liked: Sequence[FloatArray], disliked: Sequence[FloatArray]) -> FloatArray:
    middle: FloatArray = np.mean(np.stack(liked), axis=0, dtype=np.float32)
    if disliked:
        middle = middle - np.float32(UNLIKE) * np.mean(np.stack(disliked), axis=0, dtype=np.float32)
    return normalized(middle)


def neighbours(
    example: Example, generation: Generation, allowed: Mask, aspect: Kind | None = None, where: Where = EVERYWHERE
) -> Ranked:
    """Rank the allowed papers, shape (papers,), by their likeness to an example, by sections of one kind or all."""
    begin("dense")
    vector = example.sections + example.title
    looked = section_mask(allowed if vector.any() else np.zeros_like(allowed), aspect, generation)
    scores, found = generation.index.search(vector, 4 * CANDIDATES, looked, where)
    dense = best_per_paper(scores, generation.layout.section_papers[found], CANDIDATES)
    begin("lexical")
    written = bm25.score(example.terms, generation.posting, generation.manifest.papers)
    lexical = best(written, CANDIDATES, allowed)
    begin("fuse")
    chosen = pool(dense, lexical, POOL)
    rows = chosen.rows
    features = {
        "sections": section_means(rows, generation, aspect) @ example.sections,
        "title": normalized(generation.title_vectors(rows)) @ example.title,
        "terms": written[rows],
        "topics": generation.topics.papers[rows] @ example.topics,
    }
    return fuse(chosen, features, SHARES)


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
