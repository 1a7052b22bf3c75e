"""Looking a store over: what is whole, what is not, and what to run about it. Nothing is changed."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from index.cache.database import look_into
from index.durable import file_digest
from index.errors import BusyError, NonmunError, SourceError, StoreError
from index.milvus.upload import vectors_file
from index.publishing.lock import holder
from index.publishing.opening import open_generation
from index.publishing.publish import leftovers, probe
from index.sources.changes import changes_of
from index.sources.corpus import read_corpus
from index.store.address import shown
from index.store.generation import Generation
from index.store.manifest import CACHE, SECTIONS, Manifest, current_folder, files_here, generation_folders
from index.versions import made_with

_SHOWN = 10
_ROOM_FOR = 3


class State(StrEnum):
    """How bad a finding is: `bad` keeps the store from answering, or from answering rightly."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to run about it."""

    about: str
    state: State
    says: str
    run: str | None = None


def examine(store: Path, ask: Callable[[Generation], None]) -> Iterator[Finding]:
    """Yield what is found of a store, one thing after another.

    `ask` puts a question to a generation with the encoder that it was built with, and raises NonmunError
    where that cannot be done.
    """
    try:
        generation = open_generation(store)
    except StoreError as error:
        yield Finding("generation", State.BAD, str(error), _way_out(store))
    else:
        with closing(generation):
            yield from _generation(store, generation, ask)
    yield from _others(store)
    yield from _cache(store)
    yield from _writer(store)


def _command(name: str, store: Path, *words: str) -> str:
    return shlex.join(["nonmun", name, *words, "--store", shown(store)])


def _index(store: Path, manifest: Manifest | None = None, *options: str) -> str:
    return _command("index", store, *(manifest.sources if manifest else ("SOURCE",)), *options)


def _way_out(store: Path) -> str:
    """Return what to run where no generation is in force: go back where one is whole, else build."""
    for folder in reversed(generation_folders(store)):
        try:
            return _command("rollback", store, probe(folder).name)
        except StoreError:
            continue
    return _index(store)


def _generation(store: Path, generation: Generation, ask: Callable[[Generation], None]) -> Iterator[Finding]:
    manifest = generation.manifest
    files = len(files_here(generation.folder))
    whole = f"{manifest.name}, made {manifest.created}; its {files} files are as they were written"
    yield Finding("generation", State.OK, whole)
    yield _rows(store, generation)
    yield from _milvus(store, generation)
    yield _encoder(store, generation, ask)
    yield _code(store, manifest)
    yield from _sources(store, generation)
    yield _doubtful(store, generation)
    yield _room(store, manifest)


def _rows(store: Path, generation: Generation) -> Finding:
    manifest = generation.manifest
    counts = f"{manifest.papers:,} papers, {manifest.sections:,} sections, {manifest.sentences:,} sentences"
    try:
        probe(generation.folder)
        papers = sum(1 for _ in generation.papers())
    except (NonmunError, sqlite3.Error, ValueError) as error:
        return Finding("rows", State.BAD, str(error), _index(store, manifest, "--full"))
    if papers != manifest.papers:
        found = f"{papers:,} papers are stored, and the manifest says {manifest.papers:,}"
        return Finding("rows", State.BAD, found, _index(store, manifest, "--full"))
    return Finding("rows", State.OK, counts)


def _milvus(store: Path, generation: Generation) -> Iterator[Finding]:
    """Yield whether Milvus gives back, to the last bit, the vectors that were handed over."""
    if SECTIONS in files_here(generation.folder):
        return
    manifest = generation.manifest
    try:
        with vectors_file(generation.folder) as path:
            is_same = file_digest(path) == manifest.files[SECTIONS]["sha256"]
    except NonmunError as error:
        yield Finding("milvus", State.BAD, str(error), _index(store, manifest, "--full"))
        return
    if is_same:
        yield Finding("milvus", State.OK, f"holds the vectors that were written; {generation.index.kind}")
    else:
        yield Finding("milvus", State.BAD, "holds other vectors than were written", _index(store, manifest, "--full"))


def _encoder(store: Path, generation: Generation, ask: Callable[[Generation], None]) -> Finding:
    encoder = generation.manifest.encoder
    try:
        ask(generation)
    except NonmunError as error:
        return Finding("encoder", State.BAD, str(error), _index(store, generation.manifest))
    return Finding("encoder", State.OK, f"{encoder['model']} ({encoder['runtime']}) is here, and answers")


def _code(store: Path, manifest: Manifest) -> Finding:
    now = made_with()
    names = now.keys() | manifest.made_with.keys()
    other = sorted(name for name in names if now.get(name) != manifest.made_with.get(name))
    if other:
        says = f"made with another version of {', '.join(other)}; the next run makes it anew"
        return Finding("code", State.NOTE, says, _index(store, manifest))
    return Finding("code", State.OK, "made with the versions that are installed")


def _sources(store: Path, generation: Generation) -> Iterator[Finding]:
    manifest = generation.manifest
    try:
        corpus = read_corpus([Path(source) for source in manifest.sources])
    except (SourceError, BusyError) as error:
        yield Finding("sources", State.NOTE, str(error))
        return
    changes = changes_of(corpus, generation.texts())
    if changes:
        says = f"changed since they were indexed: {changes.line()}"
        yield Finding("sources", State.NOTE, says, _index(store, manifest))
    else:
        yield Finding("sources", State.OK, f"{corpus.report.files:,} files say what is indexed")
    if skipped := corpus.report.skipped:
        says = f"{len(skipped):,} entries are skipped or repaired, the first at {skipped[0].file}:{skipped[0].line}"
        yield Finding("entries", State.NOTE, says, _index(store, manifest, "--dry-run"))


def _doubtful(store: Path, generation: Generation) -> Finding:
    rows = [row for row in range(generation.manifest.papers) if generation.doubtful(row)]
    if not rows:
        return Finding("summaries", State.OK, "each seems to belong to its title")
    ids = [generation.paper(row).id for row in rows]
    shown = ", ".join(ids[:_SHOWN]) + (", ..." if len(ids) > _SHOWN else "")
    says = f"{len(ids):,} seem to be those of another paper: {shown}; correct them in their sources"
    return Finding("summaries", State.NOTE, says, _command("show", store, ids[0]))


def _room(store: Path, manifest: Manifest) -> Finding:
    size = sum(int(file["bytes"]) for file in manifest.files.values())
    free = shutil.disk_usage(store).free
    says = f"{free / 1e9:,.1f} GB are free, and a generation takes {size / 1e9:,.2f}"
    if free < _ROOM_FOR * size:
        return Finding("room", State.NOTE, says, _index(store, manifest, "--prune", "0"))
    return Finding("room", State.OK, says)


def _others(store: Path) -> Iterator[Finding]:
    try:
        in_force = current_folder(store)
    except StoreError:
        in_force = None
    for folder in generation_folders(store):
        if folder != in_force:
            yield _other(store, folder)


def _other(store: Path, folder: Path) -> Finding:
    try:
        manifest = probe(folder)
    except StoreError as error:
        return Finding("kept", State.NOTE, str(error))
    return Finding(
        "kept", State.OK, f"{folder.name}: {manifest.papers:,} papers", _command("rollback", store, folder.name)
    )


def _cache(store: Path) -> Iterator[Finding]:
    path = store / CACHE
    if not path.is_file():
        if generation_folders(store):
            yield Finding("cache", State.NOTE, f"{path}: missing; the next run encodes everything again")
        return
    try:
        found = _quick_check(path)
    except sqlite3.Error as error:
        found = str(error)
    if found == "ok":
        yield Finding("cache", State.OK, f"{path.stat().st_size / 1e6:,.1f} MB of what was worked out before")
    else:
        says = f"{path}: damaged ({found}); it is only made to save time"
        yield Finding("cache", State.NOTE, says, shlex.join(["rm", str(path)]))


def _quick_check(path: Path) -> str:
    """Return "ok", or what SQLite finds."""
    with closing(look_into(path)) as database:
        return str(database.execute("PRAGMA quick_check(1)").fetchone()[0])


def _writer(store: Path) -> Iterator[Finding]:
    if writer := holder(store):
        yield Finding("writer", State.NOTE, f"{writer} is writing the store")
    elif left := leftovers(store):
        yield Finding("leftovers", State.NOTE, f"{len(left):,} of killed runs; the next run removes them")
