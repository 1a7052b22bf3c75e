"""The map: where papers lie, and which words tell of a place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.map.regions import LEAST_HOLDERS, RADIUS, SPACING, Density, regions
from index.store.generation import Generation
from index.store.map_points import MapPoints, Region
from search.browse.map import SCALE, map_of
from search.engine import Engine


def test_a_region_is_named_by_the_word_that_keeps_to_it() -> None:
    source = np.random.default_rng(3)
    points = np.concatenate([0.2 + 0.01 * source.normal(size=(40, 2)), source.random((400, 2))]).astype(np.float32)
    everywhere = np.arange(0, 440, 5, dtype=np.int32)
    words = [
        ("everywhere", everywhere),
        ("here", np.arange(30, dtype=np.int32)),
        ("rare", np.arange(3, dtype=np.int32)),
    ]
    found = regions(points, iter(words))
    assert [one.word for one in found][:1] == ["here"]
    assert (found[0].x, found[0].y) == pytest.approx((0.2, 0.2), abs=0.02)
    assert found[0].papers >= LEAST_HOLDERS
    assert "rare" not in [one.word for one in found]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_words_of_few_papers_are_left_out_only_where_others_tell_more(seed: int) -> None:
    source = np.random.default_rng(seed)
    points = source.random((400, 2)).astype(np.float32)
    words = []
    for number in range(60):
        near = np.argsort(np.abs(points - source.random(2)).max(axis=1))[: int(source.integers(5, 99))]
        words.append((f"word{number}", np.sort(near[source.random(len(near)) < 0.9]).astype(np.int32)))
    words = sorted((pair for pair in words if len(pair[1]) >= LEAST_HOLDERS), key=lambda pair: -len(pair[1]))
    found = regions(points, iter(words))
    told = [regions(points, iter([pair]))[:1] for pair in words]
    every = {one.word: one for some in told for one in some}
    assert found == [every[one.word] for one in found]
    left_out = [one for word, one in every.items() if word not in {region.word for region in found}]
    for one in left_out:
        assert any((one.x - other.x) ** 2 + (one.y - other.y) ** 2 < SPACING**2 for other in found)


@given(st.integers(0, 2**32 - 1))
def test_the_density_is_the_number_of_points_in_a_square_but_for_its_rim(seed: int) -> None:
    source = np.random.default_rng(seed)
    points = source.random((300, 2)).astype(np.float32)
    x, y = (float(value) for value in source.random(2))
    away = np.abs(points - (x, y)).max(axis=1)
    cell = 1 / 200
    assert (away <= RADIUS - cell).sum() <= Density(points).around(x, y) <= (away <= RADIUS + cell).sum()


def test_a_plane_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = MapPoints(np.array([[0.25, 0.5]], np.float32), "pca", (Region("로봇", 0.25, 0.5, 7),))
    written.write(tmp_path)
    read = MapPoints.read(tmp_path)
    assert np.array_equal(read.points, written.points)
    assert (read.method, read.regions) == (written.method, written.regions)


def test_a_store_knows_where_its_papers_lie(engine: Engine) -> None:
    generation: Generation = engine.generation
    found = map_of(generation)
    assert len(found.ids) == len(set(found.ids)) == generation.manifest.papers
    assert [generation.row_of(one) for one in found.ids] == list(range(generation.manifest.papers))
    assert all(0 <= value <= SCALE for value in (*found.x, *found.y))
    assert found.months[3] == int((generation.paper(3).date or "0000-00")[:7].replace("-", ""))


def test_similar_papers_of_the_examples_lie_nearer_than_others(engine: Engine) -> None:
    points = engine.generation.map_points.points
    rows = range(len(points))
    like = [
        [engine.generation.row_of(one) for one in engine.similar_ids(engine.generation.ids()[row], 3)] for row in rows
    ]
    near = np.mean([np.linalg.norm(points[like[row]] - points[row], axis=1).mean() for row in rows])
    assert near < 0.75 * np.mean([np.linalg.norm(points - points[row], axis=1).mean() for row in rows])
