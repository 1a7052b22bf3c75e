"""What is remembered of a table: read together, read once, and no more than was promised."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from index.store.remembered import Remembered


class Table:
    """Squares of numbers, and every number that was asked for."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def __call__(self, keys: Sequence[int]) -> dict[int, int]:
        self.read.append(list(keys))
        return {key: key * key for key in keys}


def test_what_is_wanted_together_is_read_together_and_once() -> None:
    table = Table()
    squares = Remembered(table, 10)
    assert squares.many([1, 2, 2, 3]) == {1: 1, 2: 4, 3: 9}
    assert squares.many([3, 4]) == {3: 9, 4: 16}
    assert squares(4) == 16
    assert squares.many([]) == {}
    assert table.read == [[1, 2, 3], [4]]


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=40))
def test_every_value_is_right_and_what_was_asked_last_is_not_read_again(asked: list[list[int]]) -> None:
    table = Table()
    squares = Remembered(table, 8)
    for keys in asked:
        assert squares.many(keys) == {key: key * key for key in keys}
        read = len(table.read)
        assert squares.many(keys) == {key: squares(key) for key in keys}
        assert len(table.read) == read


def test_no_more_is_kept_than_twice_the_size_and_what_is_asked_at_once() -> None:
    squares = Remembered(Table(), 8)
    for start in range(0, 1000, 3):
        squares.many(range(start, start + 3))
        assert len(squares._young) + len(squares._old) <= 2 * 8 + 3
