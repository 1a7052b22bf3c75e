"""Which Korean and English terms stand for each other, mined from the archive itself.

Summaries name things in both languages: an English title over a Korean text, "지식 증류(knowledge
distillation)" within it. Terms of the two languages that keep turning up in the same section under the
same title are therefore mostly translations. The measure is normalised pointwise mutual information
(Bouma, 2009), lowered for pairs that were seen less than RELIABLE times.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

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


def associations(sections: Sequence[frozenset[str]]) -> Iterator[Association]:
    """Yield the strongest associations of every term, in the order of the terms, each term's best first.

    `sections` hold the terms of one section and its title each.
    """
    seen = Counter(term for section in sections for term in section)
    usual = sorted(t for t, n in seen.items() if LEAST_SEEN <= n <= COMMON * len(sections) and _LETTER.search(t))
    korean = [term for term in usual if _HANGUL.search(term)]
    other = [term for term in usual if not _HANGUL.search(term)]
    if korean and other:
        rows, columns = _occurrences(sections, korean), _occurrences(sections, other)
        yield from _best(korean, other, rows, columns, len(sections))
        yield from _best(other, korean, columns, rows, len(sections))


def _occurrences(sections: Sequence[frozenset[str]], vocabulary: Sequence[str]) -> Any:
    """Return the matrix (sections, terms) of which section holds which term."""
    place = {term: i for i, term in enumerate(vocabulary)}
    held = [[place[term] for term in section if term in place] for section in sections]
    starts = np.cumsum([0, *map(len, held)])
    columns = np.fromiter((i for row in held for i in row), np.int32, int(starts[-1]))
    return sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), (len(sections), len(vocabulary)))


def _best(terms: Sequence[str], others: Sequence[str], left: Any, right: Any, sections: int) -> Iterator[Association]:
    left_seen, right_seen = (np.asarray(matrix.sum(axis=0)).ravel() for matrix in (left, right))
    by_term = left.T.tocsr()
    for start in range(0, len(terms), _BLOCK):
        together = (by_term[start : start + _BLOCK] @ right).tocoo()
        kept = together.data >= 2
        rows, columns, counts = together.row[kept] + start, together.col[kept], together.data[kept]
        weights = _npmi(counts, left_seen[rows], right_seen[columns], sections)
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
