"""The adapter that ships: its size, its fit, and what it does to the default model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from index.encoding.adapter import ADAPTER_FILE, DOWN, UP, load_adapter, merged
from index.encoding.default_model import bundled_files
from index.encoding.encoder import BASE_MODEL, DEFAULT_MODEL
from index.encoding.models import load_encoder
from index.errors import ModelError

WEIGHT = "encoder.layer.0.output.dense.weight"
MEGABYTE = 1_000_000


def rank_one(outputs: int, inputs: int) -> dict[str, np.ndarray]:
    return {WEIGHT + UP: np.ones((outputs, 1), np.float32), WEIGHT + DOWN: np.ones((1, inputs), np.float32)}


def test_an_update_is_added_to_its_layer_and_to_no_other() -> None:
    weights = {WEIGHT: np.zeros((2, 3), np.float32), "other": np.zeros(4, np.float32)}
    found = merged(weights, rank_one(2, 3))
    assert found[WEIGHT].tolist() == [[1, 1, 1], [1, 1, 1]]
    assert found["other"] is weights["other"]
    assert not weights[WEIGHT].any()


def test_an_adapter_of_another_model_is_refused() -> None:
    for weights in ({}, {WEIGHT: np.zeros((2, 4), np.float32)}):
        with pytest.raises(ModelError, match=f"{ADAPTER_FILE} does not fit the model at {WEIGHT}"):
            merged(weights, rank_one(2, 3))


def test_half_precision_on_disk_is_single_precision_in_memory(tmp_path: Path) -> None:
    file = tmp_path / "adapter.safetensors"
    save_file({"a": np.ones(2, np.float16)}, file)
    assert load_adapter(file)["a"].dtype == np.float32


def test_a_missing_or_damaged_adapter_is_named(tmp_path: Path) -> None:
    file = tmp_path / "adapter.safetensors"
    with pytest.raises(ModelError, match=f"{file} is not readable"):
        load_adapter(file)
    file.write_bytes(b"not safetensors")
    with pytest.raises(ModelError, match=f"{file} is not readable"):
        load_adapter(file)


def test_the_adapter_is_small_and_tunes_every_linear_layer() -> None:
    assert ADAPTER_FILE.stat().st_size < 12 * MEGABYTE
    base = bundled_files(BASE_MODEL).read()
    layers = {name for name in base.weights if name.endswith("dense.weight") or ".self." in name}
    tuned = bundled_files(DEFAULT_MODEL).read()
    changed = {name for name, values in tuned.weights.items() if not np.array_equal(values, base.weights[name])}
    assert changed == {name for name in layers if name.endswith(".weight")}


def test_the_tuned_and_the_base_model_are_told_apart() -> None:
    tuned, base = load_encoder(DEFAULT_MODEL), load_encoder(BASE_MODEL)
    assert tuned.fingerprint.model != base.fingerprint.model
    assert tuned.fingerprint.weights != base.fingerprint.weights
    text = "학습률을 천천히 낮추면 정확도가 오른다"
    assert tuned.encode_query(text).vector @ base.encode_query(text).vector < 0.99


def test_tuning_brings_the_two_languages_together() -> None:
    korean, english = "선호 데이터 없이 언어 모델을 정렬하는 방법", "aligning language models without preference data"
    other = "a robot hand learns to fold laundry from video"

    def margin(model: str) -> float:
        asked, same, apart = (load_encoder(model).encode_query(text).vector for text in (korean, english, other))
        return float(asked @ same - asked @ apart)

    assert margin(DEFAULT_MODEL) > margin(BASE_MODEL)
