"""BM25 over one joint field per paper, its title repeated (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Int32Array

K1 = 1.2
B = 0.75
TITLE_WEIGHT = 3


@dataclass(frozen=True, slots=True)
class Posting:
    """The papers that hold a term, ascending, and what the term adds to the score of each."""

    rows: Int32Array
    weights: FloatArray
    idf: float

    def holds(self, row: int) -> bool:
        """Return whether a paper has the term."""
        place = int(np.searchsorted(self.rows, row))
        return place < len(self.rows) and int(self.rows[place]) == row


PostingsOf = Callable[[Collection[str]], Mapping[str, Posting | None]]
"""Gives the postings of some terms; one that no paper holds has none, or is left out."""


@dataclass(frozen=True, slots=True, eq=False)
class Postings(Sequence[Posting]):
    """The postings of all terms, one behind the other; `idf` (terms,) is that of each."""

    starts: npt.NDArray[Any]
    rows: Int32Array
    weights: FloatArray
    idf: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.idf)

    @overload
    def __getitem__(self, term: int) -> Posting: ...

    @overload
    def __getitem__(self, term: slice) -> Sequence[Posting]: ...

    def __getitem__(self, term: int | slice) -> Posting | Sequence[Posting]:
        if isinstance(term, slice):
            return [self[i] for i in range(len(self))[term]]
        held = slice(*self.starts[range(len(self))[term] :][:2])
        return Posting(self.rows[held], self.weights[held], float(self.idf[term]))


def postings(counts: Any) -> Postings:
    """Return each term's posting from how often each paper counts each term, a sparse matrix (papers, terms)."""
    papers = counts.shape[0]
    lengths = np.asarray(counts.sum(axis=1), np.float32).ravel()
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if papers else lengths
    columns = counts.tocsc()
    columns.sort_indices()
    rows, tf, holders = columns.indices.astype(np.int32, copy=False), columns.data, np.diff(columns.indptr)
    idf = np.log(1 + (papers - holders + 0.5) / (holders + 0.5))
    weights = np.repeat(idf.astype(np.float32), holders) * tf * np.float32(K1 + 1) / (tf + norm[rows])
    return Postings(columns.indptr, rows, weights, idf)


def score(query: Mapping[str, float], postings_of: PostingsOf, papers: int) -> FloatArray:
    """Return the BM25 score of every paper, shape (papers,), for query terms and their weights."""
    scores = np.zeros(papers, dtype=np.float32)
    found = postings_of(query)
    for term, weight in query.items():
        if (posting := found.get(term)) is not None:
            scores[posting.rows] += np.float32(weight) * posting.weights
    return scores
