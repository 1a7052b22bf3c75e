"""The rooms of the page: what imports what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.api.pages import WEB

LATER = {"base": 0, "results": 1, "map": 1, "reader": 2, "web": 3}
IMPORT = re.compile(r"""(?:from |import\()"([^"]+)\"""")
FILES = sorted(WEB.rglob("*.js"))


def imported(file: Path) -> list[Path]:
    return [(file.parent / name).resolve() for name in IMPORT.findall(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(WEB).as_posix())
def test_a_file_imports_from_its_own_room_or_an_earlier_one(file: Path) -> None:
    for other in imported(file):
        assert other.is_file(), other
        assert other.parent == file.parent or LATER[other.parent.name] < LATER[file.parent.name], other
