"""The words and bracketed phrases of papers, as numbers; each paper is counted once and kept in the cache."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from index.arrays import Int32Array, batches
from index.cache.database import Cache
from index.cache.papers import papers_of
from index.cache.vocabulary import Vocabulary
from index.paper import Paper
from index.versions import version_of
from index.words import glossary, languages
from index.words.glossary import bracketed
from index.words.lexical import words_of

_AT_ONCE = 256
_BLOCK = 4096

Words = list[tuple[str, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The words of some papers, one text after the other: each paper's title, then its sections.

    `texts` counts the texts of each paper, `sizes` the words of each text. `phrases` are pairs of numbers of
    an English phrase and the Korean terms before it.
    """

    texts: Int32Array
    sizes: Int32Array
    words: Int32Array
    phrases: Int32Array


def count_papers(
    cache: Cache, vocabulary: Vocabulary, papers: Sequence[bytes], go_on: Callable[[], bool] = lambda: True
) -> None:
    """Count the words of those papers that were not counted yet, by their digests, while `go_on` says so."""
    version = _version(vocabulary)
    for batch in batches(uncounted(cache, vocabulary, papers), _AT_ONCE):
        if not go_on():
            return
        rows = _rows(list(papers_of(cache, batch)), vocabulary)
        with cache.database as database:
            database.executemany(
                "INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?, ?)",
                ((digest, version, *row) for digest, row in zip(batch, rows, strict=True)),
            )


def uncounted(cache: Cache, vocabulary: Vocabulary, papers: Sequence[bytes]) -> list[bytes]:
    """Return the digests of those papers whose words were not counted yet."""
    find = "SELECT paper FROM counts WHERE version = ? AND paper IN ({keys})"
    known = {digest for (digest,) in cache.rows(find, papers, _version(vocabulary))}
    return [digest for digest in papers if digest not in known]


def read_counts(cache: Cache, papers: Iterable[bytes]) -> Iterator[Counts]:
    """Yield the counts of papers that were counted, block by block."""
    find = "SELECT paper, sizes, words, phrases FROM counts WHERE paper IN ({keys})"
    for batch in batches(papers, _BLOCK):
        found = {row[0]: row[1:] for row in cache.rows(find, batch)}
        sizes, words, phrases = zip(*(found[digest] for digest in batch), strict=True)
        yield Counts(
            texts=np.array([len(blob) // 4 for blob in sizes], np.int32),
            sizes=np.frombuffer(b"".join(sizes), np.int32),
            words=np.frombuffer(b"".join(words), np.int32),
            phrases=np.frombuffer(b"".join(phrases), np.int32).reshape(-1, 2),
        )


def _version(vocabulary: Vocabulary) -> str:
    return version_of(sys.modules[__name__], glossary, languages, vocabulary.version)


def _rows(papers: Sequence[Paper], vocabulary: Vocabulary) -> Iterator[tuple[bytes, bytes, bytes]]:
    texts = [[paper.title, *(section.text for section in paper.sections)] for paper in papers]
    words = [[list(words_of(text)) for text in some] for some in texts]
    vocabulary.learn({word for some in words for each in some for word, _ in each})
    numbers = iter(vocabulary.numbers([word for some in words for each in some for word, _ in each]).tolist())
    phrases = [_phrases(*pair, vocabulary) for pair in zip(texts, words, strict=True)]
    pairs = iter(vocabulary.numbers(list(chain.from_iterable(phrases))).tolist())
    for some, said in zip(words, phrases, strict=True):
        sizes = array("i", map(len, some))
        yield (
            sizes.tobytes(),
            array("i", (next(numbers) for _ in range(sum(sizes)))).tobytes(),
            array("i", (next(pairs) for _ in said)).tobytes(),
        )


def _phrases(texts: Sequence[str], words: Sequence[Words], vocabulary: Vocabulary) -> list[str]:
    """Return the bracketed phrases of a paper's texts, each followed by the Korean one before it."""
    return [
        " ".join(phrase)
        for text, some in zip(texts, words, strict=True)
        for pair in bracketed(text, some, vocabulary.analyze)
        for phrase in pair
    ]
