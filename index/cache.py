"""What was worked out before: vectors by encoder and text, morphemes by word. Nothing is computed twice.

The cache is one SQLite file beside the generations. It is written as work goes on, so a killed run
loses at most the batch in hand; deleting it costs time, never answers.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import Fingerprint, Passage, PassageVectors
from index.errors import StoreError
from index.generation import morphemes_from_json, morphemes_to_json
from index.lexical import Morpheme
from index.vectors import FloatArray

Codes = npt.NDArray[np.int8]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, section BLOB NOT NULL, sentences BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS words (analysis TEXT, word TEXT, morphemes TEXT NOT NULL, PRIMARY KEY (analysis, word))
    WITHOUT ROWID;
"""


class Cache:
    """Stored results of encoding and Korean analysis."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Flush and release the file."""
        self._database.commit()
        self._database.close()

    def missing(self, keys: Sequence[bytes]) -> list[int]:
        """Return the positions of the keys that have no vectors yet."""
        find = "SELECT 1 FROM vectors WHERE key = ?"
        return [i for i, key in enumerate(keys) if self._database.execute(find, (key,)).fetchone() is None]

    def put(self, found: Iterable[tuple[bytes, PassageVectors]]) -> None:
        """Store a batch of vectors durably."""
        rows = [(key, v.section.astype(np.float16).tobytes(), quantize(v.sentences).tobytes()) for key, v in found]
        with self._database:
            self._database.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)", rows)

    def vectors(self, keys: Iterable[bytes]) -> Iterator[tuple[FloatArray, Codes]]:
        """Yield each key's section vector and its sentences' codes, shape (sentences, dimensions)."""
        for key in keys:
            section, sentences = self._database.execute(
                "SELECT section, sentences FROM vectors WHERE key = ?", (key,)
            ).fetchone()
            vector = np.frombuffer(section, np.float16).astype(np.float32)
            yield vector, np.frombuffer(sentences, np.int8).reshape(-1, len(vector))

    def words(self, analysis: str, words: Iterable[str]) -> dict[str, tuple[Morpheme, ...]]:
        """Return the morphemes of those words that this analysis has seen."""
        find = "SELECT morphemes FROM words WHERE analysis = ? AND word = ?"
        found = ((word, self._database.execute(find, (analysis, word)).fetchone()) for word in words)
        return {word: morphemes_from_json(row[0]) for word, row in found if row is not None}

    def put_words(self, analysis: str, words: dict[str, tuple[Morpheme, ...]]) -> None:
        """Store the morphemes of words durably."""
        rows = [(analysis, word, morphemes_to_json(morphemes)) for word, morphemes in words.items()]
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", rows)


@contextmanager
def open_cache(path: Path) -> Iterator[Cache]:
    """Yield the cache in a file, made where there is none; StoreError where the file is damaged."""
    try:
        cache = Cache(path)
        try:
            yield cache
        finally:
            cache.close()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname not in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
            raise
        raise StoreError(f"{path}: damaged ({error}); delete it, it is only made to save time") from error


def passage_key(encoder: Fingerprint, passage: Passage) -> bytes:
    """Return what a passage's vectors depend on, as a digest of 32 bytes."""
    spans = [(s.start, s.end) for s in passage.sentences]
    parts = json.dumps([asdict(encoder), passage.text, spans], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).digest()


def quantize(vectors: FloatArray) -> Codes:
    """Return vectors as one signed byte a dimension, each scaled by its own largest value."""
    if not len(vectors):
        return np.zeros(vectors.shape, np.int8)
    scale = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    codes: Codes = np.rint(vectors / scale * 127).astype(np.int8)
    return codes
