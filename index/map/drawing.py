"""Vectors laid out in two dimensions, so that what is alike lies together.

The plane is that of t-SNE (van der Maaten and Hinton, 2008) where openTSNE is installed, else of the two
principal components.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray

LEAST_PAPERS = 500
"""With fewer papers than this, neighbours are too few for t-SNE."""
_MARGIN = 0.02
_OUTLIERS = {"tsne": 0.0, "pca": 0.5}


def method_for(papers: int) -> str:
    """Return the name of the method that draws so many papers."""
    return "pca" if papers < LEAST_PAPERS or find_spec("openTSNE") is None else "tsne"


def made_by(method: str) -> str:
    """Return the method and, where it is a library's, its version."""
    return f"{method} {version('openTSNE')}" if method == "tsne" else method


def draw(vectors: FloatArray, method: str) -> FloatArray:
    """Return a place for each unit vector, shape (n, 2), on the method's own scale."""
    if method == "pca":
        return principal_plane(vectors)
    from openTSNE import TSNE

    drawing: Any = TSNE(perplexity=30, initialization="pca", metric="cosine", n_jobs=-1, random_state=0)
    return np.asarray(drawing.fit(vectors), np.float32)


def principal_plane(vectors: FloatArray) -> FloatArray:
    """Return the first two principal components of vectors, shape (n, 2); each points where its largest part does."""
    moved = vectors - vectors.mean(axis=0)
    _, axes = np.linalg.eigh((moved.T @ moved).astype(np.float64))
    chosen = axes[:, :-3:-1]
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])])
    return np.asarray(moved @ (chosen * signs), np.float32)


def fitted(places: npt.NDArray[Any], method: str) -> FloatArray:
    """Return places scaled into the unit square, each axis to fill it; equal places lie in the middle.

    Where the method leaves places far out, those are moved in to the margin.
    """
    outliers = _OUTLIERS[method]
    low, high = np.percentile(places, [outliers, 100 - outliers], axis=0)
    scaled = (places - (low + high) / 2) / np.maximum((high - low) / 2, 1e-9)
    found: FloatArray = np.asarray(0.5 + scaled.clip(-1, 1) * (0.5 - _MARGIN), np.float32)
    return found
