"""An encoder that needs no model, for tests that are not about the quality of an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zlib import crc32

import numpy as np

from index.arrays import FloatArray, normalized
from index.encoding.encoder import Fingerprint, Passage, PassageVectors, QueryVector

DIMENSIONS = 64
PRINT = Fingerprint("letters", "none", "hash", "", "", DIMENSIONS, 512)


class LetterEncoder:
    """Counts the hashed 3-grams of a text's letters; `handed` are the passages that it was given, in order."""

    def __init__(self, fingerprint: Fingerprint = PRINT, fails_after: int | None = None) -> None:
        self.handed: list[Passage] = []
        self._fingerprint = fingerprint
        self._fails_after = fails_after

    @property
    def fingerprint(self) -> Fingerprint:
        return self._fingerprint

    def encode_query(self, text: str) -> QueryVector:
        return QueryVector(self._vector(text), len(text), False)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        order = sorted(range(len(passages)), key=lambda i: -len(passages[i].text))
        for done, position in enumerate(order):
            if done == self._fails_after:
                raise OSError("the machine went down")
            passage = passages[position]
            self.handed.append(passage)
            parts = [self._vector(passage.text[s.start : s.end]) for s in passage.sentences]
            sentences = np.stack(parts) if parts else np.zeros((0, DIMENSIONS), np.float32)
            yield position, PassageVectors(self._vector(passage.text), sentences)

    def _vector(self, text: str) -> FloatArray:
        counts = np.full(DIMENSIONS, 0.01, np.float32)
        folded = f"  {text.casefold()}  "
        for start in range(len(folded) - 2):
            counts[crc32(folded[start : start + 3].encode()) % DIMENSIONS] += 1
        return normalized(counts)


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody how far a build is."""
