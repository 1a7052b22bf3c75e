"""What a stored result depends on besides its input."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from index import paper, versions
from index.versions import version_of
from index.words import lexical


def test_the_same_code_has_the_same_version() -> None:
    assert version_of(paper, lexical, "one") == version_of(paper, lexical, "one")


def test_other_code_another_order_and_other_texts_have_other_versions() -> None:
    found = [version_of(paper), version_of(lexical), version_of(paper, lexical), version_of(lexical, paper)]
    found += [version_of(paper, "one"), version_of(paper, "on", "e"), version_of()]
    assert len(set(found)) == len(found)


def test_changed_code_has_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("some_reader")
    module.__file__ = str(tmp_path / "some_reader.py")
    monkeypatch.setitem(sys.modules, "some_reader", module)
    seen = set()
    for code in ("x = 1\n", "x = 2\n"):
        (tmp_path / "some_reader.py").write_text(code)
        versions._source.cache_clear()
        seen.add(version_of(module))
    assert len(seen) == 2
