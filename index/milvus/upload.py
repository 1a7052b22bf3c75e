"""A generation handed over to Milvus: written there whole, tried from there, put in force by its alias."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.arrays import RowArray
from index.errors import BusyError
from index.milvus.client import DAY, KIND, LABELS, ROW, VECTOR, VOTES, Milvus, Row
from index.milvus.mirror import note, pointed
from index.milvus.sections import MilvusIndex
from index.store.address import Address, address_of
from index.store.generation import Generation
from index.store.manifest import DATA_FILES, ELSEWHERE, MANIFEST, SECTIONS
from index.store.vectors import ASKED_FOR, VectorIndex, VectorWriter

_ROWS = 500


def hand_over(address: Address, folder: Path) -> None:
    """Write a generation to Milvus, unless it is there, and leave a note in the place of its vectors."""
    if (folder / ELSEWHERE).is_file():
        return
    milvus = Milvus(address)
    with closing(Generation(folder, lambda here: VectorIndex(here / SECTIONS))) as generation:
        dimensions = generation.index.dimensions
        if generation.name not in milvus.names():
            encoder = json.dumps(generation.manifest.encoder, ensure_ascii=False, sort_keys=True)
            files = ((n, folder / n) for n in (*DATA_FILES, MANIFEST) if n != SECTIONS)
            milvus.add(generation.name, encoder, dimensions, _sections(generation), files)
    note(folder, address, dimensions)
    (folder / SECTIONS).unlink()


def put_in_force(address: Address, store: Path, name: str) -> None:
    """Point Milvus to a generation, and have it keep only this and the one before in memory.

    Raises:
        BusyError: another machine has put a generation in force meanwhile.
    """
    milvus = Milvus(address)
    before = milvus.in_force()
    if before not in (pointed(store), name):
        raise BusyError(f"{address.uri}: another machine has put {before} in force meanwhile; run again")
    milvus.put_in_force(name)
    milvus.sweep(name)
    for other in milvus.names():
        if other not in (before, name):
            milvus.release(other)


def discard(store: Path, name: str) -> None:
    """Remove a generation from Milvus, where the store is there."""
    if address := address_of(store):
        milvus = Milvus(address)
        if name in milvus.names():
            milvus.drop(name)


@contextmanager
def vectors_file(folder: Path) -> Iterator[Path]:
    """Yield the file of a generation's vectors; from Milvus they come as they were before they were handed over."""
    if not (folder / ELSEWHERE).is_file():
        yield folder / SECTIONS
        return
    with TemporaryDirectory(prefix=".vectors-", dir=folder.parent) as made:
        path = Path(made) / SECTIONS
        with closing(Generation(folder, lambda here: MilvusIndex(here / ELSEWHERE))) as generation:
            writer = VectorWriter(generation.index.dimensions)
            for rows in _spans(generation.index.rows):
                writer.add(generation.index.vectors(rows))
            writer.write(path)
        yield path


def _sections(generation: Generation) -> Iterator[Sequence[Row]]:
    layout = generation.layout
    labels = labels_of(generation)
    for rows in _spans(generation.index.rows):
        papers = layout.section_papers[rows]
        columns = zip(
            rows.tolist(),
            generation.index.vectors(rows),
            layout.dates[papers].tolist(),
            layout.votes[papers].tolist(),
            layout.section_kinds[rows].tolist(),
            papers.tolist(),
            strict=True,
        )
        yield [
            {ROW: row, VECTOR: vector, DAY: day, VOTES: votes, KIND: kind, LABELS: {"all": labels[paper]}}
            for row, vector, day, votes, kind, paper in columns
        ]


def _spans(count: int) -> Iterator[RowArray]:
    for start in range(0, count, _ROWS):
        yield np.arange(start, min(start + _ROWS, count))


def labels_of(generation: Generation) -> list[list[str]]:
    """Return the labels of each paper that filters ask for, by row."""
    found: list[list[str]] = [[] for _ in range(generation.manifest.papers)]
    for label, rows in generation.labels():
        for row in rows.tolist() if label.startswith(ASKED_FOR) else ():
            found[row].append(label)
    return found
