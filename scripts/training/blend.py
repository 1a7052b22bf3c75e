"""Blends updates of the default model into one adapter: a weighted sum, cut to its first singular directions.

    python -m scripts.training.blend --rank 64 --out FILE SHARE:FILE[,FILE...] SHARE:FILE...

An update is an adapter, or the whole difference of each matrix as int8 rows with their scales (NAME and NAME.scale, in
one file or several). Averages of models that were tuned from the same weights err less than each of them (Wortsman et
al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from index.arrays import FloatArray
from index.encoding.adapter import ADAPTER_FILE, DOWN, UP

SCALE = ".scale"

Update = Callable[[str], FloatArray]
"""Gives what is added to a layer's weight."""


def read_update(files: Sequence[Path]) -> tuple[Update, set[str]]:
    """Return an update, and the layers that it changes."""
    arrays: dict[str, Any] = {}
    for file in files:
        arrays |= load_file(file)
    ups = {name.removesuffix(UP) for name in arrays if name.endswith(UP)}
    scales = {name.removesuffix(SCALE) for name in arrays if name.endswith(SCALE)}

    def update(layer: str) -> FloatArray:
        if layer in ups:
            found: FloatArray = arrays[layer + UP].astype(np.float32) @ arrays[layer + DOWN].astype(np.float32)
            return found
        whole: FloatArray = arrays[layer].astype(np.float32) * arrays[layer + SCALE].reshape(-1, 1)
        return whole

    return update, ups | scales


def low_rank(matrix: FloatArray, rank: int) -> tuple[FloatArray, FloatArray, float]:
    """Return the factors (out, rank) and (rank, in) nearest to a matrix, and the share of its energy that they hold."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    roots = np.sqrt(values[:rank])
    held = float((values[:rank] ** 2).sum() / max((values**2).sum(), 1e-12))
    return left[:, :rank] * roots, roots[:, None] * right[:rank], held


def blended(updates: Sequence[tuple[float, Update, set[str]]], rank: int) -> Iterator[tuple[str, Any, Any, float]]:
    """Yield each layer that an update changes, its two factors, and the share of the energy that they hold."""
    for layer in sorted(set[str]().union(*(layers for _, _, layers in updates))):
        parts = [np.float32(share) * update(layer) for share, update, layers in updates if layer in layers]
        yield layer, *low_rank(np.sum(parts, axis=0, dtype=np.float32), rank)


def main() -> None:
    """Read the updates, write the adapter, and say what it holds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("updates", nargs="+", metavar="SHARE:FILE[,FILE...]", help="an update and its share")
    parser.add_argument("--rank", type=int, default=64, help="directions that are kept; default: %(default)s")
    parser.add_argument("--out", type=Path, default=ADAPTER_FILE, help="the adapter to write; default: %(default)s")
    chosen = parser.parse_args()
    given = [text.partition(":") for text in chosen.updates]
    updates = [(float(share), *read_update([Path(file) for file in files.split(",")])) for share, _, files in given]
    arrays: dict[str, Any] = {}
    held: list[float] = []
    for layer, up, down, energy in blended(updates, chosen.rank):
        arrays |= {layer + UP: up.astype(np.float16), layer + DOWN: down.astype(np.float16)}
        held.append(energy)
    save_file(arrays, chosen.out)
    print(json.dumps({"layers": len(held), "rank": chosen.rank, "energy": round(float(np.mean(held)), 3)}))


if __name__ == "__main__":
    main()
