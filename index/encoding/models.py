"""Which encoder to load for a model and a runtime."""

from __future__ import annotations

import os

from index.encoding.encoder import BASE_MODEL, DEFAULT_MODEL, Encoder, Runtime
from index.errors import MissingExtra

EXTRA = frozenset({"huggingface_hub", "sentence_transformers", "tokenizers", "torch", "transformers"})
"""What the extra `torch` installs: all that models other than those that ship are loaded with."""


def load_encoder(model: str = DEFAULT_MODEL, runtime: Runtime = "auto", threads: int | None = None) -> Encoder:
    """Return an encoder for a model that ships, or for any sentence-transformers model by name or folder.

    Models that ship, the default and the one that it was tuned from, run on ONNX Runtime and every other on
    torch, unless `runtime` says otherwise. Raises ModelError, which says what to do, where it cannot be loaded,
    and MissingExtra where it needs the extra `torch`.
    """
    try:
        return _load(model, runtime, threads or available_cores())
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        said = model if runtime == "auto" else f"{model} on {runtime}"
        raise MissingExtra(
            f"{said} needs a library that is not installed ({error}): pip install 'nonmun[torch]'"
        ) from None


def _load(model: str, runtime: Runtime, threads: int) -> Encoder:
    if model in (DEFAULT_MODEL, BASE_MODEL):
        return _load_bundled(model, runtime, threads)
    if runtime == "onnx":
        from index.encoding.saved_bert import load_onnx

        return load_onnx(model, threads)
    from index.encoding.torch_encoder import load_torch

    return load_torch(model, threads)


def _load_bundled(model: str, runtime: Runtime, threads: int) -> Encoder:
    from index.encoding.default_model import bundled_files, load_bundled_onnx

    files = bundled_files(model)
    if runtime != "torch":
        return load_bundled_onnx(files, threads)
    from index.encoding.torch_encoder import load_bundled_torch

    return load_bundled_torch(files, threads)


def available_cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
