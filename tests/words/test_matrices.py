"""Sparse matrices that grow block by block, and columns numbered as they come."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.arrays import offsets_of, runs
from index.words.matrices import MatrixRows, Numbering, counted

BLOCKS = st.lists(st.lists(st.integers(0, 30), max_size=12), max_size=6)


def test_offsets_say_where_runs_start_and_the_last_ends() -> None:
    assert offsets_of([2, 0, 3]).tolist() == [0, 2, 2, 5]
    assert offsets_of([]).tolist() == [0]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_runs_are_the_places_of_each_run_in_turn(pairs: list[tuple[int, int]]) -> None:
    starts, sizes = (
        (np.array(column, np.int64) for column in zip(*pairs, strict=True)) if pairs else (np.zeros(0, int),) * 2
    )
    assert runs(starts, sizes).tolist() == [start + i for start, size in pairs for i in range(size)]


def test_a_row_counts_each_of_its_columns_as_often_as_it_comes() -> None:
    found = counted(np.array([2, 0, 2, 1]), np.array([0, 3, 3, 4]), 3).toarray()
    assert found.tolist() == [[1, 0, 2], [0, 0, 0], [0, 1, 0]]
    weighed = counted(np.array([2, 0, 2]), np.array([0, 3]), 3, np.array([3, 1, 1]))
    assert weighed.toarray().tolist() == [[1, 0, 4]]


@given(BLOCKS)
def test_numbers_have_columns_in_the_order_in_which_they_first_come(blocks: list[list[int]]) -> None:
    numbering = Numbering()
    expected: dict[int, int] = {}
    for block in blocks:
        for number in block:
            expected.setdefault(number, len(expected))
        columns = numbering.columns(np.array(block, np.int32))
        assert columns.tolist() == [expected[number] for number in block]
    assert numbering.numbers().tolist() == list(expected)
    assert numbering.numbers(2).tolist() == list(expected)[2:]
    assert numbering.size == len(expected)


def test_blocks_of_rows_become_one_matrix_as_wide_as_the_last() -> None:
    rows = MatrixRows()
    rows.add(counted(np.array([1, 0]), np.array([0, 1, 2]), 2))
    rows.add(counted(np.array([3, 3]), np.array([0, 2]), 4))
    found = rows.matrix(4)
    assert found.toarray().tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 2]]
    assert found.dtype == np.float32


@pytest.mark.parametrize("width", [0, 3])
def test_no_rows_are_an_empty_matrix(width: int) -> None:
    assert MatrixRows().matrix(width).shape == (0, width)
