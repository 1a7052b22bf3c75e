"""How well a store answers questions that are on its subject, and how near strangers come, measured without labels.

Titles and sentences of the store itself are asked as queries. The best evidence that other papers give is noted: a
question with less than nearly all of these is not one that the store can answer. So is how near the sentences of
other papers come, nearly all of which have nothing to do with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from index.arrays import FloatArray
from index.paper import Paper, split_sentences
from index.store import tables
from index.store.layout import Layout
from index.store.manifest import Background
from index.store.remembered import Remembered
from index.store.stored_rows import StoredRows
from index.store.vectors import VectorIndex
from index.words.glossary import expansions
from index.words.languages import language_of
from index.words.lexical import terms
from index.words.subject import CLOSEST, NEAREST, evidence, said

LEAST_SAMPLE = 10
QUANTILE = 0.15
STRANGERS = 0.9
_TERMS_KEPT = 65_536

Asked = tuple[int, str]
"""The row of the paper that a question is from, and the question."""

Said = Callable[[str, Sequence[int]], float]
"""Gives what some papers, by their rows, say of a question."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What the own questions of a store are asked of: its layout, its sections, and all of its sentences' codes."""

    layout: Layout
    index: VectorIndex
    sentences: StoredRows


def background(
    papers: Sequence[Paper],
    sample: Sequence[int],
    store: Measured,
    encode: Callable[[str], FloatArray],
    said: Said,
) -> Background:
    """Return what the store's own questions reach, for each language that enough of them are in.

    `sample` are the rows of the papers that are asked about; `encode` gives a query's vector.
    """
    questions = list(_questions(papers, sample))
    vectors = np.stack([encode(text) for _, text in questions])
    found, far = _evidence(questions, vectors, store, said), _similarities(questions, vectors, sample, store)
    kept = [language for language, scores in sorted(found.items()) if len(scores) >= LEAST_SAMPLE]
    return Background(
        {language: round(float(np.quantile(found[language], QUANTILE)), 4) for language in kept},
        {language: round(float(np.quantile(far[language], STRANGERS)), 4) for language in kept},
    )


def _evidence(questions: Sequence[Asked], vectors: FloatArray, store: Measured, said: Said) -> dict[str, list[float]]:
    """Return the best evidence for each question that other papers than its own give, by language."""
    found: dict[str, list[float]] = {}
    nearest = zip(*store.index.search_all(vectors, NEAREST), strict=True)
    for (row, text), vector, (scores, rows) in zip(questions, vectors, nearest, strict=True):
        owners = store.layout.section_papers[rows]
        others = owners != row
        if others.any():
            best = (scores + store.layout.lifts(rows, vector))[others].max()
            closest = list(dict.fromkeys(owners[others].tolist()))[:CLOSEST]
            found.setdefault(language_of(text), []).append(evidence(float(best), said(text, closest)))
    return found


def _similarities(
    questions: Sequence[Asked], vectors: FloatArray, sample: Sequence[int], store: Measured
) -> dict[str, FloatArray]:
    """Return how near sentences of other papers of the sample come to the questions, by language."""
    layout, rows = store.layout, np.array(sample)
    bounds = layout.sentence_offsets[np.stack([layout.section_offsets[rows], layout.section_offsets[rows + 1]])]
    places = np.concatenate([np.arange(*pair) for pair in bounds.T])
    sections = np.searchsorted(layout.sentence_offsets, places, side="right") - 1
    codes = store.sentences.ranges(*bounds).astype(np.float32) * layout.sentence_scales[places, None]
    centred = (codes - layout.sentence_means[layout.section_languages[sections]]) @ vectors.T
    owners = layout.section_papers[sections]
    found: dict[str, list[FloatArray]] = {}
    for (row, text), near in zip(questions, centred.T, strict=True):
        found.setdefault(language_of(text), []).append(near[owners != row])
    return {language: np.concatenate(some) for language, some in found.items()}


def said_in(database: sqlite3.Connection) -> Said:
    """Return what tells how much papers say of a question, by the tables of a store."""
    posting = Remembered(partial(tables.postings, database), _TERMS_KEPT)
    word = Remembered(partial(tables.words, database), _TERMS_KEPT)
    glossary = Remembered(partial(tables.glossary, database), _TERMS_KEPT)

    def says(text: str, rows: Sequence[int]) -> float:
        found = terms(text, lambda word_: word(word_) or ())
        return said(found, expansions(found, glossary.many), posting, rows)

    return says


def _questions(papers: Sequence[Paper], sample: Sequence[int]) -> Iterator[Asked]:
    """Yield the titles and a sentence each of some papers, with their rows."""
    for row in sample:
        paper = papers[row]
        spans = [(section.text, span) for section in paper.sections for span in split_sentences(section.text)]
        text, span = spans[int(paper.digest(), 16) % len(spans)]
        yield row, paper.title
        yield row, text[span.start : span.end]
