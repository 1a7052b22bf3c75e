"""The store that a command line names: its folder, its generation in force, and an engine over it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
from index.paper import Kind
from index.store.address import shown
from search.answers import Filters
from search.settings import store_of

if TYPE_CHECKING:
    from index.store.generation import Generation
    from search.engine import Engine


@contextmanager
def opened_engine(arguments: Namespace) -> Iterator[Engine]:
    """Yield an engine over the generation in force."""
    from search.engine import Engine

    with named_store(arguments, "read") as store:
        engine = Engine.open(store)
        with closing(engine.generation):
            yield engine


@contextmanager
def opened_generation(arguments: Namespace) -> Iterator[Generation]:
    """Yield the generation in force."""
    from index.publishing.opening import open_generation

    with named_store(arguments, "read") as store, closing(open_generation(store)) as generation:
        yield generation


@contextmanager
def named_store(arguments: Namespace, done: str) -> Iterator[Path]:
    """Yield the store's folder; what goes wrong on the disk meanwhile is a StoreError."""
    import sqlite3

    store: Path = arguments.store or store_of()
    try:
        yield store
    except BrokenPipeError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"{shown(store)}: cannot be {done}: {error}; check the folder or choose another with --store"
        ) from error


def filters_of(arguments: Namespace) -> Filters:
    """Return the filters that a command line gives."""
    return Filters(
        date_from=arguments.date_from,
        date_to=arguments.date_to,
        min_votes=arguments.min_votes,
        author=arguments.author,
        field=arguments.field,
        section=Kind(arguments.section) if arguments.section else None,
    )
