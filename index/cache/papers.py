"""Parsed files and papers in the cache: an unchanged file is not parsed again, and papers are read one by one."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from sys import intern
from typing import overload

from index import ids, paper
from index.arrays import batches
from index.cache.database import Cache
from index.paper import Paper, text_digest
from index.sources.corpus import FileRead, SourceEntry
from index.sources.forms import code
from index.sources.parsed import Skipped
from index.versions import version_of

_AT_ONCE = 256


class PaperCache:
    """What files gave, and papers, as the cache keeps them."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._version = version_of(code(), ids, paper, sys.modules[__name__])

    def known(self, file: str, text: str) -> FileRead | None:
        """Return what a file of this name and text gave before, read by the same code."""
        find = "SELECT found FROM files WHERE file = ? AND version = ? AND digest = ?"
        found = self._cache.database.execute(find, (file, self._version, _digest(text))).fetchone()
        return None if found is None else _from_json(file, found[0])

    def keep(self, file: str, text: str, read: FileRead, papers: Sequence[Paper]) -> None:
        """Keep what a file gave, in place of what it gave before, and its papers."""
        self.add(papers)
        row = (file, self._version, _digest(text), _to_json(read))
        with self._cache.database as database:
            database.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)

    def add(self, papers: Sequence[Paper]) -> None:
        """Keep some papers."""
        rows = ((bytes.fromhex(text_digest(text)), text) for text in (paper.to_json() for paper in papers))
        with self._cache.database as database:
            database.executemany("INSERT OR IGNORE INTO papers VALUES (?, ?)", rows)

    def papers(self, digests: Sequence[bytes]) -> StoredPapers:
        """Return kept papers, in the order of their digests."""
        return StoredPapers(self._cache, digests)


class StoredPapers(Sequence[Paper]):
    """Papers in the cache, each read when it is asked for."""

    def __init__(self, cache: Cache, digests: Sequence[bytes]) -> None:
        self._cache = cache
        self._digests = digests

    def __len__(self) -> int:
        return len(self._digests)

    @overload
    def __getitem__(self, place: int) -> Paper: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Paper]: ...

    def __getitem__(self, place: int | slice) -> Paper | Sequence[Paper]:
        if isinstance(place, slice):
            return StoredPapers(self._cache, self._digests[place])
        return next(papers_of(self._cache, [self._digests[place]]))

    def __iter__(self) -> Iterator[Paper]:
        return papers_of(self._cache, self._digests)


def papers_of(cache: Cache, digests: Iterable[bytes]) -> Iterator[Paper]:
    """Yield kept papers, in the order of their digests."""
    return map(Paper.from_json, bodies_of(cache, digests))


def bodies_of(cache: Cache, digests: Iterable[bytes]) -> Iterator[str]:
    """Yield kept papers as `Paper.from_json` reads them, in the order of their digests."""
    for batch in batches(digests, _AT_ONCE):
        found = dict(cache.rows("SELECT digest, body FROM papers WHERE digest IN ({keys})", batch))
        yield from (found[digest] for digest in batch)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _to_json(read: FileRead) -> str:
    papers = [[p.digest.hex(), p.id, p.date, p.headings] for p in read.papers]
    skipped = [[skip.line, skip.reason, skip.unread, skip.kept] for skip in read.skipped]
    told = [read.controls, read.form, read.others, read.why]
    return json.dumps([papers, read.entries, skipped, *told], ensure_ascii=False)


def _from_json(file: str, text: str) -> FileRead:
    papers, entries, skipped, controls, form, others, why = json.loads(text)
    found = tuple(SourceEntry(bytes.fromhex(d), name, date, tuple(map(intern, said))) for d, name, date, said in papers)
    told = tuple(Skipped(file, *skip) for skip in skipped)
    return FileRead(found, entries, told, controls, form, tuple(map(tuple, others)), why)
