"""A generation opened, wherever its vectors are."""

from __future__ import annotations

from pathlib import Path

from index.errors import StoreError
from index.milvus.mirror import forget, refresh
from index.store.address import located
from index.store.generation import Generation
from index.store.manifest import ELSEWHERE, SECTIONS, current_folder
from index.store.vectors import SectionIndex, VectorIndex


def open_generation(store: Path | str) -> Generation:
    """Open the generation in force; StoreError where it is missing, damaged or of another format."""
    home = located(store)
    refresh(home)
    tried_again = False
    while True:
        folder = current_folder(home)
        try:
            return opened(folder)
        except (OSError, StoreError):
            if folder == current_folder(home):
                if tried_again or not forget(home, folder):
                    raise
                tried_again = True
                refresh(home)


def opened(folder: Path) -> Generation:
    """Open the generation in a folder, in force or not; StoreError as for `open_generation`."""
    return Generation(folder, section_index)


def section_index(folder: Path) -> SectionIndex:
    """Open the vectors of a generation's sections."""
    if (folder / ELSEWHERE).is_file():
        from index.milvus.sections import MilvusIndex

        return MilvusIndex(folder / ELSEWHERE)
    return VectorIndex(folder / SECTIONS)


def bring_in_step(store: Path, whole: bool = False) -> None:
    """Bring the generation in force here where the store is in Milvus, or all that it keeps; StoreError as above."""
    refresh(store, whole)


def name_in_force(store: Path) -> str:
    """Return the name of the generation in force, which is brought here first where it is elsewhere."""
    refresh(store)
    return current_folder(store).name
