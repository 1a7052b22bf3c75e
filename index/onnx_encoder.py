"""The encoder on ONNX Runtime; the only import of onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from index.bert import GRAPH_FILE, TOKENIZER_FILE, WordTable
from index.encoder import Fingerprint, FloatArray, Passage, PassageVectors, QueryVector
from index.pooling import batches, normalized, pad, sentence_means
from index.tokenizer import Tokenizer, Tokens, tokenizer_backend

RUNTIME = "onnx-int8"

# Sorting within a window keeps batches nearly free of padding and memory bounded.
WINDOW = 2048
BATCH_TOKENS = 512


class OnnxEncoder:
    """Encodes with an int8 graph, a word table and a tokenizer, all in one folder."""

    def __init__(self, folder: Path, fingerprint: Fingerprint, threads: int) -> None:
        self.fingerprint = fingerprint
        self._tokenizer = Tokenizer(tokenizer_backend(folder / TOKENIZER_FILE), fingerprint.max_tokens)
        self._embed = WordTable(folder)
        self._session = ort.InferenceSession(
            str(folder / GRAPH_FILE), session_options(threads), providers=["CPUExecutionProvider"]
        )

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        tokens = self._tokenizer.encode([self.fingerprint.query_prefix + text])[0]
        states = self._states([tokens])[0]
        return QueryVector(normalized(states.mean(axis=0)), len(tokens.ids), tokens.truncated)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors, the longest of every window of passages first."""
        prefix = self.fingerprint.passage_prefix
        for start in range(0, len(passages), WINDOW):
            window = passages[start : start + WINDOW]
            tokens = self._tokenizer.encode([prefix + passage.text for passage in window])
            for batch in batches([len(t.ids) for t in tokens], BATCH_TOKENS):
                for row, states in zip(batch, self._states([tokens[i] for i in batch]), strict=True):
                    yield start + row, pool(states, tokens[row], window[row], len(prefix))

    def _states(self, batch: Sequence[Tokens]) -> list[FloatArray]:
        """Return each text's last hidden states, (tokens, d)."""
        ids, mask = pad([tokens.ids for tokens in batch], 0)
        (states,) = self._session.run(None, {"embedded": self._embed(ids), "mask": mask.astype(np.int32)})
        return [rows[: len(tokens.ids)] for rows, tokens in zip(states, batch, strict=True)]


def session_options(threads: int) -> ort.SessionOptions:
    """Return the options for a graph that shares its cores with other work."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return options


def pool(states: FloatArray, tokens: Tokens, passage: Passage, prefix: int) -> PassageVectors:
    """Return a passage's vectors from its token states; `prefix` is the length of the text put before it."""
    section = normalized(states.mean(axis=0))
    means, found = sentence_means(states, tokens.offsets - prefix, passage.sentences)
    return PassageVectors(section, np.where(found[:, None], normalized(means), section), tokens.truncated)
