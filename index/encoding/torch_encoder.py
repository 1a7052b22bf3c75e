"""Any sentence-transformers model as an encoder; the only import of torch and sentence_transformers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from transformers.utils.logging import disable_progress_bar

from index.arrays import FloatArray, normalized
from index.durable import file_digest
from index.encoding.default_model import BundledFiles, save_sentence_transformer
from index.encoding.encoder import (
    Fingerprint,
    Passage,
    PassageVectors,
    QueryVector,
    lead_of,
    model_folder,
    prefixes_for,
)
from index.encoding.pooling import length_batches, pad, sentence_means
from index.encoding.tokenizer import Tokenizer
from index.encoding.tokens import Tokens
from index.errors import ModelError

RUNTIME = "torch-"
"""What the name of a floating-point type follows in a fingerprint."""
WINDOW = 2048
BATCH_TOKENS = {"cpu": 1024, "cuda": 32768}
LONGEST = 8192


def load_torch(model: str, threads: int) -> TorchEncoder:
    """Return the encoder of a sentence-transformers model by folder or name; raises ModelError."""
    folder = model_folder(model)
    name = str(folder) if Path(model).expanduser().is_dir() else model
    weights = sorted(folder.rglob("*.safetensors"))
    if not weights:
        raise ModelError(f"{folder} has no .safetensors file; save the model with safe_serialization=True")
    return TorchEncoder(_open(folder), name, file_digest(*weights), threads)


def load_bundled_torch(files: BundledFiles, threads: int) -> TorchEncoder:
    """Return a model that ships in float32."""
    with tempfile.TemporaryDirectory(prefix="nonmun-") as folder:
        save_sentence_transformer(files.read(), Path(folder))
        return TorchEncoder(_open(Path(folder)), files.model, files.digest, threads)


def _open(folder: Path) -> SentenceTransformer:
    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(
            str(folder), local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    # Each architecture raises errors of its own, which share no narrower base.
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"{folder} is not a sentence-transformers model that can be loaded: {reason}") from error


class TorchEncoder:
    """Encodes with torch: float32 on a CPU, float16 and larger batches where there is CUDA."""

    def __init__(self, model: SentenceTransformer, name: str, weights: str, threads: int) -> None:
        torch.set_num_threads(threads)
        self.model = model.half() if model.device.type == "cuda" else model
        self.model.eval()
        prefixes = prefixes_for(name, {use: prompt or "" for use, prompt in model.prompts.items()})
        backend = getattr(model.tokenizer, "backend_tokenizer", None)
        pooling = next((i for i, module in enumerate(model) if isinstance(module, Pooling)), 0)
        if backend is None or not pooling:
            raise ModelError(f"{name} has no token states with offsets: use a transformer model with a fast tokenizer")
        self._after = [module for module in list(model)[pooling + 1 :] if not isinstance(module, Normalize)]
        self._filler = model.tokenizer.pad_token_id or 0
        self.fingerprint = Fingerprint(
            model=name,
            weights=weights,
            runtime=f"{RUNTIME}{str(model.dtype).removeprefix('torch.')}",
            query_prefix=prefixes.query,
            passage_prefix=prefixes.passage,
            dimensions=model.get_embedding_dimension() or 0,
            max_tokens=min(model.max_seq_length or LONGEST, LONGEST),
        )
        self._tokenizer = Tokenizer(backend, self.fingerprint.max_tokens)
        self._budget = BATCH_TOKENS.get(model.device.type, BATCH_TOKENS["cpu"])

    def set_precision(self, name: str) -> None:
        """Go on in a floating-point type by its name, such as float32: that of vectors to be compared with."""
        self.model = self.model.to(getattr(torch, name))
        self.fingerprint = replace(self.fingerprint, runtime=f"{RUNTIME}{name}")

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        lead = lead_of(text)
        texts = [text] if lead is None else [text, lead]
        tokens = self._tokenizer.encode([self.fingerprint.query_prefix + one for one in texts])
        _, sections = self._forward(tokens)
        vectors = normalized(_array(sections))
        return QueryVector(vectors[0], len(tokens[0].ids), tokens[0].truncated, None if lead is None else vectors[1])

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors, the longest of every window of passages first."""
        prefix = self.fingerprint.passage_prefix
        for start in range(0, len(passages), WINDOW):
            window = passages[start : start + WINDOW]
            tokens = self._tokenizer.encode([prefix + passage.text for passage in window])
            for batch in length_batches([len(t.ids) for t in tokens], self._budget):
                for row, vectors in self._encode_batch(window, tokens, batch):
                    yield start + row, vectors

    def _encode_batch(
        self, window: Sequence[Passage], tokens: Sequence[Tokens], batch: Sequence[int]
    ) -> Iterator[tuple[int, PassageVectors]]:
        states, sections = self._forward([tokens[row] for row in batch])
        units = normalized(_array(sections))
        for row, state, unit in zip(batch, _array(states), units, strict=True):
            offsets = tokens[row].offsets - len(self.fingerprint.passage_prefix)
            means, found = sentence_means(state[: len(offsets)], offsets, window[row].sentences)
            sentences = np.where(found[:, None], normalized(self._finish(means)), unit)
            yield row, PassageVectors(unit, sentences, tokens[row].truncated)

    @torch.inference_mode()
    def _forward(self, batch: Sequence[Tokens]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return token states (batch, length, hidden) and section vectors (batch, d)."""
        ids, mask = pad([tokens.ids for tokens in batch], self._filler)
        device = self.model.device
        output = self.model(
            {
                "input_ids": torch.from_numpy(ids).to(device),
                "attention_mask": torch.from_numpy(mask).to(device),
            }
        )
        return output["token_embeddings"], output["sentence_embedding"]

    @torch.inference_mode()
    def _finish(self, means: FloatArray) -> FloatArray:
        """Take pooled vectors through whatever the model has after its pooling."""
        if not self._after or not len(means):
            return means
        features = {"sentence_embedding": torch.from_numpy(means).to(self.model.device, self.model.dtype)}
        for module in self._after:
            features = module(features)
        return _array(features["sentence_embedding"])


def _array(tensor: torch.Tensor) -> FloatArray:
    array: FloatArray = tensor.float().cpu().numpy()
    return array
