"""Which Korean and English terms stand for each other, mined from the archive itself.

Summaries name things in both languages: an English title over a Korean text, "지식 증류(knowledge
distillation)" within it. Terms of the two languages that keep turning up in the same section under the
same title are therefore mostly translations. The measure is normalised pointwise mutual information
(Bouma, 2009), lowered for pairs that fewer than RELIABLE papers hold; a pair of a paper or two is chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.arrays import AnyArray, offsets_of
from index.words.languages import has_syllables
from index.words.matrices import counted

MOST = 4
LEAST_WEIGHT = 0.15
LEAST_SEEN = 3
LEAST_PAPERS = 3
RELIABLE = 5
COMMON = 0.3
_BLOCK = 512

_WORD = re.compile(r"[가-힣]|[^\W\d_].*[^\W_]")


@dataclass(frozen=True, slots=True)
class Association:
    """Two terms of different languages; `weight` is in (0, 1], `together` counts the sections that hold both."""

    term: str
    other: str
    weight: float
    together: int


def associations(sections: Any, papers: Any, terms: Sequence[str]) -> Iterator[Association]:
    """Yield the strongest associations of every term, in the order of the terms, each term's best first.

    `sections` says which section holds which term, itself or in its title, `papers` which paper does in any of
    its sections: sparse matrices (sections, terms) and (papers, terms) of what is not 0.
    """
    seen = np.bincount(sections.indices, minlength=len(terms))
    usual = (seen >= LEAST_SEEN) & (seen <= COMMON * sections.shape[0])
    columns = sorted((i for i in np.flatnonzero(usual).tolist() if _WORD.search(terms[i])), key=terms.__getitem__)
    korean = np.array([i for i in columns if has_syllables(terms[i])], np.int64)
    other = np.array([i for i in columns if not has_syllables(terms[i])], np.int64)
    if len(korean) and len(other):
        pairs = _pairs(_Side.of(sections, papers, korean), _Side.of(sections, papers, other), sections.shape[0])
        yield from _best(pairs, [terms[i] for i in korean], [terms[i] for i in other])
        yield from _best(pairs.turned(), [terms[i] for i in other], [terms[i] for i in korean])


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One language's terms: which of them each section and each paper holds, as matrices of 0 and 1."""

    seen: AnyArray
    sections: Any
    papers: Any

    @classmethod
    def of(cls, sections: Any, papers: Any, columns: AnyArray) -> _Side:
        chosen = _chosen(sections, columns)
        return cls(np.asarray(chosen.sum(axis=0), np.float32).ravel(), chosen, _chosen(papers, columns))


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of terms that a section holds together: their places on both sides, weights and numbers of sections."""

    left: AnyArray
    right: AnyArray
    weights: AnyArray
    together: AnyArray

    def turned(self) -> _Pairs:
        """Return the same pairs from the other side."""
        return _Pairs(self.right, self.left, self.weights, self.together)


def _chosen(matrix: Any, columns: AnyArray) -> Any:
    """Return some columns of a sparse matrix in a new order, with 1 for all that is not 0."""
    places = np.full(matrix.shape[1], -1, np.int32)
    places[columns] = np.arange(len(columns), dtype=np.int32)
    found = places[matrix.indices]
    offsets = offsets_of(found >= 0)[matrix.indptr]
    return counted(found[found >= 0], offsets, len(columns))


def _pairs(left: _Side, right: _Side, sections: int) -> _Pairs:
    by_section, by_paper = left.sections.T.tocsr(), left.papers.T.tocsr()
    blocks = []
    for start in range(0, len(left.seen), _BLOCK):
        rows, columns, counts = _places(by_section[start : start + _BLOCK] @ right.sections, 1)
        weights = _npmi(counts, left.seen[rows + start], right.seen[columns], sections)
        rows, columns, counts, weights = _where(weights >= LEAST_WEIGHT, rows, columns, counts, weights)
        papers = _found(_places(by_paper[start : start + _BLOCK] @ right.papers, LEAST_PAPERS), rows, columns)
        weights *= np.minimum(1.0, papers / RELIABLE)
        blocks.append(_where(weights >= LEAST_WEIGHT, rows + start, columns, weights, counts))
    return _Pairs(*map(np.concatenate, zip(*blocks, strict=True)))


def _places(matrix: Any, least: int) -> tuple[AnyArray, ...]:
    """Return the rows, columns and values of what is not less than `least`."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return _where(matrix.data >= least, rows, matrix.indices, matrix.data)


def _where(kept: AnyArray, *columns: AnyArray) -> tuple[AnyArray, ...]:
    return tuple(column[kept] for column in columns)


def _found(table: tuple[AnyArray, ...], rows: AnyArray, columns: AnyArray) -> AnyArray:
    """Return the values that a table of rows, columns and values has for some rows and columns, or 0."""
    held, at, values = table
    keys = held.astype(np.int64) << 32 | at
    if not len(keys):
        return np.zeros(len(rows), np.float32)
    order = np.argsort(keys)
    wanted = rows.astype(np.int64) << 32 | columns
    nearest = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    found: AnyArray = np.where(keys[nearest] == wanted, values[nearest], np.float32(0))
    return found


def _best(pairs: _Pairs, left: Sequence[str], right: Sequence[str]) -> Iterator[Association]:
    for i in _strongest(pairs.left, pairs.right, pairs.weights).tolist():
        weight, together = round(float(pairs.weights[i]), 3), int(pairs.together[i])
        yield Association(left[pairs.left[i]], right[pairs.right[i]], weight, together)


def _npmi(together: AnyArray, left: AnyArray, right: AnyArray, sections: int) -> AnyArray:
    pmi: AnyArray = np.log(together * sections / (left * right))
    return pmi / -np.log(together / (sections + 1))


def _strongest(rows: AnyArray, columns: AnyArray, weights: AnyArray) -> AnyArray:
    """Return the positions of each row's MOST heaviest entries, row by row; ties go to the earlier column."""
    order = np.lexsort((columns, -weights, rows))
    if not len(order):
        return order
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    kept: AnyArray = order[rank < MOST]
    return kept
