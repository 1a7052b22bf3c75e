"""An encoder that needs no model: words hashed to random vectors. It is for measuring sizes, never answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np

from index.arrays import FloatArray, normalized
from index.encoding.encoder import Fingerprint, Passage, PassageVectors, QueryVector

DIMENSIONS = 384
_BUCKETS = 16_384
_MEAN = 3.0
"""How far all vectors lie to one side, as those of E5 do."""
_WORD = re.compile(r"\w+")


class HashedWords:
    """Sums a random vector for each word of a text, some words weightier than others."""

    fingerprint = Fingerprint("hashed words", "0", "hash", "", "", DIMENSIONS, 512)

    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        weights = (0.05 + generator.pareto(2.0, (_BUCKETS, 1))).astype(np.float32)
        self._words = generator.standard_normal((_BUCKETS, DIMENSIONS), dtype=np.float32) * weights
        self._mean = _MEAN * generator.standard_normal(DIMENSIONS, dtype=np.float32)

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        return QueryVector(self._vector(text), len(_WORD.findall(text)), False)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors, in order."""
        for place, passage in enumerate(passages):
            parts = [self._vector(passage.text[span.start : span.end]) for span in passage.sentences]
            sentences = np.stack(parts) if parts else np.zeros((0, DIMENSIONS), np.float32)
            yield place, PassageVectors(self._vector(passage.text), sentences)

    def _vector(self, text: str) -> FloatArray:
        rows = [_bucket(word) for word in _WORD.findall(text.lower())]
        words = self._words[rows].sum(axis=0) * np.float32(_MEAN / max(len(rows), 1) ** 0.5)
        return normalized(self._mean + words)


@lru_cache(maxsize=1 << 20)
def _bucket(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass")) % _BUCKETS
