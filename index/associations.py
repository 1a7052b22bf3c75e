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
import numpy.typing as npt
from scipy import sparse

MOST = 4
LEAST_WEIGHT = 0.15
LEAST_SEEN = 3
LEAST_PAPERS = 3
RELIABLE = 5
COMMON = 0.3
_BLOCK = 2000

_HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"[가-힣]|[^\W\d_].*[^\W_]")


@dataclass(frozen=True, slots=True)
class Association:
    """Two terms of different languages; `weight` is in (0, 1], `together` counts the sections that hold both."""

    term: str
    other: str
    weight: float
    together: int


def associations(held: Any, terms: Sequence[str], papers: npt.NDArray[Any]) -> Iterator[Association]:
    """Yield the strongest associations of every term, in the order of the terms, each term's best first.

    `held` says which section holds which term, itself or in its title: a sparse matrix (sections, terms);
    `papers` (sections,) counts each section's paper from 0.
    """
    seen = np.asarray((held > 0).sum(axis=0)).ravel()
    usual = (seen >= LEAST_SEEN) & (seen <= COMMON * held.shape[0])
    columns = sorted((i for i in np.flatnonzero(usual).tolist() if _WORD.search(terms[i])), key=terms.__getitem__)
    korean = [i for i in columns if _HANGUL.search(terms[i])]
    other = [i for i in columns if not _HANGUL.search(terms[i])]
    if korean and other:
        sides = (_Side.of(held, terms, papers, korean), _Side.of(held, terms, papers, other))
        yield from _best(*sides)
        yield from _best(*sides[::-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One language's terms, and which section and which paper holds them: sparse matrices of 0 and 1."""

    terms: Sequence[str]
    sections: Any
    papers: Any

    @classmethod
    def of(cls, held: Any, terms: Sequence[str], papers: npt.NDArray[Any], columns: Sequence[int]) -> _Side:
        sections = held.tocsc()[:, columns].tocsr()
        ones = np.ones(len(papers), np.float32)
        by_paper = sparse.csr_matrix((ones, (papers, np.arange(len(papers)))), (int(papers.max()) + 1, len(papers)))
        return cls([terms[i] for i in columns], sections, ((by_paper @ sections) > 0).astype(np.float32))


def _best(left: _Side, right: _Side) -> Iterator[Association]:
    left_seen, right_seen = (np.asarray(side.sections.sum(axis=0)).ravel() for side in (left, right))
    by_section, by_paper = left.sections.T.tocsr(), left.papers.T.tocsr()
    for start in range(0, len(left.terms), _BLOCK):
        sections = (by_section[start : start + _BLOCK] @ right.sections).tocoo()
        if not sections.nnz:
            continue
        papers = np.asarray((by_paper[start : start + _BLOCK] @ right.papers)[sections.row, sections.col]).ravel()
        kept = papers >= LEAST_PAPERS
        rows, columns, counts = sections.row[kept] + start, sections.col[kept], sections.data[kept]
        weights = _npmi(counts, left_seen[rows], right_seen[columns], left.sections.shape[0])
        weights *= np.minimum(1.0, papers[kept] / RELIABLE)
        for i in _strongest(rows, columns, weights):
            yield Association(left.terms[rows[i]], right.terms[columns[i]], round(float(weights[i]), 3), int(counts[i]))


def _npmi(
    together: npt.NDArray[Any], left: npt.NDArray[Any], right: npt.NDArray[Any], sections: int
) -> npt.NDArray[Any]:
    pmi: npt.NDArray[Any] = np.log(together * sections / (left * right))
    return pmi / -np.log(together / (sections + 1))


def _strongest(rows: npt.NDArray[Any], columns: npt.NDArray[Any], weights: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the positions of each row's MOST heaviest entries, row by row; ties go to the earlier column."""
    order = np.lexsort((columns, -weights, rows))
    order = order[weights[order] >= LEAST_WEIGHT]
    if not len(order):
        return order
    starts = np.flatnonzero(np.diff(rows[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    kept: npt.NDArray[np.int64] = order[rank < MOST]
    return kept
