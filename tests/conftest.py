"""Fixtures that several test files share."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

import index.encoding.models
import search.engine
from index.encoding.encoder import Encoder
from index.encoding.models import load_encoder
from index.pipeline.build import build
from search.engine import Engine
from tests.support.paths import REPOSITORY

# The same commit is judged alike every time; `--hypothesis-profile default` looks further.
settings.register_profile("alike", derandomize=True)
settings.load_profile("alike")
# What a shell starts in the background ignores interrupts, and so would all that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails at once


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared archives beside the repository, or skip the test."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the shared archives: there is no folder ../shared beside the repository")
    return folder


@pytest.fixture(scope="session")
def archive_a(shared: Path) -> Path:
    """Return the archive of daily digests, or skip the test."""
    folder = shared / "data" / "daily_papers"
    if not folder.is_dir():
        pytest.skip("needs the archive of daily digests: there is no folder ../shared/data/daily_papers")
    return folder


@pytest.fixture(scope="module")
def encoders_loaded_once() -> Iterator[None]:
    """Keep what is loaded between the commands that run within this process."""
    load_once = cache(index.encoding.models.load_encoder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index.encoding.models, "load_encoder", load_once)
        patch.setattr(search.engine, "load_encoder", load_once)
        yield


@pytest.fixture(scope="session")
def examples() -> Path:
    """Return the summaries that ship with the repository."""
    return REPOSITORY / "examples"


@pytest.fixture
def voted(examples: Path, tmp_path: Path) -> Path:
    """Return a copy of the examples where every paper of the dated files has votes."""
    sources = tmp_path / "examples"
    shutil.copytree(examples, sources)
    for number, path in enumerate(sorted(sources.rglob("2*/**/*.md"))):
        path.write_text(path.read_text("utf-8").replace("\n\nAuthors", f"\n\nVote: {number}\n\nAuthors"), "utf-8")
    return sources


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Return the default encoder."""
    return load_encoder()


@pytest.fixture(scope="session")
def example_store(examples: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store built from the summaries that ship with the repository."""
    store = tmp_path_factory.mktemp("examples") / "store"
    build([examples], store, encoder, progress=lambda *_: None)
    return store


@pytest.fixture(scope="session")
def engine(example_store: Path, encoder: Encoder) -> Iterator[Engine]:
    """Yield an engine over the example store."""
    opened = Engine.open(example_store, encoder)
    yield opened
    opened.generation.close()
