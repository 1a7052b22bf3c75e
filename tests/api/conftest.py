"""Clients of services over the examples and over odd papers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from index.encoding.encoder import Encoder
from index.paper import Paper
from index.pipeline.build import build
from search.engine import Engine
from tests.support.servers import app_of, serving
from tests.support.services import ODD_PAPERS


@pytest.fixture(scope="module")
def client(example_store: Path, encoder: Encoder) -> Iterator[httpx.Client]:
    """Yield a client of the service over the example store."""
    with serving(app_of(example_store, encoder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def odd_client(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yield a client of a service whose papers have odd ids and texts."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "odd.jsonl").write_text("\n".join(json.dumps(paper) for paper in ODD_PAPERS), encoding="utf-8")
    build([folder / "odd.jsonl"], folder / "store", encoder, progress=lambda *_: None)
    with serving(app_of(folder / "store", encoder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def papers(engine: Engine) -> list[Paper]:
    """Return every paper of the example store."""
    return [engine.generation.paper(row) for row in range(engine.generation.manifest.papers)]
