"""Putting a generation in force: written beside the others, made durable, tried, then one rename."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from index.durable import file_digest, replace_text, sync
from index.errors import StoreError
from index.milvus.upload import discard as discard_remote
from index.milvus.upload import hand_over
from index.milvus.upload import put_in_force as switch
from index.publishing.opening import opened
from index.store.address import address_of
from index.store.generation import Generation
from index.store.layout import Layout
from index.store.manifest import (
    CACHE,
    CURRENT,
    DATA_FILES,
    GENERATIONS,
    LAYOUT,
    MANIFEST,
    REMEDY,
    Background,
    Manifest,
    generation_folders,
    seal,
)
from index.versions import made_with
from index.words.names import plain

_STAMP = "%Y%m%dT%H%M%S.%f"
_DRAFT = ".draft-"
_CLOSE = 0.9


@contextmanager
def draft(store: Path) -> Iterator[Path]:
    """Yield a new folder for a generation's files; whatever is still in it on the way out is removed."""
    home = store / GENERATIONS / f"{_DRAFT}{os.getpid()}-{uuid4().hex[:8]}"
    folder = home / "files"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(home, ignore_errors=True)
        with suppress(OSError):  # there are other generations
            home.parent.rmdir()


def sweep(store: Path) -> None:
    """Remove what killed runs have left; only for who holds the store's lock."""
    for path in leftovers(store):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def leftovers(store: Path) -> list[Path]:
    """Return what runs that are under way, or were killed, have begun."""
    return [*(store / GENERATIONS).glob(f"{_DRAFT}*"), *store.glob(f".{CURRENT}-*"), *store.glob(f".{CACHE}*")]


def remove_database(path: Path) -> None:
    """Remove an SQLite file and then its log, which by itself is nothing to SQLite."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Remove a generation: first its name, so that a half removed one is never taken for a generation."""
    discard_remote(folder.parent.parent, folder.name)
    trash = folder.with_name(f"{_DRAFT}{os.getpid()}-{uuid4().hex[:8]}")
    folder.rename(trash)
    shutil.rmtree(trash, ignore_errors=True)


def publish(
    store: Path, folder: Path, encoder: dict[str, Any], sources: Sequence[str], background: Background
) -> Manifest:
    """Complete a draft with its manifest, and put it in force.

    Raises:
        StoreError: it does not answer as it should; the generation in force stays.
    """
    layout = Layout.read(folder / LAYOUT)
    now = datetime.now(UTC)
    manifest = Manifest(
        name="",
        created=now.isoformat(timespec="seconds"),
        encoder=encoder,
        made_with=made_with(),
        papers=len(layout.dates),
        sections=len(layout.section_kinds),
        sentences=int(layout.sentence_offsets[-1]),
        files={n: {"bytes": (folder / n).stat().st_size, "sha256": file_digest(folder / n)} for n in DATA_FILES},
        sources=tuple(sources),
        background=background,
    )
    data = manifest.to_json()
    (folder / MANIFEST).write_bytes(data)
    return put_in_force(store, folder.rename(folder.with_name(f"{_stamp(store, now):{_STAMP}}-{seal(data)}")))


def _stamp(store: Path, now: datetime) -> datetime:
    """Return the time, or one just after the newest generation's where the clock was set back."""
    for folder in reversed(generation_folders(store)):
        with suppress(ValueError):
            newest = datetime.strptime(folder.name.partition("-")[0], _STAMP).replace(tzinfo=UTC)
            return max(now, newest + timedelta(microseconds=1))
    return now


def put_in_force(store: Path, folder: Path) -> Manifest:
    """Make a complete draft durable, try it, and point the store to it by one rename; StoreError as for `publish`."""
    for path in [*folder.iterdir(), folder]:
        sync(path)
    manifest = probe(folder)
    home = store / GENERATIONS
    folder.rename(home / folder.name)
    sync(home)
    point_to(store, folder.name)
    return manifest


def probe(folder: Path) -> Manifest:
    """Open a generation as every reader does, and ask it for a paper that it must find.

    Raises:
        StoreError: a file is missing, damaged, or does not hold what it should.
    """
    with closing(opened(folder)) as generation:
        try:
            _ask(generation)
        except StoreError:
            raise
        except (sqlite3.Error, ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise StoreError(f"{folder}: cannot answer: {type(error).__name__}: {error}") from error
        return generation.manifest


def _ask(generation: Generation) -> None:
    section = generation.manifest.sections // 2
    row = int(generation.layout.section_papers[section])
    paper = generation.paper(row)
    (vector,) = generation.index.vectors(np.array([section]))
    scores, _ = generation.index.search(vector, 1)
    name = plain(paper.title)
    finds = {
        "id": generation.row_of(paper.id) == row,
        "title": not name or row in generation.named(name),
        "vector": bool(scores[0] >= _CLOSE * (vector @ vector)),
        "sentences": bool(np.isfinite(generation.sentence_vectors(section)).all()),
    }
    if not all(finds.values()):
        failing = next(key for key, is_found in finds.items() if not is_found)
        raise StoreError(f"{generation.folder}: does not find {paper.id} by its {failing}; {REMEDY}")


def point_to(store: Path, name: str) -> None:
    """Put a generation in force, durably, by one rename; where the store is in Milvus, there first, by its alias.

    Raises:
        StoreError: Milvus cannot hold it, or does not answer from it as it should.
        BusyError: another machine has put a generation in force meanwhile.
    """
    if address := address_of(store):
        folder = store / GENERATIONS / name
        hand_over(address, folder)
        probe(folder)
        switch(address, store, name)
    replace_text(store / CURRENT, name + "\n")
