"""What an archive's words are: counted paper by paper, in compact arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from index.arrays import AnyArray, Int32Array, offsets_of, runs
from index.cache.counts import Counts
from index.cache.vocabulary import Vocabulary
from index.words.bm25 import TITLE_WEIGHT
from index.words.glossary import PhraseCounts
from index.words.languages import has_syllables
from index.words.loans import Written
from index.words.matrices import MatrixRows, Numbering, counted


class Lexicon:
    """Counts of terms by paper, their usual spellings, and phrases of both languages.

    Terms have columns in the order in which the archive first says them. `papers` is how often each paper
    counts each term, `titles` which title holds it: sparse matrices (papers, terms).
    """

    def __init__(self, vocabulary: Vocabulary, counts: Iterable[Counts]) -> None:
        self._vocabulary = vocabulary
        self._parts = _Parts(vocabulary)
        papers, titles = MatrixRows(), MatrixRows()
        phrases = [np.zeros((0, 2), np.int32)]
        for some in counts:
            words, said = self._parts.add(some.words)
            papers.add(_of_papers(some, words, said))
            titles.add(_of_titles(some, words, said))
            phrases.append(some.phrases)
        self.terms: list[str] = vocabulary.texts(self._parts.terms.numbers())
        self.papers, self.titles = (rows.matrix(len(self.terms)) for rows in (papers, titles))
        self._phrases = np.concatenate(phrases)

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield each Hangul word and its morphemes as JSON."""
        return self._vocabulary.analyses(self._parts.words.numbers())

    def spellings(self) -> list[str]:
        """Return how the archive usually writes each term."""
        columns, written, seen = self._parts.term_spellings()
        found = [""] * len(self.terms)
        for column, text in self._usual(columns, written, seen):
            found[column] = text
        return found

    def written(self) -> Iterator[Written]:
        """Yield how often the archive writes each term of another alphabet than Hangul in each way."""
        columns, texts, seen = self._parts.term_spellings()
        codes, which = np.unique(columns.astype(np.int64) << 32 | texts, return_inverse=True)
        times = np.bincount(which, seen).astype(np.int64).tolist()
        forms = self._vocabulary.texts(codes & 0xFFFFFFFF)
        for column, text, count in zip((codes >> 32).tolist(), forms, times, strict=True):
            if not has_syllables(self.terms[column]):
                yield Written(self.terms[column], text, count)

    def pieces(self) -> Iterator[tuple[str, str, float]]:
        """Yield each stretch of Hangul that was read as one morpheme, its usual term, and -log of its share."""
        written, terms, seen = self._parts.hangul_readings()
        usual = dict(self._usual(written, terms, seen))
        totals = np.bincount(written, seen)[list(usual)].tolist()
        surfaces = self._vocabulary.texts(np.array(list(usual), np.int64))
        whole = int(seen.sum())
        for surface, term, total in sorted(zip(surfaces, usual.values(), totals, strict=True)):
            yield surface, term, math.log(whole / int(total))

    def phrases(self) -> PhraseCounts:
        """Return how often which Korean words stand before which bracketed English ones."""
        pairs, times = np.unique(self._phrases, axis=0, return_counts=True)
        texts = iter(self._vocabulary.texts(pairs.ravel()))
        found = PhraseCounts()
        for english, korean, count in zip(texts, texts, times.tolist(), strict=True):
            found.add(tuple(english.split(" ")), tuple(korean.split(" ")), count)
        return found

    def _usual(self, groups: AnyArray, texts: AnyArray, seen: AnyArray) -> Iterator[tuple[int, str]]:
        """Yield each group and the text, given by its number, that is seen most often in it; ties go to the least."""
        codes, which = np.unique(groups.astype(np.int64) << 32 | texts, return_inverse=True)
        times = np.bincount(which, seen).astype(np.int64)
        _, owner = np.unique(codes >> 32, return_inverse=True)
        most = np.zeros(len(codes), np.int64)
        np.maximum.at(most, owner, times)
        candidates = codes[times == most[owner]]
        best: dict[int, str] = {}
        written = self._vocabulary.texts(candidates & 0xFFFFFFFF)
        for owner, text in zip((candidates >> 32).tolist(), written, strict=True):
            best[owner] = min(text, best.get(owner, text))
        yield from best.items()


class _Parts:
    """The words of an archive, how often each is seen, and the parts that they are made of."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._empty = int(vocabulary.numbers([""])[0])
        self.words, self.terms = Numbering(), Numbering()
        self._seen = np.zeros(0, np.int64)
        self._sizes = np.zeros(0, np.int32)
        self._hangul = np.zeros(0, np.bool_)
        self._written = np.zeros(0, np.int32)
        self._read = np.zeros(0, np.int32)
        self._said = MatrixRows()

    def add(self, numbers: AnyArray) -> tuple[Int32Array, Any]:
        """Count words; return their columns, and which word so far says which term how often (words, terms)."""
        known = self.words.size
        columns = self.words.columns(numbers)
        sizes, hangul, parts = self._vocabulary.parts(self.words.numbers(known))
        self._seen = np.pad(self._seen, (0, self.words.size - known)) + np.bincount(columns, minlength=self.words.size)
        self._sizes = np.concatenate([self._sizes, sizes])
        self._hangul = np.concatenate([self._hangul, hangul])
        self._written = np.concatenate([self._written, parts[:, 0]])
        self._read = np.concatenate([self._read, parts[:, 1]])
        self.terms.columns(parts[:, 1][parts[:, 1] != self._empty])
        is_term = self._read != self._empty
        owners = np.repeat(np.arange(len(self._sizes)), self._sizes)[is_term]
        offsets = offsets_of(np.bincount(owners, minlength=len(self._sizes)))
        return columns, counted(self.terms.columns(self._read[is_term]), offsets, self.terms.size)

    def term_spellings(self) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Return the column of each word's every term, what is written there, and how often the word is seen."""
        is_term = self._read != self._empty
        seen = np.repeat(self._seen, self._sizes)[is_term]
        return self.terms.columns(self._read[is_term]), self._written[is_term], seen

    def hangul_readings(self) -> tuple[AnyArray, AnyArray, AnyArray]:
        """Return what is written in each part of the Hangul words, its term, and how often the word is seen."""
        chosen = np.repeat(self._hangul, self._sizes) & (self._written != self._empty)
        return self._written[chosen], self._read[chosen], np.repeat(self._seen, self._sizes)[chosen]


def _of_papers(counts: Counts, words: Int32Array, said: Any) -> Any:
    """Return how often each paper counts each term, its title's as often as TITLE_WEIGHT says."""
    texts = offsets_of(counts.texts)
    weights = np.ones(len(counts.sizes), np.float32)
    weights[texts[:-1]] = TITLE_WEIGHT
    places = offsets_of(counts.sizes)[texts]
    found = counted(words, places, said.shape[0], np.repeat(weights, counts.sizes)) @ said
    found.sort_indices()
    return found


def _of_titles(counts: Counts, words: Int32Array, said: Any) -> Any:
    """Return which title holds which term."""
    titles = offsets_of(counts.texts)[:-1]
    starts, sizes = offsets_of(counts.sizes)[titles], counts.sizes[titles]
    found = counted(words[runs(starts, sizes)], offsets_of(sizes), said.shape[0]) @ said
    found.data[:] = 1
    return found
