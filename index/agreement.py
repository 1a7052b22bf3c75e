"""Whether a summary belongs to its title: some archives carry another paper's text under a title.

Two signs are added: how much nearer a title is to its own sections than to those of other papers, in
standard deviations, and how much of the title the sections say, in its own words or the glossary's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from index.glossary import Phrase

FloatArray = npt.NDArray[np.float32]

SAMPLE = 500
WORDS_SHARE = 4.0
LEAST_PAPERS = 20
"""With fewer papers there is too little to compare a title with."""
DOUBTFUL = 0.5
"""Below this a summary is flagged."""


def nearness(titles: FloatArray, summaries: FloatArray) -> FloatArray:
    """Return how much nearer each title is to its own summary than to others, in standard deviations, (papers,).

    Both are centred unit vectors, shape (papers, d).
    """
    own = np.einsum("ij,ij->i", titles, summaries)
    picked = np.unique(np.linspace(0, len(titles) - 1, SAMPLE).astype(int))
    others = titles @ summaries[picked].T
    found: FloatArray = (own - others.mean(axis=1)) / np.maximum(others.std(axis=1), 1e-6)
    return found


def said(
    titles: Iterable[frozenset[str]],
    bodies: Iterable[frozenset[str]],
    weights: Mapping[str, float],
    entries: Mapping[str, Sequence[Phrase]],
) -> FloatArray:
    """Return the share of each title's terms, by weight, that its summary says in either language, shape (papers,).

    `entries` gives what a term stands for in the other language.
    """
    shares = [_said(title, body, weights, entries) for title, body in zip(titles, bodies, strict=True)]
    return np.array(shares, np.float32)


def _said(
    title: frozenset[str],
    body: frozenset[str],
    weights: Mapping[str, float],
    entries: Mapping[str, Sequence[Phrase]],
) -> float:
    total = sum(weights[term] for term in title)
    found = sum(weights[t] for t in title if t in body or any(body.issuperset(o) for o in entries.get(t, ())))
    return found / total if total else 1.0
