"""The folder that stands for a store in Milvus, kept in step with it.

The folder is laid out as any store. It holds what Milvus holds of a generation, all but the vectors; in their place
lies a note of where they are. Milvus says which generation is in force: the folder follows.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from index.durable import replace_text, sync
from index.errors import StoreError
from index.milvus.client import Milvus
from index.store.address import Address, address_of
from index.store.manifest import (
    CURRENT,
    DATA_FILES,
    ELSEWHERE,
    GENERATIONS,
    MANIFEST,
    SECTIONS,
    Manifest,
    check_files,
    generation_folders,
)

_FETCHED = ".fetched-"
_ABANDONED_SECONDS = 86_400


def refresh(store: Path, whole: bool = False) -> None:
    """Bring the generation in force here, or all that are kept; a store in a folder of its own stays as it is.

    Raises:
        StoreError: Milvus cannot be reached, or lacks a file of the generation in force.
    """
    address = address_of(store)
    if address is None:
        return
    milvus = Milvus(address)
    name = milvus.in_force()
    for kept in milvus.names() if whole else ():
        with suppress(StoreError):  # another one that is damaged does no harm
            fetch(store, milvus, kept)
    if name is None:
        (store / CURRENT).unlink(missing_ok=True)
        return
    fetch(store, milvus, name)
    if pointed(store) != name:
        replace_text(store / CURRENT, name + "\n")


def fetch(store: Path, milvus: Milvus, name: str) -> None:
    """Bring one generation's files here, where they are not yet; they appear together."""
    folder = store / GENERATIONS / name
    if (folder / ELSEWHERE).is_file():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=_FETCHED, dir=folder.parent))
    try:
        made.chmod(0o755)
        with ExitStack() as opened:
            files = {n: opened.enter_context((made / n).open("wb")) for n in (MANIFEST, *DATA_FILES) if n != SECTIONS}
            for file, part in milvus.files(name):
                if file not in files:
                    raise StoreError(f"{milvus.address.uri}: {name} holds a file {file[:80]!r}; rebuild: nonmun index")
                files[file].write(part)
        note(made, milvus.address, milvus.dimensions(name))
        for path in [*made.iterdir(), made]:
            sync(path)
        with suppress(OSError):  # another process was first
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def forget(store: Path, folder: Path) -> bool:
    """Remove a generation's files where they are damaged and can be had again, and return whether it was so."""
    if address_of(store) is None or not (folder / ELSEWHERE).is_file():
        return False
    with suppress(StoreError):
        check_files(folder, Manifest.read(folder))
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def note(folder: Path, address: Address, dimensions: int) -> None:
    """Note in a generation's folder where its vectors are."""
    place = {"uri": address.uri, "collection": address.collection, "dimensions": dimensions}
    (folder / ELSEWHERE).write_text(json.dumps(place), encoding="utf-8")


def pointed(store: Path) -> str | None:
    """Return the generation that was in force when the folder was last brought in step."""
    with suppress(OSError, ValueError):
        return (store / CURRENT).read_text(encoding="utf-8").strip()
    return None


def tidy(store: Path) -> None:
    """Remove generations that Milvus no longer keeps, and what was left half fetched; for who holds the lock."""
    address = address_of(store)
    if address is None:
        return
    names = Milvus(address).names()
    for folder in generation_folders(store):
        if folder.name not in names:
            shutil.rmtree(folder, ignore_errors=True)
    for left in (store / GENERATIONS).glob(f"{_FETCHED}*"):
        if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
