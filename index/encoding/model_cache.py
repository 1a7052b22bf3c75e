"""Converted models in a per-user folder: made once, published by one rename, checked before use."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from index.durable import cache_folder, file_digest
from index.errors import ModelError

ModelFacts = dict[str, str | int]

MANIFEST = "manifest.json"
_STAGING = ".staging-"
_ABANDONED_SECONDS = 3600


def cached(name: str, make: Callable[[Path], ModelFacts]) -> tuple[Path, ModelFacts]:
    """Return a converted model's folder and its facts, making it first where it is missing or damaged.

    `make` fills an empty folder and returns the facts to keep with it. Two processes may do so at once:
    the first to finish is kept. Raises ModelError where the cache cannot be written.
    """
    folder = cache_folder() / "models" / name
    if (facts := read_facts(folder)) is None:
        sys.stderr.write(f"nonmun: converting {name} once into {folder.parent}\n")
        try:
            facts = _convert(folder, make)
        except OSError as error:
            raise ModelError(
                f"cannot write the model cache {folder}: {error}; set NONMUN_CACHE to a folder that can be written"
            ) from error
    return folder, facts


def read_facts(folder: Path, digests: bool = False) -> ModelFacts | None:
    """Return what was kept with a model, or None where a file is missing or has another size.

    With `digests` every file is read and its SHA-256 compared too.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        intact = all(_is_intact(folder / name, entry, digests) for name, entry in manifest["files"].items())
        return dict(manifest["facts"]) if intact else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_intact(file: Path, entry: dict[str, object], digests: bool) -> bool:
    return file.stat().st_size == entry["size"] and (not digests or file_digest(file) == entry["sha256"])


def _convert(folder: Path, make: Callable[[Path], ModelFacts]) -> ModelFacts:
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder.parent))
    try:
        facts = make(staging)
        _write_manifest(staging, facts)
        _publish(staging, folder)
        return facts
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _write_manifest(folder: Path, facts: ModelFacts) -> None:
    files = {f.name: {"size": f.stat().st_size, "sha256": file_digest(f)} for f in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps({"facts": facts, "files": files}, indent=1), encoding="utf-8")


def _publish(staging: Path, folder: Path) -> None:
    """Rename a finished folder into place, unless another process has put an intact one there first."""
    if folder.exists() and read_facts(folder) is None:
        _discard(folder)
    try:
        staging.rename(folder)
    except OSError:
        if read_facts(folder) is None:
            raise


def _discard(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=folder.parent) as aside, suppress(FileNotFoundError):
        folder.rename(Path(aside) / folder.name)


def _sweep(parent: Path) -> None:
    """Remove what a killed conversion left behind."""
    for folder in parent.glob(f"{_STAGING}*"):
        if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
