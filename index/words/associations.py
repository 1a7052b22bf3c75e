"""Which Korean and English terms stand for each other, mined from the archive itself.

Summaries name things in both languages: an English title over a Korean text, "지식 증류(knowledge
distillation)" within it. Terms of the two languages that keep turning up in the same papers are therefore often
translations, but more often of the same subject. As in competitive linking (Melamed, 2000), a pair counts only where
each is the other's best, by normalised pointwise mutual information (Bouma, 2009), and only where chance explains it
badly by the log-likelihood ratio (Dunning, 1993) and several papers hold it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.arrays import AnyArray, offsets_of
from index.words.languages import has_syllables
from index.words.matrices import counted

LEAST_WEIGHT = 0.3
LEAST_RELATED = 0.15
"""The least information of words that speak of the same subject."""
LEAST_RATIO = 25.0
LEAST_PAPERS = 3
RELIABLE = 5
COMMON = 0.9
_GAIN = 2.0
"""A pair weighs so many times its information, at most 1: those that are left are translations."""
_BLOCK = 512

_LATIN_WORD = re.compile(r"[^\W\d_]?[^\W\d_A-Z]+")
_LEAST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Association:
    """Two terms of different languages; `weight` is in (0, 1], `together` counts the papers that hold both."""

    term: str
    other: str
    weight: float
    together: int


@dataclass(frozen=True, slots=True)
class Associations:
    """Which terms go together, each pair from both sides, in the order of the terms.

    `translations` choose each other; `related`, these among them, speak of the same subject.
    """

    translations: tuple[Association, ...]
    related: tuple[Association, ...]


def associations(papers: Any, terms: Sequence[str], spellings: Sequence[str]) -> Associations:
    """Return the terms of both languages that go together.

    `papers` says which paper holds which term, a sparse matrix (papers, terms) of what is not 0; `spellings` are how
    the archive usually writes the terms.
    """
    seen = np.bincount(papers.indices, minlength=len(terms))
    usual = np.flatnonzero((seen >= LEAST_PAPERS) & (seen <= COMMON * papers.shape[0])).tolist()
    columns = sorted((i for i in usual if _is_word(terms[i], spellings[i])), key=terms.__getitem__)
    korean = np.array([i for i in columns if has_syllables(terms[i])], np.int64)
    other = np.array([i for i in columns if not has_syllables(terms[i])], np.int64)
    if not len(korean) or not len(other):
        return Associations((), ())
    pairs = _pairs(_chosen(papers, korean), _chosen(papers, other))
    mutual = (pairs[2] >= LEAST_WEIGHT) & _is_best(pairs[0], pairs[2]) & _is_best(pairs[1], pairs[2])

    def named(chosen: AnyArray) -> tuple[Association, ...]:
        found = [
            Association(terms[korean[left]], terms[other[right]], round(min(1.0, _GAIN * weight), 3), int(together))
            for left, right, weight, together in zip(*(column[chosen].tolist() for column in pairs), strict=True)
        ]
        turned = sorted((Association(a.other, a.term, a.weight, a.together) for a in found), key=lambda a: a.term)
        return (*found, *turned)

    return Associations(named(mutual), named(np.ones_like(mutual)))


def _is_word(term: str, spelling: str) -> bool:
    """Tell a word that may have a translation: a Korean noun of two syllables or more, no name in capitals.

    Of the Korean terms only the dictionary forms of predicates are not written as they are.
    """
    if has_syllables(term):
        return len(term) >= _LEAST_LETTERS and spelling == term
    return len(term) >= _LEAST_LETTERS and _LATIN_WORD.fullmatch(spelling) is not None


def _chosen(matrix: Any, columns: AnyArray) -> Any:
    """Return some columns of a sparse matrix in a new order, with 1 for all that is not 0."""
    places = np.full(matrix.shape[1], -1, np.int32)
    places[columns] = np.arange(len(columns), dtype=np.int32)
    found = places[matrix.indices]
    offsets = offsets_of(found >= 0)[matrix.indptr]
    return counted(found[found >= 0], offsets, len(columns))


def _pairs(left: Any, right: Any) -> tuple[AnyArray, ...]:
    """Return the pairs that go together: their columns on both sides, weights and numbers of papers."""
    papers, by_paper = left.shape[0], left.T.tocsr()
    seen = [np.asarray(side.sum(axis=0), np.float64).ravel() for side in (left, right)]
    blocks = []
    for start in range(0, left.shape[1], _BLOCK):
        rows, columns, together = _places(by_paper[start : start + _BLOCK] @ right)
        margins = seen[0][rows + start], seen[1][columns]
        weights = _npmi(together, *margins, papers) * np.minimum(1.0, together / RELIABLE)
        kept = (weights >= LEAST_RELATED) & (_likelihood_ratio(together, *margins, papers) >= LEAST_RATIO)
        blocks.append([column[kept] for column in (rows + start, columns, weights, together)])
    return tuple(np.concatenate(parts) for parts in zip(*blocks, strict=True))


def _places(matrix: Any) -> tuple[AnyArray, ...]:
    """Return the rows, columns and values of what several papers hold."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    kept = matrix.data >= LEAST_PAPERS
    return rows[kept], matrix.indices[kept], matrix.data[kept].astype(np.float64)


def _is_best(groups: AnyArray, weights: AnyArray) -> AnyArray:
    """Tell which weights are the highest of their groups."""
    best = np.zeros(int(groups.max(initial=-1)) + 1)
    np.maximum.at(best, groups, weights)
    found: AnyArray = weights >= best[groups]
    return found


def _npmi(together: AnyArray, left: AnyArray, right: AnyArray, papers: int) -> AnyArray:
    pmi: AnyArray = np.log(together * papers / (left * right))
    return pmi / -np.log(together / (papers + 1))


def _likelihood_ratio(together: AnyArray, left: AnyArray, right: AnyArray, papers: int) -> AnyArray:
    """Return twice the logarithm of how much likelier the counts are where the terms depend on each other."""
    cells = (
        (together, left * right),
        (left - together, left * (papers - right)),
        (right - together, (papers - left) * right),
        (papers - left - right + together, (papers - left) * (papers - right)),
    )
    terms = [seen * np.log(np.where(seen > 0, seen * papers / np.maximum(expected, 1), 1)) for seen, expected in cells]
    total: AnyArray = 2 * np.sum(terms, axis=0)
    return total
