"""The low-rank weights that tune the default model to paper summaries, and how they join the model's own.

The method is LoRA, Hu et al. 2021, arXiv:2106.09685. `scripts/train.py` makes the file.
"""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load_file

from index.arrays import FloatArray
from index.encoding.bert import Weights
from index.errors import ModelError

ADAPTER_FILE = Path(__file__).parent / "adapter.safetensors"

# A layer's update is UP (out, rank) times DOWN (rank, in); training's scale is part of UP.
DOWN = ".lora_down"
UP = ".lora_up"


def merged(weights: Weights, adapter: Weights) -> Weights:
    """Return a model's weights with the updates of an adapter added; ModelError where a layer is unknown."""
    layers = [name.removesuffix(UP) for name in adapter if name.endswith(UP)]
    return weights | {name: _updated(name, weights, adapter) for name in layers}


def _updated(name: str, weights: Weights, adapter: Weights) -> FloatArray:
    try:
        weight, update = weights[name], adapter[name + UP] @ adapter[name + DOWN]
    except (KeyError, ValueError) as error:
        raise ModelError(f"{ADAPTER_FILE} does not fit the model at {name} ({error}): reinstall nonmun") from error
    if weight.shape != update.shape:
        raise ModelError(f"{ADAPTER_FILE} does not fit the model at {name}: {update.shape} for {weight.shape}")
    sum_: FloatArray = weight + update
    return sum_


def load_adapter(file: Path = ADAPTER_FILE) -> Weights:
    """Return an adapter's matrices in float32, by the name of their layer's weight and DOWN or UP."""
    try:
        return {name: values.astype("float32") for name, values in load_file(file).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{file} is not readable ({error}): reinstall nonmun") from error
