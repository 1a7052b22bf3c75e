"""What was worked out before, in one SQLite file beside the generations. Nothing is computed twice.

Vectors are kept by encoder and text, parsed files and papers by their content, words by their analysis. The
file is written as work goes on, so a killed run loses at most the batch in hand; deleting it costs time,
never answers.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, RowArray, batches, offsets_of, runs
from index.encoding.encoder import Encoder, Fingerprint, Passage, PassageVectors
from index.errors import StoreError

Codes = npt.NDArray[np.int8]
Halves = npt.NDArray[np.float16]
Keys = npt.NDArray[np.bytes_]
"""Digests of 32 bytes, shape (n,)."""

T = TypeVar("T")

FORMAT = 2
KEY = np.dtype("S32")
BATCH = 512
_KEPT = "key, section, sentences"

_SCHEMA = """
CREATE TABLE vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, section BLOB NOT NULL, sentences BLOB NOT NULL);
CREATE TABLE queries (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    file TEXT PRIMARY KEY, version TEXT NOT NULL, digest BLOB NOT NULL, found TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE papers (digest BLOB PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE facts (
    paper BLOB PRIMARY KEY, version TEXT NOT NULL, numbers BLOB NOT NULL, kinds BLOB NOT NULL,
    languages BLOB NOT NULL, sentences BLOB NOT NULL, keys BLOB NOT NULL, labels TEXT NOT NULL, names TEXT NOT NULL);
CREATE TABLE counts (
    paper BLOB PRIMARY KEY, version TEXT NOT NULL, sizes BLOB NOT NULL, words BLOB NOT NULL, phrases BLOB NOT NULL);
CREATE TABLE strings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE words (id INTEGER PRIMARY KEY, version TEXT NOT NULL, morphemes TEXT, parts BLOB NOT NULL);
CREATE TABLE drawings (key BLOB PRIMARY KEY, places BLOB NOT NULL);
CREATE TABLE places (mark BLOB PRIMARY KEY, x REAL NOT NULL, y REAL NOT NULL) WITHOUT ROWID;
"""


class Cache:
    """Stored results of reading, counting and encoding; for one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = sqlite3.connect(path, timeout=60)
        try:
            self.database.execute("PRAGMA journal_mode = WAL")
            self.database.execute("PRAGMA synchronous = NORMAL")
            self._prepare()
        except BaseException:
            self.database.close()
            raise

    def _prepare(self) -> None:
        """Make the tables; of those of an earlier format only the vectors stay, for they take longest to work out."""
        if self._format() == FORMAT:
            return
        with self.database:
            self.database.execute("BEGIN EXCLUSIVE")
            earlier = self._format()
            if earlier == FORMAT:
                return
            found = self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found.fetchall()}
            kept = tables & {"vectors"} if earlier < FORMAT else set()
            for name in tables - kept:
                self.database.execute(f'DROP TABLE "{name}"')
            if kept:
                self.database.execute("ALTER TABLE vectors RENAME TO earlier")
            for statement in _SCHEMA.split(";")[:-1]:
                self.database.execute(statement)
            if kept:
                self.database.execute(f"INSERT INTO vectors ({_KEPT}) SELECT {_KEPT} FROM earlier")
                self.database.execute("DROP TABLE earlier")
            self.database.execute(f"PRAGMA user_version = {FORMAT}")

    def _format(self) -> int:
        return int(self.database.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        """Flush and release the file."""
        self.database.commit()
        self.database.close()

    def rows(self, query: str, keys: Sequence[Any], *constants: Any) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds for some keys, in no order; `{keys}` in it stands for a batch of them."""
        for batch in batches(keys, BATCH):
            yield from self.database.execute(query.format(keys=",".join("?" * len(batch))), (*constants, *batch))

    def put(self, found: Iterable[tuple[bytes, PassageVectors]]) -> None:
        """Store a batch of vectors durably."""
        rows = [(key, v.section.astype(np.float16).tobytes(), quantize(v.sentences).tobytes()) for key, v in found]
        with self.database:
            self.database.executemany("INSERT OR IGNORE INTO vectors (key, section, sentences) VALUES (?, ?, ?)", rows)

    def places(self, keys: Keys) -> RowArray:
        """Return where the vectors of each key are kept, as `vectors` takes it, or -1; shape (keys,)."""
        stored, ids = bytearray(), array("q")
        for key, place in self.database.execute("SELECT key, id FROM vectors ORDER BY key"):
            stored += key
            ids.append(place)
        if not ids:
            return np.full(len(keys), -1, np.int64)
        known = np.frombuffer(stored, KEY)
        nearest = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[nearest] == keys, np.frombuffer(ids, np.int64)[nearest], -1)

    def vectors(self, places: RowArray) -> Iterator[tuple[RowArray, Halves, Codes]]:
        """Yield positions in `places`, their section vectors, and the codes of all their sentences, batch by batch.

        Batches come in the order in which the vectors are stored; `places` must be known ones.
        """
        order = np.argsort(places, kind="stable")
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            ids, which = np.unique(places[batch], return_inverse=True)
            rows = list(
                self.rows("SELECT section, sentences FROM vectors WHERE id IN ({keys}) ORDER BY id", ids.tolist())
            )
            sections = np.frombuffer(b"".join(section for section, _ in rows), np.float16).reshape(len(rows), -1)
            codes = np.frombuffer(b"".join(sentences for _, sentences in rows), np.int8).reshape(-1, sections.shape[1])
            sizes = np.array([len(sentences) for _, sentences in rows], np.int64) // sections.shape[1]
            yield batch, sections[which], codes[runs(offsets_of(sizes)[which], sizes[which])]

    def query_vector(self, encoder: Encoder, text: str) -> FloatArray:
        """Return a query's vector, encoding it where it was not asked before."""
        key = hashlib.sha256(f"{_encoder_json(encoder.fingerprint)} {text}".encode("utf-8", "surrogatepass")).digest()
        found = self.database.execute("SELECT vector FROM queries WHERE key = ?", (key,)).fetchone()
        if found is not None:
            return np.frombuffer(found[0], np.float32)
        vector = encoder.encode_query(text).vector
        with self.database:
            self.database.execute("INSERT OR REPLACE INTO queries VALUES (?, ?)", (key, vector.tobytes()))
        return vector


@contextmanager
def open_cache(path: Path) -> Iterator[Cache]:
    """Yield the cache in a file, made where there is none; StoreError where the file is damaged."""
    with _damage_named(path), closing(Cache(path)) as cache:
        yield cache


def missing_in(path: Path, keys: Collection[bytes]) -> int:
    """Return how many of some different keys have no vectors in the cache in a file, which is only looked at."""
    if not path.is_file():
        return len(keys)
    with _damage_named(path), closing(look_into(path)) as database:
        return len(keys) - sum(key in keys for (key,) in database.execute("SELECT key FROM vectors"))


def look_into(path: Path) -> sqlite3.Connection:
    """Open a database to read it; one without a log is read as it lies, so that none is made."""
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname not in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
            raise
        raise StoreError(f"{path}: damaged ({error}); delete it, it is only made to save time") from error


def passage_key(encoder: Fingerprint, passage: Passage) -> bytes:
    """Return what a passage's vectors depend on, as a digest of 32 bytes."""
    spans = [(s.start, s.end) for s in passage.sentences]
    text = json.dumps([passage.text, spans], ensure_ascii=False)
    return hashlib.sha256(f"[{_encoder_json(encoder)}, {text[1:]}".encode("utf-8", "surrogatepass")).digest()


@lru_cache(maxsize=8)
def _encoder_json(encoder: Fingerprint) -> str:
    return json.dumps(asdict(encoder), ensure_ascii=False, sort_keys=True)


def quantize(vectors: FloatArray) -> Codes:
    """Return vectors as one signed byte a dimension, each scaled by its own largest value."""
    if not len(vectors):
        return np.zeros(vectors.shape, np.int8)
    scale = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    codes: Codes = np.rint(vectors / scale * 127).astype(np.int8)
    return codes
