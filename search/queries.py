"""What a query asks for: its vector and its weighted terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.generation import Generation
from index.lexical import Morpheme, Segmenter, WordAnalysis, terms

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A query as the ranking sees it: a unit vector (d,) and how much each term counts."""

    vector: FloatArray
    terms: Mapping[str, float]


def word_analysis(generation: Generation) -> WordAnalysis:
    """Return the analysis of Hangul words that the store knows, with a guess for those it does not."""
    segment = Segmenter(generation.piece)

    def analyze(word: str) -> tuple[Morpheme, ...]:
        known = generation.word(word)
        return segment(word) if known is None else known

    return analyze


def query_terms(text: str, analyze: WordAnalysis) -> dict[str, float]:
    """Return each term of a query and how often it occurs."""
    return {term: float(count) for term, count in Counter(terms(text, analyze)).items()}


def term_weights(query: Mapping[str, float], generation: Generation) -> dict[str, float]:
    """Return the inverse document frequency of each query term that the store holds."""
    found = ((term, generation.posting(term)) for term in query)
    return {term: posting.idf for term, posting in found if posting is not None}
