"""The tables that hold what papers say: their schema, and how each is read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence

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


def papers(database: sqlite3.Connection, rows: Sequence[int]) -> dict[int, Paper]:
    """Return the papers of some rows."""
    find = "SELECT row, body FROM json_each(?) CROSS JOIN papers ON row = value"
    return {row: Paper.from_json(body) for row, body in database.execute(find, (json.dumps(rows),))}


def postings(database: sqlite3.Connection, terms: Sequence[str]) -> dict[str, Posting | None]:
    """Return the papers that hold each of some terms, or None where none does."""
    find = "SELECT term, rows, weights, idf FROM json_each(?) CROSS JOIN terms ON term = value"
    return dict.fromkeys(terms) | {
        term: Posting(np.frombuffer(rows, np.int32), np.frombuffer(weights, np.float32), idf)
        for term, rows, weights, idf in database.execute(find, (json.dumps(terms),))
    }


def words(database: sqlite3.Connection, words: Sequence[str]) -> dict[str, tuple[Morpheme, ...] | None]:
    """Return the morphemes of each of some Hangul words, or None where the archive never writes it."""
    find = "SELECT word, morphemes FROM json_each(?) CROSS JOIN words ON word = value"
    found = database.execute(find, (json.dumps(words),))
    return dict.fromkeys(words) | {word: morphemes_from_json(morphemes) for word, morphemes in found}


def pieces(database: sqlite3.Connection, surfaces: Sequence[str]) -> dict[str, tuple[str, float] | None]:
    """Return the term that each of some parts of Hangul words stands for, and what it costs to read it so, or None."""
    find = "SELECT surface, term, cost FROM json_each(?) CROSS JOIN pieces ON surface = value"
    found = database.execute(find, (json.dumps(surfaces),))
    return dict.fromkeys(surfaces) | {surface: (term, cost) for surface, term, cost in found}


def loans(database: sqlite3.Connection, word: str) -> tuple[Loan, ...]:
    """Return the Latin terms that a Hangul word spells, the likeliest first."""
    find = "SELECT consonants, slots, term, prior FROM sounds WHERE skeleton = ?"

    def sounding(skeleton: str) -> Iterator[Sound]:
        for consonants, slots, term, prior in database.execute(find, (skeleton,)):
            yield Sound(Reading(consonants, tuple(slots.split("-"))), term, prior)

    return tuple(spelled(word, sounding))


def spellings(database: sqlite3.Connection, terms: Sequence[str]) -> dict[str, str]:
    """Return how the archive usually writes each of some terms; a term that it lacks is returned as it is."""
    find = "SELECT term, spelling FROM json_each(?) CROSS JOIN terms ON term = value"
    return {term: term for term in terms} | dict(database.execute(find, (json.dumps(terms),)))


def glossary(database: sqlite3.Connection, phrases: Sequence[Phrase]) -> dict[Phrase, tuple[Entry, ...]]:
    """Return what each of some phrases stands for in the other language, the weightiest first."""
    find = """SELECT phrase, other, weight, together FROM json_each(?) CROSS JOIN glossary ON phrase = value
        ORDER BY weight DESC, other"""
    found: dict[Phrase, tuple[Entry, ...]] = dict.fromkeys(phrases, ())
    for text, other, weight, together in database.execute(find, (json.dumps([" ".join(one) for one in phrases]),)):
        phrase = tuple(text.split(" "))
        found[phrase] += (Entry(phrase, tuple(other.split(" ")), weight, together),)
    return found
