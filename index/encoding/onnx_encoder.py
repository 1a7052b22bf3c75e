"""The encoder on ONNX Runtime; the only import of onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort

from index.arrays import FloatArray, normalized
from index.encoding.bert import GRAPH_FILE, TOKENIZER_FILE, WordTable
from index.encoding.encoder import Fingerprint, Passage, PassageVectors, QueryVector, lead_of
from index.encoding.pooling import sentence_means
from index.encoding.tokens import TextTokenizer, Tokens
from index.encoding.unigram import PIECES_FILE, UnigramTokenizer

RUNTIME = "onnx-int8-static"

# How many passages are tokenized ahead of the encoding.
WINDOW = 256


class OnnxEncoder:
    """Encodes with an int8 graph, a word table and a tokenizer, all in one folder.

    Every text runs alone on one core, so its vectors depend on no other text and on no number of threads.
    """

    def __init__(self, folder: Path, fingerprint: Fingerprint, threads: int) -> None:
        self.fingerprint = fingerprint
        self._threads = threads
        self._tokenizer = open_tokenizer(folder, fingerprint.max_tokens)
        self._embed = WordTable(folder)
        self._session = open_session(folder / GRAPH_FILE)
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="first-sentence")

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        lead = lead_of(text)
        if lead is None:
            return self._query(text)
        waiting = self._helper.submit(self._query, lead)
        whole = self._query(text)
        # Where other queries keep the helper busy, waiting for it would take longer.
        first = self._query(lead) if waiting.cancel() else waiting.result()
        return replace(whole, lead=first.vector)

    def _query(self, text: str) -> QueryVector:
        (tokens,) = self._tokenizer.encode([self.fingerprint.query_prefix + text])
        return QueryVector(normalized(self._states(tokens).mean(axis=0)), len(tokens.ids), tokens.truncated)

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors, in order, as many at once as there are threads."""
        prefix = self.fingerprint.passage_prefix
        with ThreadPoolExecutor(self._threads) as pool:
            for start in range(0, len(passages), WINDOW):
                window = passages[start : start + WINDOW]
                tokens = self._tokenizer.encode([prefix + passage.text for passage in window])
                yield from enumerate(pool.map(self._vectors, window, tokens), start)

    def _vectors(self, passage: Passage, tokens: Tokens) -> PassageVectors:
        return pool_states(self._states(tokens), tokens, passage, len(self.fingerprint.passage_prefix))

    def _states(self, tokens: Tokens) -> FloatArray:
        """Return a text's last hidden states, (tokens, d)."""
        states: FloatArray = self._session.run(None, {"embedded": self._embed(tokens.ids[None])})[0][0]
        return states


def open_tokenizer(folder: Path, max_tokens: int) -> TextTokenizer:
    """Return the tokenizer in a folder: XLM-RoBERTa's pieces on disk, or whatever a tokenizer.json describes."""
    if (folder / PIECES_FILE).is_file():
        return UnigramTokenizer(folder, max_tokens)
    from index.encoding.tokenizer import Tokenizer, tokenizer_backend

    return Tokenizer(tokenizer_backend(folder / TOKENIZER_FILE), max_tokens)


def open_session(graph: Path | bytes) -> ort.InferenceSession:
    """Return a session that runs a graph as it is written, on the thread that calls it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # Higher levels turn Add and LayerNormalization into one operator that takes several times as long.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    model = graph if isinstance(graph, bytes) else str(graph)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def pool_states(states: FloatArray, tokens: Tokens, passage: Passage, prefix: int) -> PassageVectors:
    """Return a passage's vectors from its token states; `prefix` is the length of the text put before it."""
    section = normalized(states.mean(axis=0))
    means, found = sentence_means(states, tokens.offsets - prefix, passage.sentences)
    return PassageVectors(section, np.where(found[:, None], normalized(means), section), tokens.truncated)
