"""What a query asks for: its vector, its weighted terms, and what the glossary adds to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.arrays import FloatArray
from index.store.generation import Generation
from index.store.remembered import Remembered
from index.words.glossary import Entry, expansions
from index.words.lexical import ATTACHED, Morpheme, Segmenter, WordAnalysis, terms
from search.answers import AlsoSearched
from search.query.loanwords import borrowed, pieces, spellings

SPELLED = 1.0
"""What a term that a Hangul word spells weighs."""
_ANALYSES = 8192


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
    """Return a query with its terms, those that its Hangul words spell among them, and the glossary's entries."""
    found, loans = terms(text, analyze), spellings(text, generation, analyze)
    spelled = tuple(dict.fromkeys(one.term for one in loans if one.term not in found))
    entries = [Entry((one.hangul,), (one.term,), SPELLED, 0) for one in loans]
    return Question(text, vector, (*found, *spelled), (*entries, *expansions(found, generation.glossary.many)))


def also_searched(asked: Question, generation: Generation) -> tuple[AlsoSearched, ...]:
    """Return the glossary's additions as the archive spells them, the weightiest first."""
    spelled = generation.spelling.many(term for entry in asked.entries for term in (*entry.phrase, *entry.other))

    def written(phrase: Sequence[str]) -> str:
        return " ".join(spelled[term] for term in phrase)

    shown = {AlsoSearched(written(entry.phrase), written(entry.other), entry.weight) for entry in asked.entries}
    return tuple(sorted(shown, key=lambda one: (-one.weight, one.term, one.other)))


def word_analysis(generation: Generation) -> Remembered[str, tuple[Morpheme, ...]]:
    """Return the analysis of Hangul words that the store knows; others spell Latin terms, or are guessed at."""
    segment = Segmenter(lambda surfaces: pieces(surfaces, generation))

    def unknown(word: str) -> tuple[Morpheme, ...]:
        return borrowed(word.removeprefix(ATTACHED), generation) or segment(word)

    def analyses(words: Sequence[str]) -> dict[str, tuple[Morpheme, ...]]:
        known = generation.word.many(words)
        return {word: unknown(word) if found is None else found for word, found in known.items()}

    return Remembered(analyses, _ANALYSES)


def term_weights(asked: Question, generation: Generation) -> dict[str, float]:
    """Return how much each term says in a sentence: its inverse document frequency, less for an added one."""
    weights = dict.fromkeys(asked.terms, 1.0) | {term: min(w, 1.0) for term, w in asked.added().items()}
    found = generation.posting.many(weights)
    return {term: weight * one.idf for term, weight in weights.items() if (one := found[term]) is not None}
