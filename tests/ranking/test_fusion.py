"""From scores to ranked papers: pure functions over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.arrays import FloatArray
from search.ranking.fusion import (
    DOUBT,
    SHARES,
    Ranked,
    Scores,
    best,
    best_per_paper,
    doubted,
    fuse,
    pool,
    recency,
    resorted,
    scaled,
    with_part,
)

VALUES = st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 3.0]), max_size=30).map(lambda v: np.array(v, np.float32))
FLOATS = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=30).map(lambda v: np.array(v, np.float32))


@st.composite
def features(draw: st.DrawFn) -> Mapping[str, FloatArray]:
    size = draw(st.integers(1, 20))
    column = st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.0, 7.5]), min_size=size, max_size=size)
    return {name: np.array(draw(column), np.float32) for name in SHARES}


@st.composite
def found(draw: st.DrawFn) -> Scores:
    rows = draw(st.lists(st.integers(0, 40), unique=True, max_size=20))
    values = draw(st.lists(st.sampled_from([0.1, 0.5, 2.0]), min_size=len(rows), max_size=len(rows)))
    return Scores(np.array(rows, np.int64), np.sort(np.array(values, np.float32))[::-1])


@given(VALUES, st.integers(1, 12), st.randoms())
def test_the_best_scores_are_those_of_a_full_sort(values: FloatArray, k: int, random: np.random.RandomState) -> None:
    allowed = np.array([random.random() < 0.7 for _ in values], np.bool_)
    for mask in (None, allowed):
        usable = [i for i, value in enumerate(values) if value > 0 and (mask is None or mask[i])]
        expected = sorted(usable, key=lambda i: (-values[i], i))[:k]
        result = best(values, k, mask)
        assert list(result.rows) == expected
        assert list(result.values) == [values[i] for i in expected]


def test_a_tie_at_the_cut_goes_to_the_lower_row() -> None:
    assert list(best(np.array([1, 5, 1, 1, 5], np.float32), 3).rows) == [1, 4, 0]


@given(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 6)), max_size=30), st.integers(1, 8))
def test_a_paper_counts_by_its_best_section(sections: list[tuple[float, int]], k: int) -> None:
    ordered = sorted(sections, key=lambda pair: -pair[0])
    scores = np.array([score for score, _ in ordered], np.float32)
    owners = np.array([owner for _, owner in ordered], np.int64)
    strongest = {owner: max(s for s, other in sections if other == owner) for _, owner in sections}
    result = best_per_paper(scores, owners, k)
    assert list(result.rows) == sorted(strongest, key=lambda owner: (-strongest[owner], owner))[:k]
    assert result.values == pytest.approx([strongest[int(owner)] for owner in result.rows])


@given(FLOATS)
def test_a_scaled_feature_keeps_its_order_between_nought_and_one(values: FloatArray) -> None:
    result = scaled(values)
    assert result.shape == values.shape
    assert 0 <= result.min() <= result.max() <= 1
    order = np.argsort(values, kind="stable")
    assert (np.diff(result[order]) >= 0).all()


def test_a_feature_that_does_not_differ_says_nothing() -> None:
    assert not scaled(np.full(4, 3.0, np.float32)).any()
    assert scaled(np.zeros(0, np.float32)).shape == (0,)


def test_the_best_of_a_feature_is_one() -> None:
    assert scaled(np.array([2.0, -4.0, 6.0], np.float32)).max() == 1.0


@given(features())
def test_a_score_is_the_sum_of_its_parts(given_features: Mapping[str, FloatArray]) -> None:
    rows = np.arange(10, 10 + len(given_features["title"]))
    ranked = fuse(level(rows), given_features, SHARES)
    assert sorted(ranked.rows) == list(rows)
    assert ranked.parts.keys() == SHARES.keys()
    assert ranked.scores == pytest.approx(sum(part.astype(float) for part in ranked.parts.values()), abs=1e-6)
    for name, part in ranked.parts.items():
        assert 0 <= part.min() <= part.max() <= SHARES[name] + 1e-6


@given(features(), st.randoms())
def test_the_order_is_by_score_then_row_however_the_papers_come(
    given_features: Mapping[str, FloatArray], random: np.random.RandomState
) -> None:
    rows = np.arange(len(given_features["title"]))
    ranked = fuse(level(rows), given_features, SHARES)
    assert list(zip(-ranked.scores, ranked.rows, strict=True)) == sorted(zip(-ranked.scores, ranked.rows, strict=True))
    places = list(range(len(rows)))
    random.shuffle(places)
    shuffled = fuse(level(rows[places]), {name: values[places] for name, values in given_features.items()}, SHARES)
    assert same(ranked, shuffled)


def level(rows: npt.NDArray[np.int64]) -> Scores:
    """Return a pool of papers that are all as good."""
    return Scores(rows, np.zeros(len(rows), np.float32))


def test_papers_that_no_feature_tells_apart_go_by_the_pool() -> None:
    chosen = Scores(np.array([2, 5, 9]), np.array([0.1, 0.7, 0.3], np.float32))
    ranked = fuse(chosen, {name: np.zeros(3, np.float32) for name in SHARES}, SHARES)
    assert list(ranked.rows) == [5, 9, 2]


def same(one: Ranked, other: Ranked) -> bool:
    return bool(np.array_equal(one.rows, other.rows) and np.array_equal(one.scores, other.scores))


def test_shares_of_a_question_sum_to_one() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)


@given(found(), found(), st.integers(1, 50))
def test_the_pool_holds_papers_of_either_list_each_once(dense: Scores, lexical: Scores, size: int) -> None:
    rows = [int(row) for row in pool(dense, lexical, size).rows]
    union = {int(row) for scores in (dense, lexical) for row in scores.rows}
    assert len(rows) == len(set(rows))
    assert set(rows) <= union
    assert len(rows) == min(size, len(union))


def test_the_pool_keeps_the_best_of_both_lists() -> None:
    dense = Scores(np.array([7, 3, 5]), np.array([0.9, 0.5, 0.1], np.float32))
    lexical = Scores(np.array([4, 5, 3]), np.array([9.0, 5.0, 1.0], np.float32))
    assert list(pool(dense, lexical, 2).rows) == [4, 7]


def test_an_empty_pool_ranks_nothing() -> None:
    nothing = Scores(np.zeros(0, np.int64), np.zeros(0, np.float32))
    chosen = pool(nothing, nothing, 10)
    ranked = fuse(chosen, {name: np.zeros(0, np.float32) for name in SHARES}, SHARES)
    assert (len(chosen.rows), len(ranked.rows), len(ranked.scores)) == (0, 0, 0)


def ranked(*scores: float) -> Ranked:
    """Return papers 10, 11, ... whose scores consist of one part."""
    values = np.array(scores, np.float32)
    return Ranked(np.arange(10, 10 + len(scores)), values, {"terms": values})


def test_one_more_part_adds_to_the_score_and_moves_papers() -> None:
    found = with_part(ranked(3, 2, 1), "exact", np.array([0, 0, 2.5], np.float32))
    assert list(found.rows) == [12, 10, 11]
    assert list(found.scores) == [3.5, 3, 2]
    assert {name: list(part) for name, part in found.parts.items()} == {"terms": [1, 3, 2], "exact": [2.5, 0, 0]}


def test_papers_that_a_part_makes_equal_keep_their_order() -> None:
    assert list(with_part(ranked(3, 2, 1), "exact", np.array([0, 1, 2], np.float32)).rows) == [10, 11, 12]


def test_a_doubted_paper_goes_behind_its_equals_and_no_further() -> None:
    found = doubted(ranked(3, 2, 1.999, 1), np.array([False, True, False, False]))
    assert list(found.rows) == [10, 12, 11, 13]
    assert found.parts["doubtful"] == pytest.approx([0, 0, -DOUBT, 0])
    assert list(doubted(ranked(3, 2, 1.99), np.array([False, True, False])).rows) == [10, 11, 12]


def test_where_no_paper_is_doubted_nothing_is_added() -> None:
    assert set(doubted(ranked(3, 2), np.zeros(2, np.bool_)).parts) == {"terms"}


UNKNOWN = np.iinfo(np.int64).min


@given(st.lists(st.sampled_from([UNKNOWN, -2, 0, 7, np.iinfo(np.int64).max]), max_size=12), st.integers(1, 12))
def test_the_best_papers_are_ordered_by_a_key_and_equals_keep_their_order(keys: list[int], depth: int) -> None:
    before = ranked(*(float(-i) for i in range(len(keys))))
    found = resorted(before, np.array(keys, np.int64), depth)
    expected = sorted(range(len(keys))[:depth], key=lambda i: (-keys[i], i))
    assert list(found.rows) == [10 + i for i in expected]
    assert list(found.scores) == [float(-i) for i in expected]
    assert list(found.parts["terms"]) == list(found.scores)


def test_a_date_is_worth_half_as_much_with_every_half_life() -> None:
    dates = np.array([20240131, 20240101, 20231202, 0], np.int32)
    assert recency(dates, 20240131, 30) == pytest.approx([1, 0.5, 0.25, 0])


def test_dates_that_are_all_unknown_are_worth_nothing() -> None:
    assert list(recency(np.zeros(3, np.int32), 0, 30)) == [0, 0, 0]
