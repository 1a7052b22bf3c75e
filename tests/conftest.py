"""Fixtures that several test files share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["HF_HUB_OFFLINE"] = "1"  # a test that reaches for the network fails at once

REPOSITORY = Path(__file__).resolve().parent.parent


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


@pytest.fixture(scope="session")
def examples() -> Path:
    """Return the summaries that ship with the repository."""
    return REPOSITORY / "examples"
