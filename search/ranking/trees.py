"""Boosted regression trees that say which feature brought what, read from LightGBM's text of a model.

All trees are walked at once, without branches: every split that a row fails strikes out the leaves on its left, and
the first leaf that is left over is the row's (QuickScorer, Lucchese et al. 2015). What a leaf adds is shared out over
the splits on the way to it, each by how far it moved the expected value (Saabas, 2014), so that the shares of all
features and the model's constant sum to what the model predicts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray
from index.errors import ModelError

MOST_LEAVES = 8
"""A tree's leaves are the bits of one byte."""


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A model of T trees: what each split asks, (T, 7), and what each leaf adds to each part, (T * 8, parts).

    A split lets a row go left where its feature is at most the threshold. Trees with fewer splits are filled up with
    such as every row passes.
    """

    features: tuple[str, ...]
    columns: npt.NDArray[np.int64]
    thresholds: FloatArray
    right: npt.NDArray[np.uint8]
    added: FloatArray

    def contributions(self, rows: FloatArray) -> FloatArray:
        """Return what each part adds to each row of features (n, features), shape (n, parts)."""
        passed = np.ascontiguousarray(rows.T)[self.columns] <= self.thresholds[:, :, None]
        # In one byte, minus True is all ones.
        left_over = np.bitwise_and.reduce(np.negative(passed.view(np.uint8)) | self.right[:, :, None], axis=1)
        leaves = _FIRST[left_over] + MOST_LEAVES * np.arange(len(self.columns))[:, None]
        found: FloatArray = self.added[leaves].sum(axis=0)
        return found


_FIRST = np.array([0] + [(byte & -byte).bit_length() - 1 for byte in range(1, 256)], np.int64)
"""The lowest bit of each byte."""


@dataclass(frozen=True, slots=True)
class _Tree:
    """One tree as LightGBM writes it; a child below nought is the leaf `-1 - child`."""

    columns: Sequence[int]
    thresholds: Sequence[float]
    children: tuple[Sequence[int], Sequence[int]]
    expected: Sequence[float]
    leaves: Sequence[float]

    def value(self, node: int) -> float:
        """Return what is predicted for all that comes to a node or a leaf."""
        return self.leaves[-1 - node] if node < 0 else self.expected[node]


@dataclass(frozen=True, slots=True)
class _Way:
    """A way from the root to a leaf: each split with the side that is taken there, and the leaf."""

    splits: tuple[tuple[int, int], ...]
    leaf: int


def read_trees(file: Path, features: Sequence[str], owners: Sequence[str], parts: Sequence[str]) -> Trees:
    """Read a model of some features, each of which counts to its owner, one of the parts; ModelError otherwise."""
    try:
        trees = parse_trees(file.read_text(encoding="utf-8"), [parts.index(owner) for owner in owners], len(parts))
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise ModelError(f"{file} is not a model of trees that can be read ({error!r}): reinstall nonmun") from error
    if trees.features != tuple(features):
        raise ModelError(f"{file} is a model of other features: reinstall nonmun")
    return trees


def parse_trees(text: str, owners: Sequence[int], parts: int) -> Trees:
    """Return the model of a text, each of whose features counts to its owner, the number of one of the parts."""
    head, *blocks = text.partition("\nend of trees")[0].split("\nTree=")
    features = tuple(_fields(head)["feature_names"].split())
    trees = [_tree(block) for block in blocks]
    columns = np.zeros((len(trees), MOST_LEAVES - 1), np.int64)
    thresholds, right = np.full(columns.shape, np.inf), np.full(columns.shape, 255, np.uint8)
    added = np.zeros((len(trees), MOST_LEAVES, parts), np.float32)
    for number, tree in enumerate(trees):
        columns[number, : len(tree.columns)] = tree.columns
        thresholds[number, : len(tree.columns)] = tree.thresholds
        for place, way in enumerate(_ways(tree)):
            for split in (split for split, side in way.splits if side == 0):
                right[number, split] &= ~np.uint8(1 << place)
            for split, moved in _moves(tree, way):
                added[number, place, owners[tree.columns[split]]] += moved
    return Trees(features, columns, _single(thresholds), right, added.reshape(-1, parts))


def _single(values: npt.NDArray[np.float64]) -> FloatArray:
    """Return the greatest number of single precision that is no greater than each, which splits such numbers alike."""
    rounded = values.astype(np.float32)
    return np.where(rounded > values, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(block: str) -> _Tree:
    fields = _fields(block)
    if int(fields["num_leaves"]) > MOST_LEAVES or int(fields["num_cat"]):
        raise ValueError(f"a tree of {fields['num_leaves']} leaves and {fields['num_cat']} categories")
    columns, left, right = ([int(n) for n in fields[f].split()] for f in ("split_feature", "left_child", "right_child"))
    names = ("threshold", "internal_value", "leaf_value")
    thresholds, expected, leaves = ([float(value) for value in fields[name].split()] for name in names)
    return _Tree(columns, thresholds, (left, right), expected, leaves)


def _ways(tree: _Tree, node: int = 0, splits: tuple[tuple[int, int], ...] = ()) -> Iterator[_Way]:
    """Yield the way to every leaf below a node, from the left."""
    if node < 0:
        yield _Way(splits, node)
        return
    for side, children in enumerate(tree.children):
        yield from _ways(tree, children[node], (*splits, (node, side)))


def _moves(tree: _Tree, way: _Way) -> Iterator[tuple[int, float]]:
    """Yield each split on a way with how far it moves the expected value."""
    nodes = [split for split, _ in way.splits]
    for node, after in zip(nodes, [*nodes[1:], way.leaf], strict=True):
        yield node, tree.value(after) - tree.value(node)
