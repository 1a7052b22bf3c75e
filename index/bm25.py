"""BM25 over one joint field per paper, its title repeated (Robertson and Zaragoza, 2009)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

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


def paper_terms(title: Sequence[str], sections: Iterable[Sequence[str]]) -> Counter[str]:
    """Return how often each term counts in a paper."""
    counts: Counter[str] = Counter()
    for term in title:
        counts[term] += TITLE_WEIGHT
    for section in sections:
        counts.update(section)
    return counts


def postings(papers: Sequence[Counter[str]]) -> Iterator[tuple[str, Posting]]:
    """Yield every term's posting, in the order of the terms."""
    lengths = np.array([sum(counts.values()) for counts in papers], dtype=np.float32)
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if len(papers) else lengths
    found: dict[str, tuple[list[int], list[int]]] = {}
    for row, counts in enumerate(papers):
        for term, count in counts.items():
            rows, frequencies = found.setdefault(term, ([], []))
            rows.append(row)
            frequencies.append(count)
    for term in sorted(found):
        rows_, tf = np.array(found[term][0], dtype=np.int32), np.array(found[term][1], dtype=np.float32)
        idf = float(np.log(1 + (len(papers) - len(rows_) + 0.5) / (len(rows_) + 0.5)))
        yield term, Posting(rows_, (idf * tf * (K1 + 1) / (tf + norm[rows_])).astype(np.float32), idf)


def score(query: dict[str, float], posting_of: Callable[[str], Posting | None], papers: int) -> Weights:
    """Return the BM25 score of every paper, shape (papers,), for query terms and their weights."""
    scores = np.zeros(papers, dtype=np.float32)
    for term, weight in query.items():
        posting = posting_of(term)
        if posting is not None:
            scores[posting.rows] += np.float32(weight) * posting.weights
    return scores
