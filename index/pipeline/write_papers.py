"""The files of a generation that hold what papers say: their texts, terms, topics, labels and words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray
from index.cache.database import Cache
from index.cache.paper_facts import PaperFacts, label_rows, name_rows
from index.cache.papers import bodies_of
from index.pipeline.lexicon import Lexicon
from index.sources.corpus import SourceEntry
from index.store import manifest as m
from index.store import tables
from index.words.agreement import Entries, said
from index.words.associations import Association, associations
from index.words.bm25 import postings
from index.words.glossary import Entry as Translation
from index.words.loans import sounds
from index.words.spelled_names import name_sounds
from index.words.topics import topics

GlossaryRow = tuple[str, str, float, int]


def write_papers(
    folder: Path, papers: Sequence[SourceEntry], facts: PaperFacts, lexicon: Lexicon, cache: Cache
) -> FloatArray:
    """Write texts, postings, glossary, topics, labels and the word table.

    Returns how much of each paper's title its sections say, shape (papers,).
    """
    spellings = lexicon.spellings()
    words = associations(lexicon.papers, lexicon.terms, spellings)
    phrases = list(lexicon.phrases().entries())
    with closing(sqlite3.connect(folder / m.PAPERS)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.executescript(tables.SCHEMA)
        bodies = zip(papers, bodies_of(cache, [paper.digest for paper in papers]), strict=True)
        rows = ((row, paper.id, body) for row, (paper, body) in enumerate(bodies))
        database.executemany("INSERT INTO papers VALUES (?, ?, ?)", rows)
        weights = _write_terms(database, lexicon, spellings)
        database.executemany("INSERT INTO glossary VALUES (?, ?, ?, ?)", _glossary_rows(phrases, words.translations))
        database.executemany("INSERT INTO labels VALUES (?, ?)", label_rows(facts))
        database.executemany("INSERT INTO names VALUES (?, ?)", name_rows(facts))
        database.executemany("INSERT INTO words VALUES (?, ?)", sorted(lexicon.words()))
        database.executemany("INSERT INTO pieces VALUES (?, ?, ?)", lexicon.pieces())
        database.executemany("INSERT INTO sounds VALUES (?, ?, ?, ?, ?)", _sound_rows(lexicon, _holders(lexicon)))
        database.executemany("INSERT INTO author_sounds VALUES (?, ?, ?)", _name_rows(database))
        database.commit()
        database.execute("PRAGMA optimize")
    _write_topics(folder, lexicon)
    return said(lexicon.titles, lexicon.papers, weights, _entries(phrases, words.related, lexicon.terms))


def _write_terms(database: sqlite3.Connection, lexicon: Lexicon, spellings: Sequence[str]) -> npt.NDArray[np.float64]:
    """Write the terms with their postings; return the idf of each."""
    found = postings(lexicon.papers)
    order = sorted(range(len(found)), key=lexicon.terms.__getitem__)
    rows = ((lexicon.terms[i], i, spellings[i], p.idf, p.rows.data, p.weights.data) for i in order for p in [found[i]])
    database.executemany("INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?)", rows)
    return found.idf


def _write_topics(folder: Path, lexicon: Lexicon) -> None:
    found = topics(lexicon.papers, lexicon.terms)
    np.savez(
        folder / m.TOPICS,
        papers=found.papers.astype(np.float16),
        terms=found.terms.astype(np.float16),
        mean=found.mean,
    )


def _glossary_rows(phrases: Sequence[Translation], words: Sequence[Association]) -> Iterator[GlossaryRow]:
    """Yield the phrases found in brackets, then the words that go together and are not among them."""
    bracketed = set()
    for entry in phrases:
        phrase, other = " ".join(entry.phrase), " ".join(entry.other)
        bracketed.add((phrase, other))
        yield phrase, other, entry.weight, entry.together
    for found in words:
        if (found.term, found.other) not in bracketed:
            yield found.term, found.other, found.weight, found.together


def _holders(lexicon: Lexicon) -> dict[str, int]:
    """Return how many papers hold each term."""
    counts = np.bincount(lexicon.papers.indices, minlength=len(lexicon.terms)).tolist()
    return dict(zip(lexicon.terms, counts, strict=True))


def _sound_rows(lexicon: Lexicon, holders: Mapping[str, int]) -> Iterator[tuple[str, str, str, str, float]]:
    for skeleton, sound in sounds(lexicon.written(), holders.__getitem__):
        yield skeleton, sound.reading.consonants, "-".join(sound.reading.slots), sound.term, round(sound.prior, 3)


def _name_rows(database: sqlite3.Connection) -> Iterator[tuple[str, str, float]]:
    find = "SELECT value, COUNT(*) FROM papers, json_each(body, '$.authors') GROUP BY value ORDER BY value"
    for key, name, prior in name_sounds(database.execute(find)):
        yield key, name, round(prior, 3)


def _entries(phrases: Sequence[Translation], related: Sequence[Association], terms: Sequence[str]) -> Entries:
    """Return the phrases in brackets and the related words that single terms have, by their columns."""
    columns: Mapping[str, int] = {term: column for column, term in enumerate(terms)}
    found: dict[int, list[list[int]]] = {}
    for entry in phrases:
        if len(entry.phrase) == 1 and entry.phrase[0] in columns:
            others = [columns.get(term, -1) for term in entry.other]
            found.setdefault(columns[entry.phrase[0]], []).append(others)
    for one in related:
        found.setdefault(columns[one.term], []).append([columns[one.other]])
    return Entries(found, len(terms))
