"""Files as pieces of text: what comes back is what was there, or nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.milvus.file_pieces import LONGEST, joined, pieces


def files_of(folder: Path, contents: dict[str, bytes]) -> list[tuple[str, Path]]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return [(name, folder / name) for name in contents]


def together(found: list[tuple[str, str]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, part in joined(found):
        files[name] = files.get(name, b"") + part
    return files


def test_files_of_any_size_come_back(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes
    contents = {"empty": b"", "one": b"x", "zeros": bytes(3_000_000), "noise": noise(1_200_001), "piece": noise(49_151)}
    cut = list(pieces(files_of(tmp_path, contents)))
    assert max(len(text) for _, text in cut) <= LONGEST
    assert all(text.isascii() for _, text in cut)
    assert together(cut) == contents


@given(st.binary(max_size=300))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    assert together(list(pieces(files_of(folder, {"a": data})))) == {"a": data}


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "한글"])
def test_what_is_no_piece_is_refused_and_names_its_file(tmp_path: Path, text: str) -> None:
    first, *rest = pieces(files_of(tmp_path, {"papers": random.Random(1).randbytes(100_000)}))
    with pytest.raises(ValueError, match="a piece of 'papers' is damaged"):
        together([("papers", text or "####"), first, *rest])
