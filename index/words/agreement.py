"""Whether a summary belongs to its title: some archives carry another paper's text under a title.

Two signs are added: how much nearer a title is to its own sections than to those of other papers, in
standard deviations, and how much of the title the sections say, in its own words or the glossary's. A term that no
summary says, and that the glossary lacks, is often a name or a play on words: that a summary lacks it tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, offsets_of, runs
from index.words.bm25 import TITLE_WEIGHT

SAMPLE = 500
WORDS_SHARE = 4.0
_BLOCK = 8192


def sample(papers: int) -> npt.NDArray[np.int64]:
    """Return the rows of the papers whose summaries stand for those of all."""
    return np.unique(np.linspace(0, papers - 1, SAMPLE).astype(np.int64))


def nearness(titles: FloatArray, summaries: FloatArray, others: FloatArray) -> FloatArray:
    """Return how much nearer each title is to its own summary than to others, in standard deviations, (papers,).

    All are centred unit vectors: (papers, d), and those of a sample of summaries, (n, d).
    """
    own = np.einsum("ij,ij->i", titles, summaries)
    found = titles @ others.T
    near: FloatArray = (own - found.mean(axis=1)) / np.maximum(found.std(axis=1), 1e-6)
    return near


def said(titles: Any, papers: Any, weights: npt.NDArray[np.float64], entries: Entries) -> FloatArray:
    """Return the share of each title's terms, by weight, that its summary says in either language, shape (papers,).

    `titles` says which title holds which term, `papers` how often each paper counts it, its title included:
    sparse matrices (papers, terms). `weights` (terms,) are those of the terms.
    """
    in_all, in_titles = (np.asarray(some.sum(axis=0, dtype=np.float64)).ravel() for some in (papers, titles))
    counted = np.where(entries.known() | (in_all > TITLE_WEIGHT * in_titles), weights, 0)
    blocks = [
        _said(titles[start : start + _BLOCK], papers[start : start + _BLOCK], counted, entries)
        for start in range(0, titles.shape[0], _BLOCK)
    ]
    return np.concatenate([np.zeros(0, np.float32), *blocks])


def _said(titles: Any, papers: Any, weights: npt.NDArray[np.float64], entries: Entries) -> FloatArray:
    bodies = (papers - TITLE_WEIGHT * titles).tocsr()
    rows, terms = _places(titles)
    held = _Held(bodies)
    found = held(rows, terms)
    missing = np.flatnonzero(~found)
    found[missing] = entries.any_held(held, rows[missing], terms[missing])
    count, said = titles.shape[0], weights[terms]
    total, share = np.bincount(rows, said, count), np.bincount(rows, said * found, count)
    return np.asarray(np.divide(share, total, out=np.ones(count), where=total > 0), np.float32)


def _places(matrix: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the row and the column of each stored value."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return rows, matrix.indices.astype(np.int64)


class _Held:
    """Tells which places of a sparse matrix hold more than nothing."""

    def __init__(self, matrix: Any) -> None:
        rows, columns = _places(matrix)
        self._width = matrix.shape[1]
        self._keys = np.sort((rows * self._width + columns)[matrix.data > 0])

    def __call__(self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return whether each place is held; a column of -1 never is."""
        if not len(self._keys):
            return np.zeros(len(rows), np.bool_)
        keys = rows * self._width + columns
        nearest = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found: npt.NDArray[np.bool_] = (self._keys[nearest] == keys) & (columns >= 0)
        return found


class Entries:
    """What each term stands for in the other language: phrases, of which all the terms must be there."""

    def __init__(self, phrases: Mapping[int, Sequence[Sequence[int]]], terms: int) -> None:
        """Take phrases by the column of a term, as columns themselves, -1 for a term that the archive lacks."""
        entries = [phrases.get(term, ()) for term in range(terms)]
        flat = [phrase for some in entries for phrase in some]
        self._phrases = offsets_of(list(map(len, entries)))
        self._terms = offsets_of(list(map(len, flat)))
        self._columns = np.array([column for phrase in flat for column in phrase], np.int64)

    def known(self) -> npt.NDArray[np.bool_]:
        """Return whether each term stands for anything, shape (terms,)."""
        found: npt.NDArray[np.bool_] = np.diff(self._phrases) > 0
        return found

    def any_held(self, held: _Held, rows: npt.NDArray[np.int64], terms: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Return for each row and term whether the row holds a whole phrase that the term stands for."""
        counts = np.diff(self._phrases)[terms]
        phrases = runs(self._phrases[terms], counts)
        sizes = np.diff(self._terms)[phrases]
        places = np.repeat(np.repeat(rows, counts), sizes)
        there = held(places, self._columns[runs(self._terms[phrases], sizes)])
        whole = np.bincount(np.repeat(np.arange(len(phrases)), sizes), there, len(phrases)) == sizes
        return np.bincount(np.repeat(np.arange(len(rows)), counts), whole, len(rows)) > 0
