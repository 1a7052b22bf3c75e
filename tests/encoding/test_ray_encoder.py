"""Encoding on a Ray cluster: the same vectors as here, each once, whatever is lost meanwhile."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.encoding.encoder import Encoder
from index.errors import ModelError
from index.store.manifest import CACHE
from search.cli import store_commands as upkeep
from search.cli.main import main
from tests.support.paths import REPOSITORY
from tests.support.ray_runs import DIED

SECONDS = 400
NAMESPACES = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs ray: pip install -e '.[ray]'")
needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="needs root and unshare: Ray is tried on a network of its own",
)


def command(*arguments: str) -> list[str]:
    """Return the command that runs something of tests/support/ray_runs.py apart from this machine's network."""
    return [*NAMESPACES, sys.executable, "-m", "tests.support.ray_runs", *arguments]


def finished(arguments: list[str]) -> dict[str, Any]:
    """Run a command to its end, and return its last line."""
    done = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-3000:]
    body: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return body


def reindex(store: Path) -> list[str]:
    return command("nonmun", "index", "examples", "--store", str(store), "--ray", "local")


def kept(store: Path) -> dict[bytes, tuple[bytes, bytes]]:
    """Return the vectors of a store's cache, by key."""
    database = sqlite3.connect(store / CACHE)
    try:
        rows = database.execute("SELECT key, section, sentences FROM vectors").fetchall()
    finally:
        database.close()
    return {key: (section, sentences) for key, section, sentences in rows}


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Index the examples with --ray local."""
    store = tmp_path_factory.mktemp("ray") / "store"
    return store, finished(reindex(store))


@needs_ray
@needs_root
def test_the_same_texts_give_the_same_vectors_as_here(
    indexed: tuple[Path, dict[str, Any]], example_store: Path
) -> None:
    store, body = indexed
    assert kept(store) == kept(example_store)
    assert body["outcome"] == "published"
    assert body["encoded"] == len(kept(store))


@needs_ray
def test_a_run_with_nothing_to_encode_connects_to_no_cluster(
    example_store: Path, examples: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(upkeep, "load_encoder", lambda *_: encoder)
    arguments = ["index", str(examples), "--store", str(example_store), "--ray", "192.0.2.1:6379"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["outcome"] == "unchanged"


@needs_ray
@needs_root
def test_a_machine_that_is_lost_in_mid_run_costs_nothing_but_time(tmp_path: Path, example_store: Path) -> None:
    seen = finished(command("cluster", str(tmp_path)))
    assert seen["done_when_killed"]
    assert seen["alive"] == 1
    assert kept(tmp_path / "store") == kept(example_store)
    assert seen["given"] == [1]
    assert seen["encoded"] == len(kept(example_store))
    assert "encodes otherwise (weights: " in seen["refused"]


@needs_ray
@needs_root
@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path, example_store: Path) -> None:
    store = tmp_path / "store"
    dead = subprocess.run(command("dying", str(store)), cwd=REPOSITORY, capture_output=True, timeout=SECONDS)
    assert dead.returncode == DIED, dead.stderr[-3000:]
    before = kept(store)
    assert 0 < len(before) < len(kept(example_store))
    body = finished(reindex(store))
    assert body["encoded"] == len(kept(example_store)) - len(before)
    assert kept(store) == kept(example_store)


@needs_ray
def test_cores_are_shared_out_evenly_and_graphics_processors_go_to_torch_one_a_process() -> None:
    from index.encoding.ray_encoder import Pool, pool_for

    assert pool_for([{"CPU": 16.0}, {"CPU": 6.0}, {"memory": 1e9}], "onnx") == Pool(5, 4, 0)
    assert pool_for([{"CPU": 1.0}, {"CPU": 8.0}], "torch") == Pool(9, 1, 0)
    assert pool_for([{"CPU": 16.0, "GPU": 4.0}, {"CPU": 8.0}], "torch") == Pool(4, 1, 1)
    assert pool_for([{"CPU": 16.0, "GPU": 4.0}], "onnx") == Pool(4, 4, 0)
    with pytest.raises(ModelError, match="no machine with a core"):
        pool_for([{"memory": 1e9}], "onnx")


@needs_ray
def test_a_machine_with_other_code_or_another_model_is_refused_by_name(encoder: Encoder) -> None:
    from index.encoding.ray_encoder import refusal

    wanted = encoder.fingerprint
    assert refusal(wanted, "1", wanted, "1") is None
    assert "another version of nonmun" in str(refusal(wanted, "1", wanted, "2"))
    assert "max_tokens: 128, here: 512" in str(refusal(wanted, "1", replace(wanted, max_tokens=128), "1"))


@needs_ray
def test_an_address_of_rays_client_is_refused(encoder: Encoder) -> None:
    from index.encoding.ray_encoder import RayEncoder

    with pytest.raises(ModelError, match="give HOST:PORT"):
        RayEncoder(encoder, "ray://10.0.0.1:10001")


def test_without_ray_the_extra_is_named(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delitem(sys.modules, "index.encoding.ray_encoder", raising=False)
    assert main(["index", str(examples), "--store", str(tmp_path / "store"), "--ray", "local"]) == 4
    assert "pip install 'nonmun[ray]'" in capsys.readouterr().err
    assert not (tmp_path / "store" / CACHE).exists()
