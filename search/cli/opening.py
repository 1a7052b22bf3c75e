"""The store that a command line names: its folder, its generation in force, and an engine over it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
from index.store.address import shown
from search.settings import store_of

if TYPE_CHECKING:
    from index.store.generation import Generation
    from search.engine import Engine


@contextmanager
def opened_engine(store: Path | None) -> Iterator[Engine]:
    """Yield an engine over the generation in force."""
    from search.engine import Engine

    with named_store(store, "read") as folder:
        engine = Engine.open(folder)
        with closing(engine.generation):
            yield engine


@contextmanager
def opened_generation(store: Path | None) -> Iterator[Generation]:
    """Yield the generation in force."""
    from index.publishing.opening import open_generation

    with named_store(store, "read") as folder, closing(open_generation(folder)) as generation:
        yield generation


@contextmanager
def named_store(store: Path | None, done: str) -> Iterator[Path]:
    """Yield the folder of a store, or of that of the environment; what goes wrong on the disk is a StoreError."""
    import sqlite3

    folder = store or store_of()
    try:
        yield folder
    except BrokenPipeError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{shown(folder)}: cannot be {done}: {error}; check the folder or choose another with --store"
        ) from error
