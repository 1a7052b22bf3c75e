"""Trees as LightGBM writes them: what they predict, and which part it counts to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.errors import ModelError
from search.ranking.features import COLUMNS, OWNERS, PARTS
from search.ranking.learned import TREES_FILE, trees
from search.ranking.trees import parse_trees, read_trees

# near <= 0.5 ? (said <= 2 ? -1 : 1) : 3, of which 2 is expected on the right of the whole and 0 on its left.
TEXT = """tree
feature_names=near said

Tree=0
num_leaves=3
num_cat=0
split_feature=0 1
threshold=0.5 2
left_child=1 -1
right_child=-2 -3
leaf_value=-1 3 1
internal_value=0.5 0

Tree=1
num_leaves=2
num_cat=0
split_feature=1
threshold=7
left_child=-1
right_child=-2
leaf_value=0 10
internal_value=4

end of trees
"""


def test_what_each_feature_moves_counts_to_its_part() -> None:
    model = parse_trees(TEXT, [0, 1], 2)
    rows = np.array([[0.5, 2.0], [0.5, 2.1], [0.6, 0.0], [0.6, 9.0]], np.float32)
    found = model.contributions(rows)
    assert found.tolist() == [[-0.5, -1 - 4], [-0.5, 1 - 4], [2.5, -4], [2.5, 6]]
    predicted = np.array([-1 + 0, 1 + 0, 3 + 0, 3 + 10])
    assert found.sum(axis=1) == pytest.approx(predicted - (0.5 + 4))


def test_two_features_may_count_to_one_part() -> None:
    both = parse_trees(TEXT, [0, 0], 1).contributions(np.array([[0.5, 2.0]], np.float32))
    assert both.tolist() == [[-5.5]]


def test_a_threshold_of_double_precision_splits_as_it_is_written() -> None:
    above = np.float32(0.1)
    assert float(above) > 0.1
    below = np.nextafter(above, np.float32(0))
    model = parse_trees(TEXT.replace("threshold=0.5 2", "threshold=0.1 2"), [0, 1], 2)
    found = model.contributions(np.array([[below, 0], [above, 0]], np.float32))
    assert found[:, 0].tolist() == [-0.5, 2.5]


@pytest.mark.parametrize(
    "damaged",
    ["", "tree", TEXT.replace("num_leaves=3", "num_leaves=31"), TEXT.replace("threshold=7", "threshold=seven")],
)
def test_what_is_no_model_is_named(damaged: str, tmp_path: Path) -> None:
    file = tmp_path / "fusion.txt"
    file.write_text(damaged, encoding="utf-8")
    with pytest.raises(ModelError, match=f"{file} is not a model of trees"):
        read_trees(file, ["near", "said"], ["a", "b"], ["a", "b"])


def test_a_model_of_other_features_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fusion.txt"
    file.write_text(TEXT, encoding="utf-8")
    with pytest.raises(ModelError, match=f"{file} is a model of other features"):
        read_trees(file, ["near", "told"], ["a", "b"], ["a", "b"])


def test_the_trees_that_ship_are_small_and_of_the_features_that_are_measured() -> None:
    assert TREES_FILE.stat().st_size < 300_000
    assert trees().features == COLUMNS
    assert trees().added.shape == (8 * len(trees().columns), len(PARTS))
    assert len(OWNERS) == len(COLUMNS)
