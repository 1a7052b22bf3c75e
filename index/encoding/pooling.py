"""Token states to unit vectors, and texts to batches: pure arithmetic that every runtime shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Int64Array
from index.paper import Span


def sentence_means(
    states: FloatArray, offsets: Int64Array, sentences: Sequence[Span]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return each sentence's mean token state, (sentences, d), and which sentences have a token, (sentences,).

    `states` is (tokens, d); `offsets` is (tokens, 2) in the sentences' own code points, a special or prefix
    token ending at or before 0. The method is late chunking, Günther et al. 2024, arXiv:2409.04701.
    """
    bounds = np.array([(span.start, span.end) for span in sentences], dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    member = (starts < bounds[:, 1:]) & (ends > bounds[:, :1]) & (ends > 0)
    counts = member.sum(axis=1)
    means = member.astype(np.float32) @ states / np.maximum(counts, 1)[:, None]
    return means.astype(np.float32), counts > 0


def length_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield positions by descending length, in batches whose padded size stays within a budget of tokens."""
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch


def pad(rows: Sequence[Int64Array], filler: int) -> tuple[Int64Array, Int64Array]:
    """Return rows of ids as one array (rows, longest), filled on the right, and its mask of ones and zeros."""
    ids = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, values in enumerate(rows):
        ids[row, : len(values)] = values
        mask[row, : len(values)] = 1
    return ids, mask
