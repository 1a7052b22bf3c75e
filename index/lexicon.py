"""What an archive's words are: counted paper by paper, section by section, in compact arrays."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import sparse

from index.bm25 import TITLE_WEIGHT
from index.glossary import PhraseCounts
from index.lexical import ATTACHED, Morpheme, Token, hangul_words, tokenize
from index.paper import Paper

WordTable = Mapping[str, tuple[Morpheme, ...]]


class Lexicon:
    """Counts of terms by paper and by section, their usual spellings, and phrases of both languages."""

    def __init__(self, words: WordTable) -> None:
        self._words = words
        self._ids: dict[str, int] = {}
        self._spellings: list[Counter[str]] = []
        self._seen: Counter[str] = Counter()
        self._titles = _Rows()
        self._papers = _Rows()
        self._sections = _Rows()
        self._owners = array("q")
        self._added = 0
        self.phrases = PhraseCounts()

    def add(self, paper: Paper) -> None:
        """Count one paper's title and sections."""
        title = self._count(paper.title)
        counts = Counter({term: TITLE_WEIGHT * n for term, n in title.items()})
        for section in paper.sections:
            found = self._count(section.text)
            counts.update(found)
            self._owners.append(self._added)
            self._sections.append(dict.fromkeys(sorted(title.keys() | found.keys()), 1))
        self._titles.append(dict.fromkeys(sorted(title), 1))
        self._added += 1
        self._papers.append(dict(sorted(counts.items())))

    def _count(self, text: str) -> Counter[int]:
        tokens = tokenize(text, self._words.__getitem__)
        self.phrases.add(text, tokens)
        self._seen.update(word for word, _ in hangul_words(text))
        return Counter(self._id(token, text) for token in tokens)

    def _id(self, token: Token, text: str) -> int:
        number = self._ids.setdefault(token.term, len(self._ids))
        if number == len(self._spellings):
            self._spellings.append(Counter())
        self._spellings[number][text[token.start : token.end]] += 1
        return number

    def terms(self) -> list[str]:
        """Return every term, in the order of their columns."""
        return list(self._ids)

    def spelling(self, column: int) -> str:
        """Return how the archive usually writes a term."""
        counter = self._spellings[column]
        return min(counter, key=lambda written: (-counter[written], written))

    def papers(self) -> Any:
        """Return how often each paper counts each term, a sparse matrix (papers, terms)."""
        return self._papers.matrix(len(self._ids))

    def titles(self) -> Iterator[frozenset[str]]:
        """Yield the terms of each paper's title."""
        return self._named(self._titles.matrix(len(self._ids)))

    def bodies(self) -> Iterator[frozenset[str]]:
        """Yield the terms of each paper's sections."""
        size = len(self._ids)
        return self._named(self._papers.matrix(size) - TITLE_WEIGHT * self._titles.matrix(size))

    def _named(self, held: Any) -> Iterator[frozenset[str]]:
        terms = self.terms()
        for start, end in pairwise(held.indptr):
            columns, counts = held.indices[start:end], held.data[start:end]
            yield frozenset(terms[column] for column in columns[counts > 0])

    def owners(self) -> Any:
        """Return the paper, counted from 0, of each section, shape (sections,)."""
        return np.array(self._owners, np.int64)

    def sections(self) -> Any:
        """Return which section or its title holds which term, a sparse matrix (sections, terms)."""
        return self._sections.matrix(len(self._ids))

    def pieces(self) -> Iterator[tuple[str, str, float]]:
        """Yield each stretch of Hangul that was read as one morpheme, its usual term, and -log of its share."""
        readings: dict[str, Counter[str]] = {}
        for word, count in self._seen.items():
            body = word.removeprefix(ATTACHED)
            for m in self._words[word]:
                if m.end > m.start:
                    readings.setdefault(body[m.start : m.end], Counter())[m.term] += count
        total = sum(counter.total() for counter in readings.values())
        for surface, counter in sorted(readings.items()):
            term = min(counter, key=lambda t: (-counter[t], t))
            yield surface, term, math.log(total / counter.total())


class _Rows:
    """A sparse matrix that grows by rows."""

    def __init__(self) -> None:
        self._columns = array("i")
        self._values = array("i")
        self._starts = array("q", [0])

    def append(self, row: Mapping[int, int]) -> None:
        self._columns.extend(row.keys())
        self._values.extend(row.values())
        self._starts.append(len(self._columns))

    def matrix(self, columns: int) -> Any:
        values = np.array(self._values, np.float32)
        indices, starts = np.array(self._columns, np.int32), np.array(self._starts, np.int64)
        return sparse.csr_matrix((values, indices, starts), (len(starts) - 1, columns))
