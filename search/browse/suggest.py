"""What a question that is being written may become: papers by title, authors, and phrases of the archive."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from index.arrays import RowArray
from index.paper import DESCRIBED, PaperHead, name_words
from index.store.generation import Generation
from index.store.manifest import PAPERS
from index.words.names import plain
from search.browse.topics import Topic, topics

EACH = 4
MOST_TERMS = 40
POOL = 300
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Suggested:
    """What the written letters may stand for, each list with the likeliest first."""

    __pydantic_config__ = DESCRIBED

    generation: str
    papers: tuple[PaperHead, ...]
    """Whose title or short name has the words, the last one perhaps unfinished."""
    authors: tuple[str, ...]
    """With a name that has the words."""
    topics: tuple[Topic, ...]
    """With the letters in either language."""


def suggested(generation: Generation, text: str) -> Suggested:
    """Return what some letters may become; nothing for fewer than two."""
    written = " ".join(text.split())
    if len(plain(written)) < _LEAST:
        return Suggested(generation.name, (), (), ())
    return Suggested(
        generation.name, _papers(written, generation), _authors(written, generation), _topics(written, generation)
    )


def _papers(written: str, generation: Generation) -> tuple[PaperHead, ...]:
    """Return papers that are called so, then those whose titles have the words; the most votes first."""
    begun = _named(plain(written), generation)
    titled = [row for row in _worded(written.casefold().split(), generation) if row not in begun]
    return tuple(generation.paper(row).head() for row in [*begun, *titled][:EACH])


def _named(letters: str, generation: Generation) -> list[int]:
    address = f"{(generation.folder / PAPERS).resolve().as_uri()}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        find = "SELECT DISTINCT row FROM names WHERE name >= ? AND name < ? LIMIT ?"
        found = [row for (row,) in database.execute(find, (letters, letters + "\U0010ffff", POOL))]
    return by_votes(np.array(sorted(found), np.int64), generation)[:EACH]


def _worded(words: list[str], generation: Generation) -> list[int]:
    """Return papers whose titles hold each word, the last one as a beginning."""
    *whole, begun = words
    holders = _holding(generation, generation.terms_beginning(begun)[:MOST_TERMS])
    for word in whole:
        holders = np.intersect1d(holders, _holding(generation, generation.terms_beginning(word[:5])[:MOST_TERMS]))
    found = []
    for row in by_votes(holders, generation)[:POOL]:
        title = generation.paper(row).title.casefold()
        if all(f" {word}" in f" {title}" for word in words):
            found.append(row)
        if len(found) == EACH:
            break
    return found


def _holding(generation: Generation, terms: list[str]) -> RowArray:
    postings = [generation.posting(term) for term in terms]
    rows = [posting.rows for posting in postings if posting is not None]
    return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.zeros(0, np.int64)


def by_votes(rows: RowArray, generation: Generation) -> list[int]:
    """Return rows by their papers' votes, the most first."""
    order = np.argsort(-generation.layout.votes[rows].astype(np.float64), kind="stable")
    return [int(row) for row in rows[order]]


def _authors(written: str, generation: Generation) -> tuple[str, ...]:
    """Return the authors whose names have each of the words, the last one as a beginning."""
    *whole, begun = name_words(written) or [""]
    found = _labelled_beginning(f"author:{begun}", generation)
    for word in whole:
        found = np.intersect1d(found, generation.labelled(f"author:{word}"))
    counts: dict[str, int] = {}
    for row in by_votes(found, generation)[:POOL]:
        for name in generation.paper(row).authors:
            parts = name_words(name)
            if any(part.startswith(begun) for part in parts) and all(word in parts for word in whole):
                counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:EACH])


def _labelled_beginning(letters: str, generation: Generation) -> RowArray:
    address = f"{(generation.folder / PAPERS).resolve().as_uri()}?immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        find = "SELECT rows FROM labels WHERE label >= ? AND label < ? LIMIT ?"
        blobs = database.execute(find, (letters, letters + "\U0010ffff", MOST_TERMS)).fetchall()
    rows = [np.frombuffer(blob, np.int32) for (blob,) in blobs]
    return np.unique(np.concatenate(rows)).astype(np.int64) if rows else np.zeros(0, np.int64)


def _topics(written: str, generation: Generation) -> tuple[Topic, ...]:
    wanted = plain(written)
    found = [topic for topic in topics(generation) if any(wanted in plain(word) for word in (topic.ko, topic.en))]
    return tuple(found[:EACH])
