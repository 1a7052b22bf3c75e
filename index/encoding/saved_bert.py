"""A saved sentence-transformers model of the BERT kind, on ONNX Runtime."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from index.durable import file_digest
from index.encoding.bert import BLOCK, EXPORT_VERSION, TOKENIZER_FILE, BertShape, Weights
from index.encoding.encoder import Fingerprint, model_folder, prefixes_for
from index.encoding.model_cache import ModelFacts, cached
from index.encoding.onnx_encoder import RUNTIME, OnnxEncoder
from index.errors import ModelError

WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True, slots=True)
class BertFolder:
    """What the configuration files of a model folder say."""

    shape: BertShape
    prompts: dict[str, str]
    max_tokens: int


def load_onnx(model: str, threads: int) -> OnnxEncoder:
    """Return an int8 encoder of a mean-pooled BERT model by folder or name, converting it on first use.

    Raises ModelError for a model of any other kind.
    """
    folder = model_folder(model)
    name = str(folder) if Path(model).expanduser().is_dir() else model
    described = describe(folder)
    digest = file_digest(folder / WEIGHTS_FILE, folder / TOKENIZER_FILE)
    prefixes = prefixes_for(name, described.prompts)
    made, _ = cached(
        f"bert-{RUNTIME}-v{EXPORT_VERSION}-{digest[:16]}", lambda staging: _convert(folder, described.shape, staging)
    )
    fingerprint = Fingerprint(
        name, digest, RUNTIME, prefixes.query, prefixes.passage, described.shape.hidden, described.max_tokens
    )
    return OnnxEncoder(made, fingerprint, threads)


def describe(folder: Path) -> BertFolder:
    """Read a model's configuration; raises ModelError where the int8 encoder would not be the same model."""
    try:
        config, modules = _json(folder, "config.json"), _json(folder, "modules.json")
        pooling = _json(folder / modules[1]["path"], "config.json")
        shape = _shape(config)
        kinds = [module["type"].rpartition(".")[2] for module in modules]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unsuitable(folder, f"its configuration cannot be read: {error!r}") from error
    needs = {
        "BERT's architecture": config.get("model_type") == "bert",
        "GELU": config.get("hidden_act") == "gelu",
        "absolute positions": config.get("position_embedding_type", "absolute") == "absolute",
        f"a width that {BLOCK} divides": shape.hidden % BLOCK == 0,
        "mean pooling": pooling.get("pooling_mode") == "mean" or _only_mean(pooling),
        "nothing but normalisation after pooling": kinds[1:] in (["Pooling"], ["Pooling", "Normalize"]),
        WEIGHTS_FILE: (folder / WEIGHTS_FILE).is_file(),
        TOKENIZER_FILE: (folder / TOKENIZER_FILE).is_file(),
    }
    if missing := [need for need, met in needs.items() if not met]:
        raise _unsuitable(folder, f"it lacks {', '.join(missing)}")
    return BertFolder(shape, _prompts(folder), _max_tokens(folder, shape))


def _unsuitable(folder: Path, reason: str) -> ModelError:
    return ModelError(f"{folder} cannot run on ONNX Runtime ({reason}): use --runtime torch")


def _json(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def _optional(folder: Path, name: str) -> dict[str, Any]:
    return dict(_json(folder, name)) if (folder / name).is_file() else {}


def _shape(config: dict[str, Any]) -> BertShape:
    return BertShape(
        hidden=int(config["hidden_size"]),
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        inner=int(config["intermediate_size"]),
        words=int(config["vocab_size"]),
        positions=int(config["max_position_embeddings"]),
        epsilon=float(config["layer_norm_eps"]),
    )


def _only_mean(pooling: dict[str, Any]) -> bool:
    return [mode for mode, on in pooling.items() if mode.startswith("pooling_mode") and on] == [
        "pooling_mode_mean_tokens"
    ]


def _prompts(folder: Path) -> dict[str, str]:
    return dict(_optional(folder, "config_sentence_transformers.json").get("prompts") or {})


def _max_tokens(folder: Path, shape: BertShape) -> int:
    limits = (
        _optional(folder, "sentence_bert_config.json").get("max_seq_length"),
        _optional(folder, "tokenizer_config.json").get("model_max_length"),
    )
    return min([shape.positions, *(int(limit) for limit in limits if limit)])


def _convert(folder: Path, shape: BertShape, staging: Path) -> ModelFacts:
    from index.encoding.onnx_export import export

    stored = load_file(folder / WEIGHTS_FILE)
    weights: Weights = {name.removeprefix("bert."): values.astype("float32") for name, values in stored.items()}
    shutil.copyfile(folder / TOKENIZER_FILE, staging / TOKENIZER_FILE)
    try:
        export(weights, shape, staging)
    except KeyError as error:
        raise _unsuitable(folder, f"{WEIGHTS_FILE} has no tensor {error}") from error
    return {"dimensions": shape.hidden}
