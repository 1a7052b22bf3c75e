"""Texts to vectors: what an encoder promises, how token states become vectors, and which encoder to load."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import ModelError
from index.paper import Span

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
Runtime = Literal["auto", "onnx", "torch"]

DEFAULT_MODEL = "multilingual-e5-small"
E5_QUERY = "query: "
E5_PASSAGE = "passage: "


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to encode, and the ranges of its sentences in code points."""

    text: str
    sentences: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PassageVectors:
    """A passage's unit vectors: `section` (d,), `sentences` (number of sentences, d).

    `truncated` says that the end of the text was not read; sentences past it have the section's vector.
    """

    section: FloatArray
    sentences: FloatArray
    truncated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class QueryVector:
    """A query's unit vector (d,), how many tokens were read, and whether more were left out."""

    vector: FloatArray
    tokens: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What must be equal for two vectors to be comparable; `weights` is the SHA-256 of what was loaded."""

    model: str
    weights: str
    runtime: str
    query_prefix: str
    passage_prefix: str
    dimensions: int
    max_tokens: int


class Encoder(Protocol):
    """Turns queries and passages into unit vectors of one space."""

    @property
    def fingerprint(self) -> Fingerprint:
        """What the vectors depend on."""
        ...

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        ...

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors, batch by batch, in the encoder's own order."""
        ...


def load_encoder(model: str = DEFAULT_MODEL, runtime: Runtime = "auto", threads: int | None = None) -> Encoder:
    """Return an encoder for the default model, or for any sentence-transformers model by name or path.

    Raises ModelError, which says what to do, where it cannot be loaded.
    """
    from index.bundled import bundled_onnx, find_weights

    file = find_weights()
    if model == DEFAULT_MODEL and file is not None and runtime != "torch":
        return bundled_onnx(file, threads or available_cores())
    raise ModelError("not yet")


def available_cores() -> int:
    """Return the number of cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def normalized(vectors: FloatArray) -> FloatArray:
    """Return vectors (..., d) scaled to unit length; a zero vector stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def sentence_means(
    states: FloatArray, offsets: IntArray, sentences: Sequence[Span], otherwise: FloatArray
) -> FloatArray:
    """Return the mean token state of each sentence, (number of sentences, d): late chunking.

    `states` is (tokens, d) and `offsets` (tokens, 2) in the same code points as the sentences; special
    and prefix tokens have a range that ends at or before 0. A sentence without a token gets `otherwise`.
    The method is from Guenther et al., "Late Chunking", arXiv:2409.04701.
    """
    bounds = np.array([(span.start, span.end) for span in sentences], dtype=np.int64).reshape(-1, 2)
    member = (offsets[:, 0] < bounds[:, 1:]) & (offsets[:, 1] > bounds[:, :1]) & (offsets[:, 1] > 0)
    counts = member.sum(axis=1, keepdims=True)
    means = member.astype(np.float32) @ states / np.maximum(counts, 1)
    return np.where(counts > 0, means, otherwise).astype(np.float32)
