"""Environments, sources and stores of the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_lines import ENGLISH


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NONMUN_STORE", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with one paper in English, which needs no Korean analysis."""
    file = tmp_path / "papers.jsonl"
    file.write_text(ENGLISH + "\n", encoding="utf-8")
    return file
