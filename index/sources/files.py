"""The files of some folders and files, and the text of each, whatever state they are in."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.errors import SourceError
from index.sources.parsed import Skipped

SUFFIXES = (".md", ".markdown", ".jsonl", ".ndjson", ".json", ".bib", ".ris", ".csv", ".tsv")
"""The endings of the files of a folder that are looked into."""
_SAMPLE = 100_000
_TICK_NS = 50_000_000
"""Two writes within one tick of a file system's clock may leave the same times; no usual one ticks slower."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What changes with every edit of a file: its inode, its size, and two times in nanoseconds."""

    inode: int
    bytes: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """Return a file's stamp; None where it cannot be had."""
        status = _status(path)
        return status and cls(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def is_certain(self, now: int) -> bool:
        """Return whether a later edit would show, at a time in nanoseconds."""
        return not 0 <= now - self.changed < _TICK_NS


def stamps(sources: Sequence[Path], skipped: list[Skipped]) -> dict[Path, Stamp | None]:
    """Return the stamp of each file that `find_files` gives."""
    return {path: Stamp.of(path) for path in find_files(sources, skipped)}


def find_files(sources: Sequence[Path], skipped: list[Skipped]) -> Iterator[Path]:
    """Yield the sources' files in sorted order, each once even where links lead to it twice.

    Folders give their files that end in one of SUFFIXES, hidden ones left out; what cannot be listed is added to
    `skipped`.

    Raises:
        SourceError: a source does not exist.
    """
    seen: set[tuple[int, int]] = set()
    waiting = list(reversed(sources))
    for source in sources:
        _require(source)
    while waiting:
        path = waiting.pop()
        status = _status(path)
        if not status:
            yield path
            continue
        is_folder, is_new = stat.S_ISDIR(status.st_mode), (status.st_dev, status.st_ino) not in seen
        seen.add((status.st_dev, status.st_ino))
        if is_new and is_folder:
            waiting += reversed(_children(path, skipped))
        elif is_new:
            yield path
        elif is_folder and path.is_symlink():
            skipped.append(Skipped(str(path), 0, "a link to a folder that is read already"))


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _require(source: Path) -> None:
    try:
        source.stat()
    except PermissionError:
        return
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{source}: {reason}; name a folder or file that exists") from None


def _children(folder: Path, skipped: list[Skipped]) -> list[Path]:
    """Return a folder's folders, and its files that may be read, in sorted order, without hidden ones."""
    try:
        with os.scandir(folder) as found:
            names = sorted(entry.name for entry in found if not entry.name.startswith("."))
    except OSError as error:
        skipped.append(Skipped(str(folder), 0, f"folder cannot be read: {error.strerror or error}", unread=True))
        return []
    paths = [folder / name for name in names]
    return [path for path in paths if path.name.lower().endswith(SUFFIXES) or os.path.isdir(path)]  # noqa: PTH112  # never raises


def read_text(path: Path) -> tuple[str | None, tuple[Skipped, ...]]:
    """Return a file's text and what is wrong with it; no text where it cannot be read at all."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None, (Skipped(str(path), 0, "not a regular file"),)
        data = path.read_bytes()
    except OSError as error:
        return None, (Skipped(str(path), 0, f"cannot be read: {error.strerror or error}", unread=True),)
    return _decode(data, str(path))


def _decode(data: bytes, file: str) -> tuple[str, tuple[Skipped, ...]]:
    """Return the text of a file; one that is not UTF-8 is reported, with the line of the first wrong byte."""
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    for encoding in ("utf-16", "cp949"):
        if (text := _decode_as(data, encoding)) is not None:
            return text, (Skipped(file, line, f"not UTF-8: read as {encoding.upper()}; save the file as UTF-8"),)
    text = data.decode("utf-8", errors="replace")
    count = text.count("\ufffd")
    return text, (Skipped(file, line, f"not UTF-8: {count:,} places read as \ufffd; save the file as UTF-8"),)


def _decode_as(data: bytes, encoding: str) -> str | None:
    """Decode UTF-16 by its byte order mark, and CP949, Korean Windows' own, where Hangul comes of it."""
    if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    wide = [c for c in text[:_SAMPLE] if not c.isascii()]
    hangul = sum("가" <= c <= "힣" for c in wide)
    return text if encoding == "utf-16" or hangul * 2 > len(wide) else None
