"""Which Korean and English terms stand for each other, mined from the archive itself.

Summaries name things in both languages: an English title over a Korean text, "지식 증류(knowledge
distillation)" within it. Terms of the two languages that keep turning up in the same section under the
same title are therefore mostly translations. The measure is normalised pointwise mutual information
(Bouma, 2009), lowered for pairs that were seen less than RELIABLE times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 4
LEAST_WEIGHT = 0.15
LEAST_SEEN = 3
RELIABLE = 5
COMMON = 0.3
_BLOCK = 2000

_HANGUL = re.compile(r"[가-힣]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Association:
    """Two terms of different languages; `weight` is in (0, 1], `together` counts the sections that hold both."""

    term: str
    other: str
    weight: float
    together: int


def associations(held: Any, terms: Sequence[str]) -> Iterator[Association]:
    """Yield the strongest associations of every term, in the order of the terms, each term's best first.

    `held` says which section holds which term, itself or in its title: a sparse matrix (sections, terms).
    """
    seen = np.asarray((held > 0).sum(axis=0)).ravel()
    usual = (seen >= LEAST_SEEN) & (seen <= COMMON * held.shape[0])
    columns = sorted((i for i in np.flatnonzero(usual).tolist() if _LETTER.search(terms[i])), key=terms.__getitem__)
    korean = [i for i in columns if _HANGUL.search(terms[i])]
    other = [i for i in columns if not _HANGUL.search(terms[i])]
    if korean and other:
        by_column = held.tocsc()
        sides = ([terms[i] for i in korean], by_column[:, korean]), ([terms[i] for i in other], by_column[:, other])
        yield from _best(*sides[0], *sides[1])
        yield from _best(*sides[1], *sides[0])


def _best(terms: Sequence[str], left: Any, others: Sequence[str], right: Any) -> Iterator[Association]:
    left_seen, right_seen = (np.asarray(matrix.sum(axis=0)).ravel() for matrix in (left, right))
    by_term, right = left.T.tocsr(), right.tocsr()
    for start in range(0, len(terms), _BLOCK):
        together = (by_term[start : start + _BLOCK] @ right).tocoo()
        kept = together.data >= 2
        rows, columns, counts = together.row[kept] + start, together.col[kept], together.data[kept]
        weights = _npmi(counts, left_seen[rows], right_seen[columns], left.shape[0])
        for i in _strongest(rows, columns, weights):
            yield Association(terms[rows[i]], others[columns[i]], round(float(weights[i]), 3), int(counts[i]))


def _npmi(
    together: npt.NDArray[Any], left: npt.NDArray[Any], right: npt.NDArray[Any], sections: int
) -> npt.NDArray[Any]:
    pmi: npt.NDArray[Any] = np.log(together * sections / (left * right))
    return pmi / -np.log(together / (sections + 1)) * np.minimum(1.0, together / RELIABLE)


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
