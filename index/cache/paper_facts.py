"""What a generation holds of each paper beside its words: told from its text once, and kept in the cache."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from index import paper
from index.arrays import Offsets, batches, offsets_of
from index.cache import database as caching
from index.cache.database import KEY, Cache, Keys, passage_key
from index.cache.papers import papers_of
from index.encoding.encoder import Fingerprint, Passage
from index.paper import Paper, name_words, split_sentences
from index.store import layout
from index.store.layout import KINDS, NO_VOTES
from index.versions import version_of
from index.words import lacking as lacks
from index.words import languages, lexical, names, people
from index.words.lacking import lacking
from index.words.languages import Languages, languages_of
from index.words.names import names as names_of
from index.words.people import name_keys

_SEPARATOR = "\x1f"
_AT_ONCE = 256
_COLUMNS = "numbers, kinds, languages, sentences, keys, labels, names"


@dataclass(frozen=True, slots=True, eq=False)
class PaperFacts:
    """Columns over all papers, and over all sections in the order of their papers.

    A paper's passages are its title, then its sections; `keys` are those of all passages. `sentences` counts
    each section's; `label_rows` and `name_rows` read what `labels` and `names` hold of each paper.
    """

    section_offsets: Offsets
    section_kinds: npt.NDArray[np.uint8]
    section_languages: Languages
    title_languages: Languages
    sentences: npt.NDArray[np.int32]
    dates: npt.NDArray[np.int32]
    votes: npt.NDArray[np.int64]
    keys: Keys
    labels: Sequence[str]
    names: Sequence[str]


def passages(paper: Paper) -> list[Passage]:
    """Return what is encoded of a paper: its title, then its sections with their sentences."""
    sections = [Passage(s.text, split_sentences(s.text)) for s in paper.sections]
    return [Passage(paper.title), *sections]


def labels(paper: Paper) -> set[str]:
    """Return the labels by which a paper is found: its authors, word by word and by name, its fields, what it lacks."""
    words = {f"author:{word}" for author in paper.authors for word in name_words(author)}
    names = {f"name:{key}" for author in paper.authors for key in name_keys(author)}
    without = {f"without:{what}" for text in (paper.title, *(s.text for s in paper.sections)) for what in lacking(text)}
    return words | names | without | {f"field:{field.casefold()}" for field in paper.fields}


def gather_facts(cache: Cache, papers: Sequence[bytes], encoder: Fingerprint) -> PaperFacts:
    """Return the facts of papers by their digests; those that were not told before are now, and kept."""
    code = (caching, layout, lacks, languages, lexical, names, paper, people, sys.modules[__name__])
    version = version_of(*code, str(asdict(encoder)))
    find = "SELECT paper FROM facts WHERE version = ? AND paper IN ({keys})"
    known = {digest for (digest,) in cache.rows(find, papers, version)}
    for batch in batches((digest for digest in papers if digest not in known), _AT_ONCE):
        rows = [(digest, version, *_row(p, encoder)) for digest, p in zip(batch, papers_of(cache, batch), strict=True)]
        with cache.database as database:
            database.executemany(f"INSERT OR REPLACE INTO facts VALUES ({','.join('?' * len(rows[0]))})", rows)
    return _columns(cache, papers)


def _row(paper: Paper, encoder: Fingerprint) -> tuple[bytes | str, ...]:
    encoded = passages(paper)
    numbers = int((paper.date or "0").replace("-", "")), NO_VOTES if paper.votes is None else paper.votes
    return (
        np.array(numbers, np.int64).tobytes(),
        bytes(KINDS.index(section.kind) for section in paper.sections),
        languages_of(passage.text for passage in encoded).tobytes(),
        np.array([len(passage.sentences) for passage in encoded[1:]], np.int32).tobytes(),
        b"".join(passage_key(encoder, passage) for passage in encoded),
        _SEPARATOR.join(sorted(labels(paper))),
        _SEPARATOR.join(sorted(names_of(paper.title))),
    )


def _columns(cache: Cache, papers: Sequence[bytes]) -> PaperFacts:
    sizes: list[int] = []
    parts: list[list[bytes]] = [[] for _ in range(5)]
    texts: tuple[list[str], list[str]] = ([], [])
    for rows in _blocks(cache, papers):
        *blobs, labels, names = zip(*rows, strict=True)
        sizes += map(len, blobs[1])
        for part, column in zip(parts, blobs, strict=True):
            part.append(b"".join(column))
        texts[0].extend(labels)
        texts[1].extend(names)
    numbers, kinds, spoken, sentences, keys = map(b"".join, parts)
    offsets = offsets_of(sizes)
    titles = offsets[:-1] + np.arange(len(papers))
    languages = np.frombuffer(spoken, np.uint8)
    dates, votes = np.frombuffer(numbers, np.int64).reshape(-1, 2).T
    return PaperFacts(
        section_offsets=offsets,
        section_kinds=np.frombuffer(kinds, np.uint8),
        section_languages=np.delete(languages, titles),
        title_languages=languages[titles],
        sentences=np.frombuffer(sentences, np.int32),
        dates=dates.astype(np.int32),
        votes=votes.copy(),
        keys=np.frombuffer(keys, KEY),
        labels=texts[0],
        names=texts[1],
    )


def _blocks(cache: Cache, papers: Sequence[bytes]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of some papers at a time."""
    find = f"SELECT paper, {_COLUMNS} FROM facts WHERE paper IN ({{keys}})"
    for batch in batches(papers, _AT_ONCE):
        found = {row[0]: row[1:] for row in cache.rows(find, batch)}
        yield [found[digest] for digest in batch]


def label_rows(facts: PaperFacts) -> Iterator[tuple[str, bytes]]:
    """Yield each label and the rows of its papers, ascending."""
    found: dict[str, list[int]] = {}
    for row, labels in enumerate(facts.labels):
        for label in _texts(labels):
            found.setdefault(label, []).append(row)
    return ((label, np.array(rows, np.int32).tobytes()) for label, rows in sorted(found.items()))


def name_rows(facts: PaperFacts) -> list[tuple[str, int]]:
    """Return each name and the row of a paper that goes by it, by name."""
    return sorted((name, row) for row, names in enumerate(facts.names) for name in _texts(names))


def _texts(joined: str) -> list[str]:
    return joined.split(_SEPARATOR) if joined else []
