"""From ranked rows to what is shown of each paper: its matching sections and, beside an example, what pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from index.arrays import FloatArray
from index.paper import Kind, Section, split_sentences
from index.store.generation import Generation
from index.words.languages import language_of
from search.answers import Highlight, Result, SectionMatch, SectionPair
from search.query.question import Question, term_weights
from search.ranking.fusion import Ranked
from search.ranking.highlights import Evidence, WordParts, highlights, is_notice, occurrences, sentence_weights
from search.ranking.similar import section_grid

sentences = lru_cache(maxsize=2048)(split_sentences)
"""`split_sentences`, remembering the texts that are shown again and again."""


class Presenter:
    """Shows one question's results from one generation; without `shades` its terms alone are marked."""

    def __init__(
        self, generation: Generation, parts: WordParts, asked: Question, kind: Kind | None, shades: bool = True
    ) -> None:
        self._generation = generation
        self._vector = asked.vector
        strangers = generation.manifest.background.strangers.get(language_of(asked.text), -math.inf)
        self._strangers = strangers if asked.vector.any() else -math.inf
        self._shades = shades
        self._asks = bool(asked.terms) or bool(asked.vector.any())
        self._weights: Mapping[str, float] = term_weights(asked, generation)
        self._parts = parts
        self._kind = kind

    def page(self, ranked: Ranked, offset: int, k: int, example: int | None = None) -> tuple[Result, ...]:
        """Return the results from one place on; `example` is the row of the paper that they are compared with."""
        places = range(offset, min(offset + k, len(ranked.rows)))
        return tuple(self._result(ranked, place, example) for place in places)

    def _result(self, ranked: Ranked, place: int, example: int | None) -> Result:
        row = int(ranked.rows[place])
        return Result(
            paper=self._generation.paper(row).head(),
            score=float(ranked.scores[place]),
            parts={name: float(part[place]) for name, part in ranked.parts.items()},
            sections=self.matches(row),
            doubtful=self._generation.doubtful(row),
            pairs=() if example is None else section_pairs(example, row, self._generation),
        )

    def matches(self, row: int) -> tuple[SectionMatch, ...]:
        """Return a paper's sections of the wanted kind, the one with the best sentence first, in a list as written."""
        first = int(self._generation.layout.section_offsets[row])
        sections = self._generation.paper(row).sections
        wanted = [(first + i, s) for i, s in enumerate(sections) if self._kind in (None, s.kind)]
        if not self._asks:
            return tuple(SectionMatch(s.kind, s.heading, s.text, 0.0, ()) for _, s in wanted)
        evidence = [self._evidence(i, section) for i, section in wanted]
        found = zip(wanted, evidence, sentence_weights(evidence, self._weights), strict=True)
        matches = [
            SectionMatch(s.kind, s.heading, s.text, round(float(w.max(initial=0.0)), 4), self._marks(e, w))
            for (_, s), e, w in found
        ]
        return tuple(sorted(matches, key=lambda match: -match.score))

    def _marks(self, evidence: Evidence, weights: FloatArray) -> tuple[Highlight, ...]:
        return highlights(evidence, weights, self._weights, self._shades)

    def _evidence(self, index: int, section: Section) -> Evidence:
        layout, spans = self._generation.layout, sentences(section.text)
        similarities = self._generation.sentence_vectors(index) @ self._vector
        usual = float(layout.sentence_means[layout.section_languages[index]] @ self._vector)
        return Evidence(
            spans,
            similarities,
            occurrences(section.text, self._weights, self._parts),
            similarities - usual > self._strangers,
            np.array([is_notice(section.text[span.start : span.end]) for span in spans], np.bool_),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One paper's sections: their headings, and the sentences of each with their vectors (sentences, d)."""

    headings: tuple[str, ...]
    sentences: tuple[tuple[str, ...], ...]
    vectors: tuple[FloatArray, ...]


def side(row: int, generation: Generation) -> Side:
    """Return a paper as one side of a comparison."""
    first = int(generation.layout.section_offsets[row])
    sections = generation.paper(row).sections
    return Side(
        tuple(section.heading for section in sections),
        tuple(tuple(section.text[s.start : s.end] for s in sentences(section.text)) for section in sections),
        tuple(generation.sentence_vectors(first + i) for i in range(len(sections))),
    )


def section_pairs(example: int, row: int, generation: Generation) -> tuple[SectionPair, ...]:
    """Return how every section of the example paper pairs with every one of another, the most similar first."""
    grid = section_grid(example, row, generation)
    left, right = side(example, generation), side(row, generation)
    pairs = [_pair(left, i, right, j, round(float(grid[i, j]), 4)) for i, j in np.ndindex(*grid.shape)]
    return tuple(sorted(pairs, key=lambda pair: -pair.similarity))


def _pair(left: Side, i: int, right: Side, j: int, similarity: float) -> SectionPair:
    """Return a pair of sections with the two sentences that are most alike."""
    alike = left.vectors[i] @ right.vectors[j].T
    a, b = divmod(int(np.argmax(alike)), alike.shape[1])
    return SectionPair(left.headings[i], left.sentences[i][a], right.headings[j], right.sentences[j][b], similarity)
