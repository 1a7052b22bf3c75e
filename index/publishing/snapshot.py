"""One generation in one file: to keep, to move, to put back. The cache, which only saves time, is left out."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from index.durable import replace_file
from index.errors import StoreError
from index.milvus.mirror import refresh
from index.milvus.upload import vectors_file
from index.publishing.lock import locked
from index.publishing.publish import discard, draft, point_to, probe, put_in_force
from index.store.manifest import DATA_FILES, GENERATIONS, MANIFEST, SECTIONS, Manifest, current_folder

_FILES = (MANIFEST, *DATA_FILES)
_CHUNK = 1 << 20
_MANIFEST_MOST = 1 << 24
_FASTEST = 1
_ENCRYPTED = 1


def write_snapshot(store: Path, file: Path) -> Manifest:
    """Write the generation in force to a new file, which is read back before it gets its name.

    Raises:
        StoreError: the generation is damaged, or the file exists.
    """
    refresh(store)
    folder = current_folder(store)
    manifest = Manifest.read(folder)
    _require_new(file)

    def write(part: Path) -> None:
        with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=_FASTEST, strict_timestamps=False) as archive:
            for name in _FILES:
                if name != SECTIONS:
                    archive.write(folder / name, f"{folder.name}/{name}")
            with vectors_file(folder) as path:
                archive.write(path, f"{folder.name}/{SECTIONS}")
        with _opened(part) as archive:
            _require_whole(archive, manifest, folder)
        _require_new(file)

    replace_file(file, write)
    return manifest


def restore(store: Path, file: Path) -> Manifest:
    """Put the generation of a snapshot in force, in a store that may be new.

    Raises:
        StoreError: the file is damaged or no snapshot; the store stays as it was.
        BusyError: a run is writing the store.
    """
    with _opened(file) as archive, locked(store), draft(store) as folder:
        named = folder.rename(folder.with_name(_name_of(archive, file)))
        manifest = _unpack_manifest(archive, named, file)
        for name in DATA_FILES:
            _unpack(archive, named, name, manifest, file)
        place = store / GENERATIONS / named.name
        if place.is_dir():
            if _is_whole(place):
                point_to(store, place.name)
                return manifest
            discard(place)
        return put_in_force(store, named)


def _require_new(file: Path) -> None:
    if file.exists():
        raise StoreError(f"{file}: exists already; choose another name")


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    try:
        file.open("rb").close()
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}; make one with: nonmun snapshot") from error
    try:
        with ZipFile(file) as archive:
            yield archive
    except (BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise StoreError(f"{file}: damaged, or no snapshot of nonmun ({error}); take another one") from error


def _require_whole(archive: ZipFile, manifest: Manifest, folder: Path) -> None:
    for name in DATA_FILES:
        recorded = manifest.files.get(name, {})
        with archive.open(f"{manifest.name}/{name}") as member:
            if _copy(member, int(recorded.get("bytes", 0))) != recorded.get("sha256"):
                raise StoreError(f"{folder / name}: damaged; no snapshot was made; see: nonmun doctor")


def _name_of(archive: ZipFile, file: Path) -> str:
    """Return the name of the one generation that an archive holds, and nothing else."""
    held = archive.namelist()
    name = held[0].partition("/")[0] if held else ""
    if sorted(held) != sorted(f"{name}/{wanted}" for wanted in _FILES) or not name or name.startswith("."):
        raise StoreError(f"{file}: no snapshot of nonmun; make one with: nonmun snapshot")
    size = file.stat().st_size
    for info in archive.infolist():
        if not 0 <= info.header_offset < size or info.flag_bits & _ENCRYPTED:
            raise StoreError(f"{file}: damaged (no place for {info.filename}); take another one")
    return name


def _unpack_manifest(archive: ZipFile, folder: Path, file: Path) -> Manifest:
    with archive.open(f"{folder.name}/{MANIFEST}") as member:
        (folder / MANIFEST).write_bytes(member.read(_MANIFEST_MOST))
    try:
        return Manifest.read(folder)
    except StoreError as error:
        raise StoreError(f"{file}: {str(error).removeprefix(f'{folder}/')}") from error


def _unpack(archive: ZipFile, folder: Path, name: str, manifest: Manifest, file: Path) -> None:
    """Write one file of a generation; no more of it than the manifest promises."""
    recorded = manifest.files.get(name, {})
    with archive.open(f"{folder.name}/{name}") as member, (folder / name).open("wb") as out:
        digest = _copy(member, int(recorded.get("bytes", 0)), out)
    if digest != recorded.get("sha256"):
        raise StoreError(f"{file}: damaged ({name} differs from what its manifest says); take another one")


def _copy(member: IO[bytes], most: int, out: IO[bytes] | None = None) -> str:
    """Read a file up to a byte past its size, write it where there is somewhere to, and return its SHA-256."""
    digest = hashlib.sha256()
    while most >= 0 and (chunk := member.read(min(_CHUNK, most + 1))):
        digest.update(chunk)
        most -= len(chunk)
        if out:
            out.write(chunk)
    return digest.hexdigest()


def _is_whole(folder: Path) -> bool:
    try:
        probe(folder)
    except StoreError:
        return False
    return True
