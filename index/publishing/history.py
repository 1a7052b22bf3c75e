"""The generations that a store keeps: which one is sound, going back to an earlier one, and forgetting old ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import StoreError
from index.publishing.lock import locked
from index.publishing.opening import opened
from index.publishing.publish import discard, point_to, probe
from index.store.address import shown
from index.store.generation import Generation
from index.store.manifest import CURRENT, GENERATIONS, Manifest, current_folder, generation_folders


@dataclass(frozen=True, slots=True)
class Rollback:
    """The generation that was put in force, and why each newer one was passed over."""

    manifest: Manifest
    passed_over: tuple[str, ...]


def newest_sound(store: Path) -> Generation | None:
    """Open the generation in force, or the newest other one where that is damaged; None where none opens."""
    for folder in _by_trust(store):
        try:
            return opened(folder)
        except StoreError:
            continue
    return None


def _by_trust(store: Path) -> Iterator[Path]:
    in_force = _in_force(store)
    if in_force is not None:
        yield in_force
    yield from (folder for folder in reversed(generation_folders(store)) if folder != in_force)


def current_name(store: Path) -> str | None:
    """Return the name of the generation in force, where there is one."""
    folder = _in_force(store)
    return folder.name if folder else None


def _in_force(store: Path) -> Path | None:
    try:
        return current_folder(store)
    except StoreError:
        return None


def roll_back(store: Path, name: str | None = None) -> Rollback:
    """Put an earlier generation in force: the one of this name, or the newest whole one before that in force.

    Raises:
        StoreError: there is none, or the one of this name is damaged.
        BusyError: a run is writing the store.
    """
    current_exists = (store / CURRENT).is_file() or (store / GENERATIONS).is_dir()
    if not current_exists:
        current_folder(store)
    with locked(store):
        if name is not None:
            return Rollback(_put_in_force(store, _folder_of(store, name)), ())
        return _newest_whole(store, _earlier(store))


def _earlier(store: Path) -> list[Path]:
    """Return the generations before that in force, newest first; all of them where none is in force."""
    in_force = _in_force(store)
    folders = generation_folders(store)[::-1]
    return folders if in_force is None else [folder for folder in folders if folder.name < in_force.name]


def _newest_whole(store: Path, folders: list[Path]) -> Rollback:
    passed_over: list[str] = []
    for folder in folders:
        try:
            return Rollback(_put_in_force(store, folder), tuple(passed_over))
        except StoreError as error:
            passed_over.append(str(error))
    found = "; ".join(passed_over) or "there is none"
    raise StoreError(f"{shown(store)}: no earlier generation to go back to: {found}; rebuild with: nonmun index")


def _folder_of(store: Path, name: str) -> Path:
    for folder in generation_folders(store):
        if folder.name == name:
            return folder
    raise StoreError(f"{shown(store)}: keeps no generation {name[:80]!r}; list them with: nonmun doctor")


def _put_in_force(store: Path, folder: Path) -> Manifest:
    manifest = probe(folder)
    point_to(store, folder.name)
    return manifest


def prune(store: Path, keep: int) -> tuple[str, ...]:
    """Remove all but the newest generations besides the one in force, and return their names.

    Those that are damaged go first; where none is in force, all are kept. Only for who holds the store's lock.
    """
    in_force = _in_force(store)
    if in_force is None:
        return ()
    others = [folder for folder in generation_folders(store) if folder != in_force]
    others.sort(key=lambda folder: (_looks_whole(folder), folder.name), reverse=True)
    for folder in others[keep:]:
        discard(folder)
    return tuple(folder.name for folder in others[keep:])


def _looks_whole(folder: Path) -> bool:
    """Return whether a generation's files have their sizes, which takes no time to see."""
    try:
        files = Manifest.read(folder).files
        return all((folder / name).stat().st_size == file["bytes"] for name, file in files.items())
    except (OSError, StoreError):
        return False
