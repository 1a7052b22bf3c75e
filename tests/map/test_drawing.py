"""Vectors laid out in two dimensions."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from index.arrays import AnyArray, normalized
from index.map.drawing import LEAST_PAPERS, draw, fitted, method_for, principal_plane


def clusters(papers: int, seed: int = 0) -> tuple[AnyArray, AnyArray]:
    """Return unit vectors around three directions, and which direction each is around."""
    source = np.random.default_rng(seed)
    centres, belongs = source.normal(size=(3, 32)), np.arange(papers) % 3
    return normalized((centres[belongs] + 0.2 * source.normal(size=(papers, 32))).astype(np.float32)), belongs


def tells_apart(points: AnyArray, belongs: AnyArray) -> float:
    """Return how many points have a point of their own cluster as the nearest."""
    distances = np.linalg.norm(points[:, None] - points[None, :], axis=2) + 9 * np.eye(len(points))
    return float((belongs[distances.argmin(axis=1)] == belongs).mean())


def test_what_is_alike_lies_together() -> None:
    vectors, belongs = clusters(90)
    points = fitted(draw(vectors, "pca"), "pca")
    assert tells_apart(points, belongs) == 1


@pytest.mark.skipif(find_spec("openTSNE") is None, reason="needs openTSNE: pip install -e '.[map]'")
def test_many_papers_are_laid_out_by_their_neighbours_and_alike_every_time() -> None:
    vectors, belongs = clusters(LEAST_PAPERS)
    assert method_for(len(vectors)) == "tsne"
    points = fitted(draw(vectors, "tsne"), "tsne")
    assert tells_apart(points, belongs) > 0.99
    assert np.abs(fitted(draw(vectors, "tsne"), "tsne") - points).max() < 0.01


def test_the_principal_plane_keeps_the_longest_axes_and_their_directions() -> None:
    source = np.random.default_rng(1)
    moved = source.normal(size=(200, 5)) * (1, 9, 1, 4, 1)
    plane = principal_plane(moved.astype(np.float32))
    assert abs(np.corrcoef(plane[:, 0], moved[:, 1])[0, 1]) > 0.99
    assert abs(np.corrcoef(plane[:, 1], moved[:, 3])[0, 1]) > 0.99
    assert np.allclose(principal_plane(moved[::-1].astype(np.float32))[::-1], plane, atol=1e-2)


@pytest.mark.parametrize("papers", [1, 2, 3])
def test_very_few_papers_have_a_place_too(papers: int) -> None:
    assert method_for(papers) == "pca"
    points = fitted(draw(clusters(papers)[0], "pca"), "pca")
    assert points.shape == (papers, 2)
    assert np.isfinite(points).all()


def test_places_fill_the_square_and_stay_within_it() -> None:
    source = np.random.default_rng(2)
    points = fitted(np.concatenate([source.normal(size=(500, 2)), [[900, 0]]]).astype(np.float32), "pca")
    assert points.min() >= 0
    assert points.max() <= 1
    assert np.ptp(points[:500], axis=0).min() > 0.7
