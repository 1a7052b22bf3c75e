"""What a store's files are called, what a generation says of itself, and whether its files are what it says.

A generation's name ends in the digest of its manifest, and the manifest holds the digest of every other
file: who knows the name can tell that nothing has changed since it was given.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.durable import file_digest
from index.errors import StoreError
from index.store.address import shown

FORMAT = 4

CURRENT = "CURRENT"
LOCK = "LOCK"
CACHE = "cache.sqlite"
GENERATIONS = "generations"
MANIFEST = "manifest.json"
PAPERS = "papers.sqlite"
SECTIONS = "sections.faiss"
ELSEWHERE = "sections.milvus"
"""In the place of SECTIONS where the vectors are in Milvus: a note of where."""
TITLES = "titles.npy"
SENTENCES = "sentences.npy"
LAYOUT = "layout.npz"
TOPICS = "topics.npz"
MAP = "map.npz"
DATA_FILES = (PAPERS, SECTIONS, TITLES, SENTENCES, LAYOUT, TOPICS, MAP)

REMEDY = "go back with: nonmun rollback, or rebuild with: nonmun index"
KEPT = 3
"""How many generations besides the one in force a store keeps, unless told otherwise."""
_SEAL_LETTERS = 16


@dataclass(frozen=True, slots=True)
class Background:
    """What an archive's own titles and sentences reach as questions, for each language that they are in.

    `evidence` is what few of them stay below among other papers; `strangers` is how near one in ten of the sentences
    of other papers comes.
    """

    evidence: dict[str, float]
    strangers: dict[str, float]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself; its name is that of its folder."""

    name: str
    created: str
    encoder: dict[str, Any]
    made_with: dict[str, str]
    papers: int
    sections: int
    sentences: int
    files: dict[str, dict[str, Any]]
    sources: tuple[str, ...]
    background: Background
    format: int = FORMAT

    def to_json(self) -> bytes:
        """Return what the manifest's file holds: everything but the name."""
        values = {name: value for name, value in asdict(self).items() if name != "name"}
        return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read the manifest of a generation; StoreError where it is not of this format or not as it was written."""
        path = folder / MANIFEST
        try:
            data = path.read_bytes()
            values = json.loads(data)
            found = values["format"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"{path}: not a manifest ({error}); {REMEDY}") from error
        if found != FORMAT:
            raise StoreError(f"{path}: store format {found}, this nonmun reads {FORMAT}; rebuild with: nonmun index")
        if not folder.name.endswith(f"-{seal(data)}"):
            raise StoreError(f"{path}: damaged (its checksum is not the one in the folder's name); {REMEDY}")
        try:
            background = Background(**values["background"])
            return cls(**{**values, "name": folder.name, "sources": tuple(values["sources"]), "background": background})
        except (KeyError, TypeError) as error:
            raise StoreError(f"{path}: incomplete manifest ({error}); {REMEDY}") from error


def seal(manifest: bytes) -> str:
    """Return what the name of a generation with this manifest ends in."""
    return hashlib.sha256(manifest).hexdigest()[:_SEAL_LETTERS]


def current_folder(store: Path) -> Path:
    """Return the folder of the generation in force; StoreError where the store has none."""
    try:
        name = (store / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        where = shown(store)
        raise StoreError(f"{where}: no store here; make one with: nonmun index SOURCE --store {where}") from error
    folder = store / GENERATIONS / name
    if not name or Path(name).name != name or not os.path.isdir(folder):  # noqa: PTH112  # never raises
        raise StoreError(f"{store / CURRENT}: there is no generation {name[:80]!r}; {REMEDY}")
    return folder


def generation_folders(store: Path) -> list[Path]:
    """Return the folder of every generation that a store keeps, whole or damaged, oldest first."""
    home = store / GENERATIONS
    if not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if not path.name.startswith(".") and path.is_dir())


def files_here(folder: Path) -> tuple[str, ...]:
    """Return the data files of a generation that lie in its folder."""
    is_elsewhere = (folder / ELSEWHERE).is_file()
    return tuple(name for name in DATA_FILES if not (is_elsewhere and name == SECTIONS))


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every data file with its recorded size and digest; StoreError names the first that differs."""
    for name in files_here(folder):
        path = folder / name
        recorded = manifest.files.get(name, {})
        if not path.is_file():
            raise StoreError(f"{path}: missing; {REMEDY}")
        if path.stat().st_size != recorded.get("bytes") or file_digest(path) != recorded.get("sha256"):
            raise StoreError(f"{path}: damaged (size or checksum differs); {REMEDY}")
