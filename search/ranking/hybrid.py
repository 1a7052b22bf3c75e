"""One question against one generation: dense and lexical candidates, looked at closely, best first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, RowArray
from index.store.generation import Generation
from index.words import bm25
from index.words.languages import is_predicate, language_of
from index.words.subject import CLOSEST, evidence, said
from search.answers import Sort
from search.query.bounds import POOL
from search.query.exact import Pinned
from search.query.filters import Allowed
from search.query.question import Question
from search.ranking.fusion import (
    CANDIDATES,
    Pool,
    Ranked,
    Recipe,
    Scores,
    best,
    best_per_paper,
    doubted,
    listed,
    pool,
    with_part,
)
from search.ranking.learned import improved, observed, trees
from search.ranking.unwanted import aboutness
from search.stages import begin

MOST_UNKNOWN = 0.65
"""The share of a question, by the weight of its terms, that a store may never have seen."""
ENOUGH_TERMS = 3
NEARLY_ALL = 0.75

WITHOUT = 1.0
"""What a paper loses that is all about what is left out."""
MOSTLY = 0.5
"""From how much on a paper is about it where there is no score to lose."""

SECTIONS_PER_PAPER = 4
EVERYTHING = Allowed()
NOTHING_PINNED = Pinned(np.zeros(0, np.int64), np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The ranked papers, the score of the section nearest to the question, and the papers of the nearest sections."""

    ranked: Ranked
    nearest: float
    closest: RowArray


def nearest(vector: FloatArray, generation: Generation, allowed: Allowed) -> tuple[FloatArray, RowArray, Scores]:
    """Return the allowed sections nearest to a vector: their scores, their rows, and the best of their papers.

    A vector of zeros is near to nothing.
    """
    begin("dense")
    sections = allowed.sections(generation) if vector.any() else np.zeros(generation.manifest.sections, np.bool_)
    scores, rows = generation.index.search(vector, SECTIONS_PER_PAPER * CANDIDATES, sections, allowed.where)
    return scores, rows, best_per_paper(scores, generation.layout.section_papers[rows], CANDIDATES)


def everything(generation: Generation, allowed: Allowed, sort: Sort, unwanted: Sequence[Question]) -> Found:
    """Return all papers that may answer, in order of their dates or votes, those about what is unwanted last."""
    layout = generation.layout
    sections = allowed.sections(generation)
    rows = np.arange(len(layout.dates)) if sections is None else np.unique(layout.section_papers[sections])
    ranked = listed(rows, layout.dates, layout.votes, sort)
    if unwanted:
        away = np.float32(WITHOUT) * (aboutness(unwanted, ranked.rows, generation) >= MOSTLY)
        ranked = with_part(ranked, "without", -away)
    return Found(ranked, -math.inf, ranked.rows[:0])


def find(
    asked: Question,
    generation: Generation,
    recipe: Recipe,
    allowed: Allowed = EVERYTHING,
    pins: Pinned = NOTHING_PINNED,
    unwanted: Sequence[Question] = (),
) -> Found:
    """Rank the allowed papers by their allowed sections; pinned ones get what they are worth.

    Papers that are about what is unwanted lose by it.

    A question whose vector is zero brings what its words find. Trees, which were fitted on the best of thousands, have
    no say where a pool holds the whole archive.
    """
    scores, rows, dense = nearest(asked.vector, generation, allowed)
    found = looked_at(asked, dense, generation, recipe, allowed, pins)
    ranked = found.fused(recipe.shares)
    if recipe.learned and generation.manifest.papers > POOL and len(ranked.rows) and asked.vector.any():
        ranked = improved(ranked, observed(ranked, found, asked, generation), recipe.shares, trees())
    ranked = doubted(ranked, generation.doubts(ranked.rows))
    if unwanted:
        ranked = with_part(ranked, "without", -np.float32(WITHOUT) * aboutness(unwanted, ranked.rows, generation))
    absolute = scores + generation.layout.lifts(rows, asked.vector)
    nearest_score = float(absolute.max(initial=-np.inf))
    return Found(with_part(ranked, "exact", named(ranked, pins)), nearest_score, dense.rows[:CLOSEST])


def looked_at(
    asked: Question, dense: Scores, generation: Generation, recipe: Recipe, allowed: Allowed, pins: Pinned
) -> Pool:
    """Return the papers that are worth a closer look, by meaning and by words, and what that look finds."""
    begin("lexical")
    written = bm25.score(asked.counts(), generation.posting.many, generation.manifest.papers)
    added = bm25.score(asked.added(), generation.posting.many, generation.manifest.papers)
    lexical = best(written + np.float32(recipe.glossary) * added, CANDIDATES, allowed.papers)
    begin("fuse")
    chosen = _with_rows(pool(dense, lexical, POOL, recipe.dense), pins.rows)
    features = {
        "sentence": generation.best_sentences(chosen.rows, asked.vector, allowed.kind),
        "title": generation.title_vectors(chosen.rows) @ asked.vector,
        "terms": written[chosen.rows],
        "glossary": added[chosen.rows],
    }
    return Pool(chosen, features, _worth(added, written))


def _worth(added: npt.NDArray[np.float32], written: npt.NDArray[np.float32]) -> float:
    """Return what the glossary's terms are worth, in [0, 1]: less where they score little beside the query's own."""
    return min(1.0, 2 * float(added.max(initial=0.0)) / max(float(written.max(initial=0.0)), 1e-6))


def _with_rows(chosen: Scores, rows: npt.NDArray[np.int64]) -> Scores:
    """Return a pool that holds these rows too."""
    new = np.setdiff1d(rows, chosen.rows)
    return Scores(np.concatenate([chosen.rows, new]), np.concatenate([chosen.values, np.zeros(len(new), np.float32)]))


def named(ranked: Ranked, pins: Pinned) -> FloatArray:
    """Return what it is worth to each ranked paper to be named, shape (papers,)."""
    worth = dict(zip(pins.rows.tolist(), pins.values.tolist(), strict=True))
    return np.array([worth.get(row, 0.0) for row in ranked.rows.tolist()], np.float32)


def is_confident(asked: Question, found: Found, generation: Generation) -> bool:
    """Return whether a question is on the store's subject.

    Some of what it says must be known to the store, and the evidence that its papers give must be no less than nearly
    all of the store's own titles and sentences have. Without a vector the first answer must say nearly all of it.
    """
    rarest = math.log(generation.manifest.papers + 1)
    by_term = {term: generation.posting(term) for term in sorted(set(asked.terms))}
    # What a stranger asks about are nouns; a verb that no paper uses says little.
    postings = [posting for term, posting in by_term.items() if posting is not None or not is_predicate(term)]
    known = [posting for posting in postings if posting is not None]
    total = rarest * (len(postings) - len(known)) + sum(posting.idf for posting in known)
    if total and total - sum(posting.idf for posting in known) > MOST_UNKNOWN * total:
        return False
    if not asked.vector.any():
        first = sum(p.idf for p in known if len(found.ranked.rows) and p.holds(found.ranked.rows[0]))
        return len(postings) >= ENOUGH_TERMS and first >= NEARLY_ALL * total
    says = said(asked.terms, asked.entries, generation.posting, found.closest.tolist())
    least = generation.manifest.background.evidence.get(language_of(asked.text), -math.inf)
    return evidence(found.nearest, says) >= least
