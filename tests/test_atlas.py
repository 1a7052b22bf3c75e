"""The map: where papers lie, and which words tell of a place."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.atlas import LEAST_HOLDERS, LEAST_PAPERS, RADIUS, Density, fitted, lay_out, principal_plane, regions
from index.generation import Generation
from index.plane import Plane, Region
from index.pooling import normalized
from search.atlas import SCALE, atlas
from search.engine import Engine

FloatArray = npt.NDArray[Any]


def clusters(papers: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Return unit vectors around three directions, and which direction each is around."""
    source = np.random.default_rng(seed)
    centres, belongs = source.normal(size=(3, 32)), np.arange(papers) % 3
    return normalized((centres[belongs] + 0.2 * source.normal(size=(papers, 32))).astype(np.float32)), belongs


def tells_apart(points: FloatArray, belongs: FloatArray) -> float:
    """Return how many points have a point of their own cluster as the nearest."""
    distances = np.linalg.norm(points[:, None] - points[None, :], axis=2) + 9 * np.eye(len(points))
    return float((belongs[distances.argmin(axis=1)] == belongs).mean())


def test_what_is_alike_lies_together() -> None:
    vectors, belongs = clusters(90)
    points, method = lay_out(vectors)
    assert method == "pca"
    assert tells_apart(points, belongs) == 1


@pytest.mark.skipif(find_spec("openTSNE") is None, reason="needs openTSNE: pip install nonmun[map]")
def test_many_papers_are_laid_out_by_their_neighbours_and_alike_every_time() -> None:
    vectors, belongs = clusters(LEAST_PAPERS)
    points, method = lay_out(vectors)
    assert method == "tsne"
    assert tells_apart(points, belongs) > 0.99
    assert np.abs(lay_out(vectors)[0] - points).max() < 0.01


def test_the_principal_plane_keeps_the_longest_axes_and_their_directions() -> None:
    source = np.random.default_rng(1)
    moved = source.normal(size=(200, 5)) * (1, 9, 1, 4, 1)
    plane = principal_plane(moved.astype(np.float32))
    assert abs(np.corrcoef(plane[:, 0], moved[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(plane[:, 1], moved[:, 3])[0, 1]) > 0.99
    assert np.allclose(principal_plane(moved[::-1].astype(np.float32))[::-1], plane, atol=1e-2)


@pytest.mark.parametrize("papers", [1, 2, 3])
def test_very_few_papers_have_a_place_too(papers: int) -> None:
    points, _ = lay_out(clusters(papers)[0])
    assert points.shape == (papers, 2)
    assert np.isfinite(points).all()


def test_places_fill_the_square_and_stay_within_it() -> None:
    source = np.random.default_rng(2)
    points = fitted(np.concatenate([source.normal(size=(500, 2)), [[900, 0]]]).astype(np.float32), 0.5)
    assert points.min() >= 0
    assert points.max() <= 1
    assert np.ptp(points[:500], axis=0).min() > 0.7


def test_a_region_is_named_by_the_word_that_keeps_to_it() -> None:
    source = np.random.default_rng(3)
    points = np.concatenate([0.2 + 0.01 * source.normal(size=(40, 2)), source.random((400, 2))]).astype(np.float32)
    everywhere = np.arange(0, 440, 5, dtype=np.int32)
    words = [
        ("here", np.arange(30, dtype=np.int32)),
        ("everywhere", everywhere),
        ("rare", np.arange(3, dtype=np.int32)),
    ]
    found = regions(points, iter(words))
    assert [one.word for one in found][:1] == ["here"]
    assert (found[0].x, found[0].y) == pytest.approx((0.2, 0.2), abs=0.02)
    assert found[0].papers >= LEAST_HOLDERS
    assert "rare" not in [one.word for one in found]


@given(st.integers(0, 2**32 - 1))
def test_the_density_is_the_number_of_points_in_a_square_but_for_its_rim(seed: int) -> None:
    source = np.random.default_rng(seed)
    points = source.random((300, 2)).astype(np.float32)
    x, y = (float(value) for value in source.random(2))
    away = np.abs(points - (x, y)).max(axis=1)
    cell = 1 / 200
    assert (away <= RADIUS - cell).sum() <= Density(points).around(x, y) <= (away <= RADIUS + cell).sum()


def test_a_plane_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = Plane(np.array([[0.25, 0.5]], np.float32), "pca", (Region("로봇", 0.25, 0.5, 7),))
    written.write(tmp_path)
    read = Plane.read(tmp_path)
    assert np.array_equal(read.points, written.points)
    assert (read.method, read.regions) == (written.method, written.regions)


def test_a_store_knows_where_its_papers_lie(engine: Engine) -> None:
    generation: Generation = engine.generation
    found = atlas(generation)
    assert len(found["ids"]) == len(set(found["ids"])) == generation.manifest.papers
    assert [generation.row_of(one) for one in found["ids"]] == list(range(generation.manifest.papers))
    assert all(0 <= value <= SCALE for name in ("x", "y") for value in found[name])
    assert found["months"][3] == int((generation.paper(3).date or "0000-00")[:7].replace("-", ""))


def test_similar_papers_of_the_examples_lie_nearer_than_others(engine: Engine) -> None:
    points = engine.generation.plane.points
    rows = range(len(points))
    like = [
        [engine.generation.row_of(one) for one in engine.similar_ids(engine.generation.ids()[row], 3)] for row in rows
    ]
    near = np.mean([np.linalg.norm(points[like[row]] - points[row], axis=1).mean() for row in rows])
    assert near < 0.75 * np.mean([np.linalg.norm(points - points[row], axis=1).mean() for row in rows])
