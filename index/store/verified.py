"""A generation's files are compared with their digests whenever they may have changed, and not at every opening.

Reading every byte of a large store takes longer than answering a question. So a note in the cache folder, one
a store, says which files were intact, as the file system saw them: size, times of change, inode. It holds for
those very files alone; after a copy or any write they are compared again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from index.durable import cache_folder, replace_text
from index.store.manifest import MANIFEST, Manifest, check_files, files_here

NOTES = "verified"

# A file that changes this soon after it was looked at could keep its times, which tick no finer.
_TICK_NS = 100_000_000


def check_unchanged(folder: Path, manifest: Manifest) -> None:
    """Raise StoreError where a data file is missing or is not what the manifest says."""
    seen = _seen(folder)
    note = _note_of(folder)
    if seen is None or seen != _noted(note):
        started = time.time_ns()
        check_files(folder, manifest)
        # Where no note can be kept, the files are compared at every opening.
        with suppress(OSError):
            note.parent.mkdir(parents=True, exist_ok=True)
            replace_text(note, json.dumps({"taken": started, "files": seen}))


def _seen(folder: Path) -> dict[str, list[int]] | None:
    """Return what the file system says of each file, or None where one is missing."""
    try:
        found = {name: (folder / name).stat() for name in (MANIFEST, *files_here(folder))}
    except OSError:
        return None
    return {name: [s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino] for name, s in found.items()}


def _note_of(folder: Path) -> Path:
    home = hashlib.sha256(os.fsencode(folder.parent.resolve())).hexdigest()
    return cache_folder() / NOTES / f"{home[:32]}.json"


def _noted(path: Path) -> dict[str, list[int]] | None:
    """Return what was noted of intact files, or None where a change since could have gone unseen."""
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
        files: dict[str, list[int]] = note["files"]
        latest = max(changed for _, _, changed, _ in files.values())
        return files if latest + _TICK_NS < int(note["taken"]) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
