"""Updates of the default model, blended into one adapter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from index.encoding.adapter import DOWN, UP, load_adapter, merged
from scripts.training import blend

LAYER = "encoder.layer.0.output.dense.weight"


def whole(file: Path, matrix: np.ndarray) -> Path:
    scale = np.abs(matrix).max(axis=1) / 127
    save_file({LAYER: np.round(matrix / scale[:, None]).astype(np.int8), f"{LAYER}.scale": scale}, file)
    return file


def test_a_blend_adds_its_updates_by_their_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    up, down = rng.normal(size=(6, 2)).astype(np.float32), rng.normal(size=(2, 5)).astype(np.float32)
    save_file({LAYER + UP: up, LAYER + DOWN: down}, tmp_path / "adapter.safetensors")
    other = np.outer(rng.normal(size=6), rng.normal(size=5)).astype(np.float32)
    file, out = whole(tmp_path / "whole.safetensors", other), tmp_path / "out.safetensors"
    shares = [f"0.5:{tmp_path / 'adapter.safetensors'}", f"2:{file}"]
    monkeypatch.setattr(sys, "argv", ["blend", *shares, "--rank", "3", "--out", str(out)])
    blend.main()
    assert json.loads(capsys.readouterr().out) == {"layers": 1, "rank": 3, "energy": 1.0}
    base = np.ones((6, 5), np.float32)
    found = merged({LAYER: base}, load_adapter(out))[LAYER] - base
    np.testing.assert_allclose(found, 0.5 * up @ down + 2 * other, atol=0.05)


def test_fewer_directions_hold_the_most_that_so_few_can() -> None:
    matrix = np.diag([3.0, 2.0, 1.0]).astype(np.float32)
    up, down, held = blend.low_rank(matrix, 2)
    np.testing.assert_allclose(up @ down, np.diag([3.0, 2.0, 0.0]), atol=1e-6)
    assert held == pytest.approx(13 / 14)


def test_the_adapter_that_ships_holds_what_its_card_says() -> None:
    from index.encoding.adapter import ADAPTER_FILE

    size = json.loads(ADAPTER_FILE.with_suffix(".json").read_text(encoding="utf-8"))["size"]
    arrays = load_file(ADAPTER_FILE)
    ups = {name: values for name, values in arrays.items() if name.endswith(UP)}
    assert (len(ups), ADAPTER_FILE.stat().st_size) == (size["layers"], size["bytes"])
    assert {values.shape[1] for values in ups.values()} == {size["rank"]}
