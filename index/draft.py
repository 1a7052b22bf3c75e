"""Writing a generation: every file beside the current one, then one rename that publishes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from index import generation as g
from index import manifest as m
from index.agreement import WORDS_SHARE
from index.cache import Cache, open_cache
from index.corpus import Entry
from index.counting import read_counts
from index.facts import Facts
from index.lexicon import Lexicon
from index.paper_files import write_papers
from index.vector_files import Columns, write_vectors
from index.vocabulary import Vocabulary


@contextmanager
def draft(store: Path) -> Iterator[Path]:
    """Yield a new folder beside the generations; whatever is still in it on the way out is removed."""
    folder = store / m.GENERATIONS / f".draft-{os.getpid()}-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_files(folder: Path, papers: Sequence[Entry], facts: Facts, cache: Cache, dimensions: int) -> None:
    """Write all that a generation holds of papers that are counted and encoded, words and vectors at the same time."""
    digests = [paper.digest for paper in papers]
    with ThreadPoolExecutor(1) as pool:
        vectors = pool.submit(_vector_columns, folder, facts, cache.path, dimensions)
        lexicon = Lexicon(Vocabulary(cache), read_counts(cache, digests))
        words_said = write_papers(folder, papers, facts, lexicon, cache)
        columns = vectors.result()
    columns["agreement"] = columns["agreement"] + np.float32(WORDS_SHARE) * words_said
    np.savez(folder / m.LAYOUT, allow_pickle=False, **columns)


def _vector_columns(folder: Path, facts: Facts, cache: Path, dimensions: int) -> Columns:
    with open_cache(cache) as opened:
        return write_vectors(folder, facts, opened, dimensions)


def publish(
    store: Path, folder: Path, encoder: dict[str, Any], sources: Sequence[str], background: dict[str, float]
) -> m.Manifest:
    """Complete a draft with its manifest, make it durable, and put it in force by one rename."""
    layout = g.Layout.read(folder / m.LAYOUT)
    created = datetime.now(UTC)
    manifest = m.Manifest(
        name=f"{created:%Y%m%dT%H%M%S.%f}-{uuid4().hex[:6]}",
        created=created.isoformat(timespec="seconds"),
        encoder=encoder,
        papers=len(layout.dates),
        sections=len(layout.section_kinds),
        sentences=int(layout.sentence_offsets[-1]),
        files={n: {"bytes": (folder / n).stat().st_size, "sha256": m.file_digest(folder / n)} for n in m.DATA_FILES},
        sources=tuple(sources),
        background=background,
    )
    manifest.write(folder)
    for path in [*folder.iterdir(), folder]:
        _sync(path)
    g.Generation(folder).close()
    home = store / m.GENERATIONS
    folder.rename(home / manifest.name)
    _sync(home)
    _point_to(store, manifest.name)
    return manifest


def _point_to(store: Path, name: str) -> None:
    pointer = store / f".{m.CURRENT}-{os.getpid()}"
    try:
        pointer.write_text(name + "\n", encoding="utf-8")
        _sync(pointer)
        pointer.replace(store / m.CURRENT)
    finally:
        pointer.unlink(missing_ok=True)
    _sync(store)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
