"""From ranked rows to what is shown of each paper: its matching sections and, beside an example, what pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

import numpy as np

from index.arrays import FloatArray, RowArray
from index.paper import Kind, Section, split_sentences
from index.store.generation import Generation
from index.words.languages import language_of
from search.answers import Highlight, Result, SectionMatch, SectionPair
from search.query.question import Question, term_weights
from search.ranking.fusion import Ranked
from search.ranking.highlights import (
    Evidence,
    WordParts,
    highlights,
    notices,
    occurrences,
    overlaps,
    sentence_weights,
)
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
        shown = slice(offset, offset + k)
        rows = ranked.rows[shown]
        papers, doubts = self._generation.paper.many(rows.tolist()), self._generation.doubts(rows).tolist()
        parts = {name: part[shown].tolist() for name, part in ranked.parts.items()}
        scored = zip(rows.tolist(), ranked.scores[shown].tolist(), self.matches(rows), doubts, strict=True)
        return tuple(
            Result(
                paper=papers[row].head(),
                score=score,
                parts={name: values[place] for name, values in parts.items()},
                sections=matches,
                doubtful=doubtful,
                pairs=() if example is None else section_pairs(example, row, self._generation),
            )
            for place, (row, score, matches, doubtful) in enumerate(scored)
        )

    def matches(self, rows: RowArray) -> list[tuple[SectionMatch, ...]]:
        """Return the sections of each paper that are wanted, the best sentence's first; in a list, as written."""
        papers = self._generation.paper.many(rows.tolist())
        sections = [papers[row].sections for row in rows.tolist()]
        if not self._asks:
            return [self._unmarked(some) for some in sections]
        evidence = iter(self._evidence(rows, [section.text for some in sections for section in some]))
        found = [zip(some, islice(evidence, len(some)), strict=True) for some in sections]
        return [self._ordered([(section, one) for section, one in some if self._wants(section)]) for some in found]

    def _unmarked(self, sections: Sequence[Section]) -> tuple[SectionMatch, ...]:
        return tuple(SectionMatch(s.kind, s.heading, s.text, 0.0, ()) for s in sections if self._wants(s))

    def _wants(self, section: Section) -> bool:
        return self._kind in (None, section.kind)

    def _ordered(self, found: Sequence[tuple[Section, Evidence]]) -> tuple[SectionMatch, ...]:
        weights = sentence_weights([evidence for _, evidence in found])
        matches = [
            SectionMatch(s.kind, s.heading, s.text, round(float(w.max(initial=0.0)), 4), self._marks(e, w))
            for (s, e), w in zip(found, weights, strict=True)
        ]
        return tuple(sorted(matches, key=lambda match: -match.score))

    def _marks(self, evidence: Evidence, weights: FloatArray) -> tuple[Highlight, ...]:
        return highlights(evidence, weights, sum(self._weights.values()), self._shades)

    def _evidence(self, rows: RowArray, texts: Sequence[str]) -> list[Evidence]:
        """Return the evidence of the sections of some papers, whose texts these are, in their order."""
        near = self._generation.sentences_near(rows, self._vector)
        related = near.similarities - near.usual > self._strangers
        said = zip(
            texts,
            map(sentences, texts),
            occurrences(texts, self._weights, self._parts),
            near.by_section(near.similarities),
            near.by_section(related),
            strict=True,
        )
        return [
            Evidence(spans, similarities, tokens, overlaps(tokens, spans, self._weights), close, notices(text, spans))
            for text, spans, tokens, similarities, close in said
        ]


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
