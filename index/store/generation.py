"""One generation of a store on disk: its files, its manifest, and how it is read.

    store/CURRENT                       the name of the generation in force
    store/generations/NAME/manifest.json, papers.sqlite, sections.faiss, titles.npy, sentences.npy, layout.npz
                                        topics.npz, map.npz

Where the store is in Milvus, `sections.milvus` is in the place of `sections.faiss` and says where the sections are.
A generation never changes once it is published. Row i of `sections.faiss` is section i in the order of
the papers; it holds the section's vector plus TITLE_SHARE times its paper's title vector, so that one
search ranks by both. Section and title vectors are measured from the means of their languages.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import starmap
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Offsets, RowArray, offsets_of, runs
from index.errors import StoreError, UnknownPaper
from index.paper import Kind, Paper
from index.store import tables
from index.store.layout import KINDS, TITLE_SHARE, Layout
from index.store.manifest import (
    LAYOUT,
    PAPERS,
    SENTENCES,
    TITLES,
    TOPICS,
    Manifest,
)
from index.store.map_points import MapPoints
from index.store.remembered import Remembered
from index.store.stored_rows import StoredRows
from index.store.vectors import SectionIndex
from index.store.verified import check_unchanged
from index.words.spelled_names import Author, SpelledName, spelled_names
from index.words.topics import Topics, topic_of

COMPARABLE = 20
"""With fewer papers there is too little to compare a title with."""
DOUBTFUL = 1.0
"""A summary that agrees less with its title is flagged."""


@dataclass(frozen=True, slots=True, eq=False)
class Nearness:
    """How near the sentences of some papers come to a vector, (sentences,), and what is usual in the language of each.

    `papers` and `sections` say where the sentences of each begin, `rows` which sections these are.
    """

    papers: Offsets
    sections: Offsets
    rows: RowArray
    similarities: FloatArray
    usual: FloatArray

    def by_section(self, values: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
        """Return values of the sentences, (sentences,), section by section."""
        return np.split(values, self.sections[1:-1]) if len(self.rows) else []


class Generation:
    """A published generation, open for reading; safe to share between threads.

    `open_index` opens the vectors of the sections, wherever they are, once the files were found to be intact.
    """

    def __init__(self, folder: Path, open_index: Callable[[Path], SectionIndex]) -> None:
        self.folder = folder
        self.manifest = Manifest.read(folder)
        check_unchanged(folder, self.manifest)
        self.layout = Layout.read(folder / LAYOUT)
        self.index = open_index(folder)
        self._titles = _mapped(folder / TITLES)
        self._sentences = StoredRows(folder / SENTENCES)
        with np.load(folder / TOPICS, allow_pickle=False) as arrays:
            self.topics = Topics(*(arrays[name].astype(np.float32) for name in ("papers", "terms", "mean")))
        self.map_points = MapPoints.read(folder)
        self._check_counts()
        self._database = sqlite3.connect(
            f"{(folder / PAPERS).resolve().as_uri()}?immutable=1", uri=True, check_same_thread=False
        )
        # What is remembered holds the database alone: holding this generation too, it would outlive its last user.
        self.posting = Remembered(partial(tables.postings, self._database), 512)
        self.word = Remembered(partial(tables.words, self._database), 8192)
        self.paper = Remembered(partial(tables.papers, self._database), 512)
        self.piece = Remembered(partial(tables.pieces, self._database), 8192)
        self.glossary = Remembered(partial(tables.glossary, self._database), 8192)
        self.spelling = Remembered(partial(tables.spellings, self._database), 4096)
        self.loans = lru_cache(maxsize=8192)(partial(tables.loans, self._database))

    @property
    def name(self) -> str:
        """The generation's name."""
        return self.manifest.name

    def doubtful(self, row: int) -> bool:
        """Return whether a paper's summary seems to be that of another paper."""
        return bool(self.doubts(np.array([row]))[0])

    def doubts(self, rows: RowArray) -> npt.NDArray[np.bool_]:
        """Return which of some papers have a summary that seems to be that of another paper."""
        least = DOUBTFUL if self.manifest.papers >= COMPARABLE else -np.inf
        found: npt.NDArray[np.bool_] = self.layout.agreement[rows] < least
        return found

    def close(self) -> None:
        """Release the database; the arrays go with the last reference."""
        self._database.close()

    def _check_counts(self) -> None:
        sections, sentences = len(self.layout.section_kinds), len(self._sentences)
        seen = (len(self._titles), sections, sentences, self.index.rows)
        said = (self.manifest.papers, self.manifest.sections, self.manifest.sentences, self.manifest.sections)
        if seen != said or len(self.layout.sentence_offsets) != sections + 1:
            raise StoreError(f"{self.folder}: row counts {seen} differ from the manifest's {said}; run: nonmun index")

    def row_of(self, paper_id: str) -> int:
        """Return a paper's row; UnknownPaper where the store has no such id."""
        found = self._database.execute("SELECT row FROM papers WHERE id = ?", (paper_id,)).fetchone()
        if found is None:
            raise UnknownPaper(f"no paper with the id {paper_id!r} in this store")
        return int(found[0])

    def papers(self) -> Iterator[Paper]:
        """Yield every paper, by row."""
        return (Paper.from_json(text) for _, text in self.texts())

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every paper's id and what `Paper.to_json` gives of it, by row."""
        return self._database.execute("SELECT id, body FROM papers ORDER BY row")

    def spelled_names(self, words: Sequence[str]) -> list[SpelledName]:
        """Return the authors' names that words of a query spell in Hangul, the likeliest first."""
        find = "SELECT name, prior FROM author_sounds WHERE key = ?"
        return spelled_names(words, lambda key: starmap(Author, self._database.execute(find, (key,))), self.piece)

    def ids(self) -> list[str]:
        """Return every paper's id, in the order of their rows."""
        return [str(found) for (found,) in self._database.execute("SELECT id FROM papers ORDER BY row")]

    def terms_beginning(self, letters: str) -> list[str]:
        """Return the terms that begin with some letters."""
        find = "SELECT term FROM terms WHERE term >= ? AND term < ?"
        return [term for (term,) in self._database.execute(find, (letters, letters + "\U0010ffff"))]

    def labelled(self, label: str) -> npt.NDArray[np.int32]:
        """Return the rows of the papers with a label such as `author:kim` or `field:cs.cl`, ascending."""
        found = self._database.execute("SELECT rows FROM labels WHERE label = ?", (label,)).fetchone()
        return np.frombuffer(found[0] if found else b"", np.int32)

    def labels(self) -> Iterator[tuple[str, npt.NDArray[np.int32]]]:
        """Yield every label with the rows of the papers that have it."""
        for label, rows in self._database.execute("SELECT label, rows FROM labels"):
            yield label, np.frombuffer(rows, np.int32)

    def named(self, name: str) -> RowArray:
        """Return the rows of the papers that go by a name in its plain form, ascending."""
        found = self._database.execute("SELECT row FROM names WHERE name = ? ORDER BY row", (name,))
        return np.array([row for (row,) in found], np.int64)

    def title_vectors(self, rows: npt.NDArray[np.int64]) -> FloatArray:
        """Return the title vectors of some papers from their languages' means, shape (len(rows), dimensions)."""
        return np.asarray(self._titles[rows], np.float32)

    def section_vectors(self, sections: npt.NDArray[np.int64]) -> FloatArray:
        """Return the vectors of some sections from their languages' means, shape (len(sections), dimensions)."""
        titles = self.title_vectors(self.layout.section_papers[sections])
        return self.index.vectors(sections) - np.float32(TITLE_SHARE) * titles

    def sentence_vectors(self, section: int) -> FloatArray:
        """Return the unit vectors of one section's sentences, shape (sentences, dimensions)."""
        bounds = self.layout.sentence_offsets[section : section + 2]
        codes: FloatArray = self._sentences.ranges(bounds[:1], bounds[1:]).astype(np.float32)
        return codes * self.layout.sentence_scales[bounds[0] : bounds[1], None]

    def sentences_near(self, papers: RowArray, vector: FloatArray) -> Nearness:
        """Return how near all sentences of some papers come to a unit vector."""
        layout = self.layout
        firsts, ends = layout.section_offsets[papers], layout.section_offsets[papers + 1]
        rows = runs(firsts, ends - firsts)
        starts, sizes = layout.sentence_offsets[rows], layout.sentence_offsets[rows + 1] - layout.sentence_offsets[rows]
        sections = offsets_of(sizes)
        found = self._sentences.ranges(layout.sentence_offsets[firsts], layout.sentence_offsets[ends])
        similarities = (found.astype(np.float32) @ vector) * layout.sentence_scales[runs(starts, sizes)]
        usual = np.repeat((layout.sentence_means @ vector)[layout.section_languages[rows]], sizes)
        return Nearness(sections[offsets_of(ends - firsts)], sections, rows, similarities, usual)

    def best_sentences(self, rows: RowArray, vector: FloatArray, kind: Kind | None = None) -> FloatArray:
        """Return the similarity of each of some papers' best sentence to a unit vector, shape (len(rows),).

        Similarities are measured from the mean of the sentence's language.
        With a kind, only sentences of such sections count.
        """
        if not len(rows):
            return np.zeros(0, np.float32)
        near = self.sentences_near(rows, vector)
        similarities = near.similarities - near.usual
        if kind is not None:
            others = self.layout.section_kinds[near.rows] != KINDS.index(kind)
            similarities[np.repeat(others, np.diff(near.sections))] = -1
        found: FloatArray = np.maximum.reduceat(similarities, near.papers[:-1])
        return found

    def topic_of(self, counts: Mapping[str, float]) -> FloatArray:
        """Return the unit topic vector of a text from how often it counts each term, shape (topics,)."""
        find = "SELECT number, idf FROM terms WHERE term = ?"
        found = [(self._database.execute(find, (term,)).fetchone(), n) for term, n in sorted(counts.items())]
        known = [(row[0], row[1], n) for row, n in found if row is not None]
        if not known:
            return np.zeros_like(self.topics.mean)
        numbers, idf, frequencies = (np.array(values) for values in zip(*known, strict=True))
        return topic_of(frequencies, idf, self.topics.terms[numbers], self.topics.mean)


def _mapped(path: Path) -> npt.NDArray[Any]:
    """Return the array in a file without reading it; a plain view, as memmap's own indexing is slow."""
    mapped: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)
    return mapped
