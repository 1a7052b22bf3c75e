"""What papers are about, by the words they share: latent semantic analysis (Deerwester et al., 1990)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from index.arrays import FloatArray

TOPICS = 50
PAPERS_PER_TOPIC = 20

_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, eq=False)
class Topics:
    """Each paper's unit topic vector (papers, topics), what a term adds to one (terms, topics), and their mean."""

    papers: FloatArray
    terms: FloatArray
    mean: FloatArray


def topics(counts: Any, terms: Sequence[str]) -> Topics:
    """Find the topics of papers from how often each counts each term, a sparse matrix (papers, terms)."""
    from index.words.svd import right_singular_vectors  # start-up reads topics only, and needs no SciPy

    weighted = _weighted(counts, terms)
    papers, vocabulary = weighted.shape
    wanted = max(1, min(TOPICS, papers // PAPERS_PER_TOPIC, vocabulary - 1))
    projection = right_singular_vectors(weighted, wanted)
    vectors = np.asarray(weighted @ projection, np.float32)
    mean = vectors.mean(axis=0)
    return Topics(centred(vectors, mean), projection * _idf(counts, terms)[:, None], mean)


def centred(vectors: FloatArray, mean: FloatArray) -> FloatArray:
    """Return vectors (..., d) as unit vectors from their mean; what lies on the mean becomes 0."""
    moved = vectors - mean
    lengths = np.linalg.norm(moved, axis=-1, keepdims=True)
    units: FloatArray = np.asarray(moved / np.maximum(lengths, 1e-6), np.float32)
    return units


def topic_of(frequencies: FloatArray, idf: FloatArray, terms: FloatArray, mean: FloatArray) -> FloatArray:
    """Return the unit topic vector of a text.

    `frequencies` (n,) and `idf` (n,) are those of the text's terms, `terms` (n, topics) their rows of `Topics.terms`.
    """
    damped = 1 + np.log(frequencies)
    length = float(np.linalg.norm(damped * idf))
    vector: FloatArray = np.asarray(damped @ terms / max(length, 1e-6), np.float32)
    return centred(vector, mean)


def _weighted(counts: Any, terms: Sequence[str]) -> Any:
    """Return (1 + log tf) idf, each paper scaled to unit length."""
    weighted = counts.astype(np.float32)
    weighted.data = (1 + np.log(weighted.data)) * _idf(counts, terms)[weighted.indices]
    squares = weighted.copy()
    squares.data = weighted.data**2
    lengths = np.sqrt(np.asarray(squares.sum(axis=1), np.float32).ravel())
    weighted.data *= np.repeat(1 / np.maximum(lengths, 1e-6), np.diff(weighted.indptr))
    return weighted


def _idf(counts: Any, terms: Sequence[str]) -> FloatArray:
    holders = np.bincount(counts.indices, minlength=counts.shape[1])
    worded = np.array([bool(_LETTER.search(term)) for term in terms])
    idf: FloatArray = np.asarray(np.log((counts.shape[0] + 1) / (holders + 0.5)) * worded, np.float32)
    return idf
