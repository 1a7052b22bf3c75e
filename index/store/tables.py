"""The tables that hold what papers say: their schema, and how each is read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np

from index.paper import Paper
from index.words.bm25 import Posting
from index.words.glossary import Entry, Phrase
from index.words.lexical import Morpheme, morphemes_from_json
from index.words.loans import Loan, Sound
from index.words.loans import loans as spelled
from index.words.sounds import Reading

SCHEMA = """
CREATE TABLE papers (row INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE terms (
    term TEXT PRIMARY KEY, number INTEGER NOT NULL, spelling TEXT NOT NULL, idf REAL NOT NULL,
    rows BLOB NOT NULL, weights BLOB NOT NULL);
CREATE TABLE glossary (phrase TEXT, other TEXT, weight REAL NOT NULL, together INTEGER NOT NULL);
CREATE INDEX glossary_phrase ON glossary (phrase);
CREATE TABLE labels (label TEXT PRIMARY KEY, rows BLOB NOT NULL);
CREATE TABLE names (name TEXT, row INTEGER, PRIMARY KEY (name, row)) WITHOUT ROWID;
CREATE TABLE words (word TEXT PRIMARY KEY, morphemes TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE pieces (surface TEXT PRIMARY KEY, term TEXT NOT NULL, cost REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE sounds (
    skeleton TEXT NOT NULL, consonants TEXT NOT NULL, slots TEXT NOT NULL, term TEXT NOT NULL, prior REAL NOT NULL);
CREATE INDEX sounds_skeleton ON sounds (skeleton);
CREATE TABLE author_sounds (
    key TEXT, name TEXT, prior REAL NOT NULL, PRIMARY KEY (key, name)) WITHOUT ROWID;
"""


def paper(database: sqlite3.Connection, row: int) -> Paper:
    """Return the paper of a row."""
    found = database.execute("SELECT body FROM papers WHERE row = ?", (row,)).fetchone()
    return Paper.from_json(found[0])


def posting(database: sqlite3.Connection, term: str) -> Posting | None:
    """Return the papers that hold a term, or None where none does."""
    found = database.execute("SELECT rows, weights, idf FROM terms WHERE term = ?", (term,)).fetchone()
    if found is None:
        return None
    return Posting(np.frombuffer(found[0], np.int32), np.frombuffer(found[1], np.float32), found[2])


def word(database: sqlite3.Connection, word: str) -> tuple[Morpheme, ...] | None:
    """Return the morphemes of a Hangul word that the archive writes, or None."""
    found = database.execute("SELECT morphemes FROM words WHERE word = ?", (word,)).fetchone()
    return None if found is None else morphemes_from_json(found[0])


def loans(database: sqlite3.Connection, word: str) -> tuple[Loan, ...]:
    """Return the Latin terms that a Hangul word spells, the likeliest first."""
    find = "SELECT consonants, slots, term, prior FROM sounds WHERE skeleton = ?"

    def sounding(skeleton: str) -> Iterator[Sound]:
        for consonants, slots, term, prior in database.execute(find, (skeleton,)):
            yield Sound(Reading(consonants, tuple(slots.split("-"))), term, prior)

    return tuple(spelled(word, sounding))


def spelling(database: sqlite3.Connection, term: str) -> str:
    """Return how the archive usually writes a term; a term that it lacks is returned as it is."""
    found = database.execute("SELECT spelling FROM terms WHERE term = ?", (term,)).fetchone()
    return str(found[0]) if found else term


def glossary(database: sqlite3.Connection, phrase: Phrase) -> tuple[Entry, ...]:
    """Return what a phrase stands for in the other language, the weightiest first."""
    find = "SELECT other, weight, together FROM glossary WHERE phrase = ? ORDER BY weight DESC, other"
    found = database.execute(find, (" ".join(phrase),))
    return tuple(Entry(phrase, tuple(other.split(" ")), weight, together) for other, weight, together in found)
