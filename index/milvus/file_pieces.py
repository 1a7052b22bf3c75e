"""Files as numbered pieces of compressed text, for where only rows can be kept."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LONGEST = 65_535
"""As many letters as a piece may have: what Milvus takes in one value."""
_PIECE = LONGEST // 4 * 3
_READ = 1 << 20


def pieces(files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, str]]:
    """Yield files as the name and the text of each piece, in order."""
    for name, path in files:
        for piece in _cut(_compressed(path)):
            yield name, base64.b64encode(piece).decode()


def joined(found: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that pieces, in order, were made of, part by part; ValueError for what is no piece."""
    unpacking: dict[str, Any] = {}
    for name, text in found:
        part = unpacking.setdefault(name, zlib.decompressobj())
        try:
            yield name, part.decompress(base64.b64decode(text, validate=True))
        except (zlib.error, ValueError) as error:
            raise ValueError(f"a piece of {name[:80]!r} is damaged: {error}") from error


def _compressed(path: Path) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1)
    with path.open("rb") as file:
        while data := file.read(_READ):
            yield packer.compress(data)
    yield packer.flush()


def _cut(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in pieces of one size, the last one smaller."""
    held = b""
    for part in parts:
        held += part
        whole = len(held) - len(held) % _PIECE
        for start in range(0, whole, _PIECE):
            yield held[start : start + _PIECE]
        held = held[whole:]
    if held:
        yield held
