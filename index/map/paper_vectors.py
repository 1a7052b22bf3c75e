"""Papers as unit vectors, from what the cache holds of their passages."""

from __future__ import annotations

import hashlib
from functools import cached_property

import numpy as np

from index.arrays import FloatArray, RowArray, normalized, runs
from index.cache.database import KEY, Cache
from index.cache.paper_facts import PaperFacts
from index.words.languages import LanguageMeans, Languages


class PaperVectors:
    """Unit vectors of papers, each its sections' mean and its title together.

    Titles and sections are measured from the means of their languages among some papers, `measured`. Nothing is
    read before it is asked for.
    """

    def __init__(self, facts: PaperFacts, cache: Cache, measured: RowArray) -> None:
        self._facts, self._cache, self._measured = facts, cache, measured
        self._starts = facts.section_offsets + np.arange(len(facts.section_offsets))

    def passages(self, rows: RowArray) -> RowArray:
        """Return the places in `PaperFacts.keys` of some papers' passages."""
        return runs(self._starts[rows], np.diff(self._starts)[rows])

    def marks(self, rows: RowArray) -> list[bytes]:
        """Return for each paper a digest of what its vector depends on, besides the means."""
        keys, width = self._facts.keys.tobytes(), KEY.itemsize
        ends = width * self._starts
        return [
            hashlib.sha256(keys[start:end]).digest()
            for start, end in zip(ends[rows].tolist(), ends[rows + 1].tolist(), strict=True)
        ]

    def of(self, rows: RowArray) -> FloatArray:
        """Return the vectors of some papers, shape (len(rows), dimensions)."""
        titles, sections = self._centred(rows)
        sizes = np.diff(self._facts.section_offsets)[rows]
        sums = np.add.reduceat(normalized(sections), np.cumsum(sizes) - sizes, axis=0)
        return normalized(normalized(sums) + normalized(titles))

    def _centred(self, rows: RowArray) -> tuple[FloatArray, FloatArray]:
        titles, sections = self._raw(rows)
        spoken = self._languages_of(rows)
        title_means, section_means = self._means
        return titles - title_means[spoken[0]], sections - section_means[spoken[1]]

    @cached_property
    def _means(self) -> tuple[FloatArray, FloatArray]:
        """The means of each language's titles and sections, each (languages, dimensions)."""
        rows = self._measured
        titles, sections = map(_means, self._raw(rows), self._languages_of(rows))
        return titles, sections

    def _languages_of(self, rows: RowArray) -> tuple[Languages, Languages]:
        facts = self._facts
        sections = runs(facts.section_offsets[rows], np.diff(facts.section_offsets)[rows])
        return facts.title_languages[rows], facts.section_languages[sections]

    @cached_property
    def _places(self) -> RowArray:
        return self._cache.places(self._facts.keys)

    def _raw(self, rows: RowArray) -> tuple[FloatArray, FloatArray]:
        """Return the vectors of some papers' titles and of their sections, as the encoder gave them."""
        passages = self.passages(rows)
        is_title = np.isin(passages, self._starts[rows])
        blocks = [(at, vectors) for at, vectors, _ in self._cache.vectors(self._places[passages])]
        found = np.zeros((len(passages), blocks[0][1].shape[1]), np.float32)
        for at, vectors in blocks:
            found[at] = vectors
        return found[is_title], found[~is_title]


def _means(vectors: FloatArray, languages: Languages) -> FloatArray:
    found = LanguageMeans(vectors.shape[1])
    found.add(vectors, languages)
    return found.means()
