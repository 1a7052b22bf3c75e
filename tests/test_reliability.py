"""Faults put into a real store by scripts/reliability.py."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from index.encoder import Encoder
from index.manifest import CURRENT, DATA_FILES, MANIFEST
from scripts.reliability import damaged, reindexing


def test_damage_is_one_bit_or_a_cut() -> None:
    data, chance = bytes(range(200)), random.Random(1)
    cuts = 0
    for _ in range(400):
        found = damaged(data, chance)
        if len(found) < len(data):
            cuts += 1
            assert data.startswith(found)
        else:
            assert sum((a ^ b).bit_count() for a, b in zip(data, found, strict=True)) == 1
    assert 50 < cuts < 150


@pytest.mark.slow
def test_kills_and_damages_lose_nothing(example_store: Path, examples: Path, encoder: Encoder, tmp_path: Path) -> None:
    sources = tmp_path / "examples"
    shutil.copytree(examples, sources)
    for number, path in enumerate(sorted(sources.rglob("2*/**/*.md"))):
        path.write_text(path.read_text("utf-8").replace("\n\nAuthors", f"\n\nVote: {number}\n\nAuthors"), "utf-8")
    said: list[str] = []
    found = reindexing(example_store, sources, tmp_path / "bench", encoder, kills=10, damages=50, tell=said.append)
    kills, damages = found["kills"], found["damages"]
    assert (kills["injected"], kills["survived"], kills["lost"]) == (10, 10, 0)
    assert kills["like_a_build_from_nothing"]
    assert (damages["injected"], damages["refused"], damages["recovered"], damages["lost"]) == (50, 50, 50, 0)
    assert set(damages["files"]) == {*DATA_FILES, MANIFEST, CURRENT}
    assert len(said) == 2
