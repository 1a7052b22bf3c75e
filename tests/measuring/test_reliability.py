"""Faults put into a real store by scripts/reliability/store.py."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from index.encoding.encoder import Encoder
from index.store.manifest import CURRENT, DATA_FILES, MANIFEST
from scripts.reliability.store import damaged, reindexing


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
def test_kills_and_damages_lose_nothing(example_store: Path, voted: Path, encoder: Encoder, tmp_path: Path) -> None:
    said: list[str] = []
    found = reindexing(example_store, voted, tmp_path / "bench", encoder, kills=10, damages=50, tell=said.append)
    kills, damages = found["kills"], found["damages"]
    assert (kills["injected"], kills["survived"], kills["lost"]) == (10, 10, 0)
    assert kills["like_a_build_from_nothing"]
    assert (damages["injected"], damages["refused"], damages["recovered"], damages["lost"]) == (50, 50, 50, 0)
    assert set(damages["files"]) == {*DATA_FILES, MANIFEST, CURRENT}
    assert len(said) == 2
