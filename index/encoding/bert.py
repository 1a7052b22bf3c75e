"""What every reader and writer of a BERT model agrees on: its shape, its weights, its embedding tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray

Weights = dict[str, FloatArray]

GRAPH_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"

# Part of every cache name: raise it whenever an export writes something else.
EXPORT_VERSION = 3

BLOCK = 32


@dataclass(frozen=True, slots=True)
class BertShape:
    """The sizes of a BERT encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    words: int
    positions: int
    epsilon: float

    def as_config(self) -> dict[str, object]:
        """Return the shape as transformers' configuration of a BertModel."""
        return {
            "model_type": "bert",
            "architectures": ["BertModel"],
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner,
            "vocab_size": self.words,
            "max_position_embeddings": self.positions,
            "type_vocab_size": 2,
            "layer_norm_eps": self.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 1,
        }


class WordTable:
    """Looks up the summed embeddings of tokens in files that stay on disk.

    Words are int8 in blocks of 32 that share a scale, so a quarter of float32 is mapped and only the
    rows in use become resident.
    """

    FILES = ("words.npy", "word_scales.npy", "positions.npy")

    def __init__(self, folder: Path) -> None:
        self._words, self._scales, positions = (
            np.load(folder / name, mmap_mode="r", allow_pickle=False) for name in self.FILES
        )
        self._positions = np.asarray(positions)

    def __call__(self, ids: npt.NDArray[np.int64]) -> FloatArray:
        """Return (batch, length, hidden) for ids (batch, length)."""
        blocks = self._words[ids].reshape(*ids.shape, -1, BLOCK) * self._scales[ids][..., None]
        embedded: FloatArray = blocks.reshape(*ids.shape, -1)
        embedded += self._positions[: ids.shape[1]]
        return embedded

    @classmethod
    def write(cls, weights: Weights, folder: Path) -> None:
        """Write the tables of BertModel's embeddings."""
        words, scales = quantize_blocks(weights["embeddings.word_embeddings.weight"])
        # Every token of one text has type 0, so its row is part of each position.
        positions = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        for name, values in zip(cls.FILES, (words, scales, positions), strict=True):
            np.save(folder / name, values, allow_pickle=False)


def quantize_blocks(matrix: FloatArray) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Return (rows, columns) as int8 and (rows, columns / 32) scales."""
    blocks = matrix.reshape(len(matrix), -1, BLOCK)
    scales = np.abs(blocks).max(axis=2) / 127
    scales[scales == 0] = 1
    return np.round(blocks / scales[..., None]).astype(np.int8).reshape(matrix.shape), scales
