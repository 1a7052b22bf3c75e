"""BM25 over one joint field per paper, its title repeated (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

K1 = 1.2
B = 0.75
TITLE_WEIGHT = 3

Rows = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Posting:
    """The papers that hold a term, ascending, and what the term adds to the score of each."""

    rows: Rows
    weights: Weights
    idf: float

    def holds(self, row: int) -> bool:
        """Return whether a paper has the term."""
        place = int(np.searchsorted(self.rows, row))
        return place < len(self.rows) and int(self.rows[place]) == row


def postings(counts: Any) -> Iterator[Posting]:
    """Yield each term's posting from how often each paper counts each term, a sparse matrix (papers, terms)."""
    papers = counts.shape[0]
    lengths = np.asarray(counts.sum(axis=1), np.float32).ravel()
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if papers else lengths
    columns = counts.tocsc()
    columns.sort_indices()
    for start, end in pairwise(columns.indptr):
        rows, tf = columns.indices[start:end].astype(np.int32), columns.data[start:end]
        idf = float(np.log(1 + (papers - len(rows) + 0.5) / (len(rows) + 0.5)))
        yield Posting(rows, (idf * tf * (K1 + 1) / (tf + norm[rows])).astype(np.float32), idf)


def score(query: Mapping[str, float], posting_of: Callable[[str], Posting | None], papers: int) -> Weights:
    """Return the BM25 score of every paper, shape (papers,), for query terms and their weights."""
    scores = np.zeros(papers, dtype=np.float32)
    for term, weight in query.items():
        posting = posting_of(term)
        if posting is not None:
            scores[posting.rows] += np.float32(weight) * posting.weights
    return scores
