"""What a query asks for: its vector, its weighted terms, and what the glossary adds to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.arrays import FloatArray
from index.store.generation import Generation
from index.words.glossary import Entry, expansions
from index.words.lexical import Morpheme, Segmenter, WordAnalysis, terms
from search.answers import AlsoSearched


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A query as the ranking sees it: a unit vector (d,), its terms in order, and the glossary's entries for them.

    Where there is no encoder the vector is zero.
    """

    text: str
    vector: FloatArray
    terms: tuple[str, ...]
    entries: tuple[Entry, ...]

    def counts(self) -> dict[str, float]:
        """Return how often each term occurs."""
        return {term: float(count) for term, count in Counter(self.terms).items()}

    def added(self) -> dict[str, float]:
        """Return the weights of the terms that the glossary adds."""
        weights: dict[str, float] = {}
        for entry in self.entries:
            for term in entry.other:
                if term not in self.terms:
                    weights[term] = weights.get(term, 0.0) + entry.weight
        return weights


def question(text: str, vector: FloatArray, generation: Generation, analyze: WordAnalysis) -> Question:
    """Return a query with its terms and the glossary's entries."""
    found = tuple(terms(text, analyze))
    return Question(text, vector, found, tuple(expansions(found, generation.glossary)))


def also_searched(asked: Question, generation: Generation) -> tuple[AlsoSearched, ...]:
    """Return the glossary's additions as the archive spells them, the weightiest first."""
    shown = {
        AlsoSearched(_spelled(entry.phrase, generation), _spelled(entry.other, generation), entry.weight)
        for entry in asked.entries
    }
    return tuple(sorted(shown, key=lambda one: (-one.weight, one.term, one.other)))


def _spelled(phrase: Sequence[str], generation: Generation) -> str:
    return " ".join(generation.spelling(term) for term in phrase)


def word_analysis(generation: Generation) -> WordAnalysis:
    """Return the analysis of Hangul words that the store knows, with a guess for those it does not."""
    segment = Segmenter(generation.piece)

    def analyze(word: str) -> tuple[Morpheme, ...]:
        known = generation.word(word)
        return segment(word) if known is None else known

    return analyze


def term_weights(asked: Question, generation: Generation) -> dict[str, float]:
    """Return how much each term says in a sentence: its inverse document frequency, less for an added one."""
    weights = dict.fromkeys(asked.terms, 1.0) | {term: min(w, 1.0) for term, w in asked.added().items()}
    found = ((term, weight, generation.posting(term)) for term, weight in weights.items())
    return {term: weight * posting.idf for term, weight, posting in found if posting is not None}
