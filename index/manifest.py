"""What a store's files are called, what a generation says of itself, and whether its files are what it says."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import StoreError

FORMAT = 1

CURRENT = "CURRENT"
GENERATIONS = "generations"
MANIFEST = "manifest.json"
PAPERS = "papers.sqlite"
SECTIONS = "sections.faiss"
TITLES = "titles.npy"
SENTENCES = "sentences.npy"
LAYOUT = "layout.npz"
TOPICS = "topics.npz"
MAP = "map.npz"
DATA_FILES = (PAPERS, SECTIONS, TITLES, SENTENCES, LAYOUT, TOPICS, MAP)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    name: str
    created: str
    encoder: dict[str, Any]
    papers: int
    sections: int
    sentences: int
    files: dict[str, dict[str, Any]]
    sources: tuple[str, ...]
    background: dict[str, float]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest into a generation's folder."""
        values = {name: getattr(self, name) for name in self.__slots__}
        (folder / MANIFEST).write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a generation; StoreError where there is none of this format."""
        path = folder / MANIFEST
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            found = values["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path}: not a manifest ({error}); rebuild with: nonmun index") from error
        if found != FORMAT:
            raise StoreError(f"{path}: store format {found}, this nonmun reads {FORMAT}; rebuild with: nonmun index")
        try:
            return cls(**{**values, "sources": tuple(values["sources"])})
        except (KeyError, TypeError) as error:
            raise StoreError(f"{path}: incomplete manifest ({error}); rebuild with: nonmun index") from error


def current_folder(store: Path) -> Path:
    """Return the folder of the generation in force; StoreError where the store has none."""
    try:
        name = (store / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise StoreError(f"{store}: no store here; make one with: nonmun index SOURCE --store {store}") from error
    folder = store / GENERATIONS / name
    if not name or Path(name).name != name or not os.path.isdir(folder):
        raise StoreError(f"{store / CURRENT}: there is no generation {name[:80]!r}; rebuild with: nonmun index")
    return folder


def file_digest(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every data file with its recorded size and digest; StoreError names the first that differs."""
    for name in DATA_FILES:
        path = folder / name
        recorded = manifest.files.get(name, {})
        if not path.is_file():
            raise StoreError(f"{path}: missing; rebuild with: nonmun index")
        if path.stat().st_size != recorded.get("bytes") or file_digest(path) != recorded.get("sha256"):
            raise StoreError(f"{path}: damaged (size or checksum differs); rebuild with: nonmun index")
