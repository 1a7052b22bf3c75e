"""Files that are whole on the disk or not there, and where those of a user's cache lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

_READ = 1 << 20


def sync(path: Path) -> None:
    """Have the system write a file or a folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Put a new file in the place of an old one, or of none, by one rename; `write` fills it beside the old one."""
    new = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        write(new)
        sync(new)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    sync(path.absolute().parent)


def replace_text(path: Path, text: str) -> None:
    """Put a text in UTF-8 in the place of a file, as `replace_file` does."""
    replace_file(path, lambda new: new.write_text(text, encoding="utf-8"))


def file_digest(*files: Path) -> str:
    """Return the SHA-256 over files, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(_READ):
                digest.update(block)
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return the per-user cache folder: $NONMUN_CACHE, else nonmun in $XDG_CACHE_HOME or in ~/.cache."""
    if chosen := os.environ.get("NONMUN_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nonmun"
