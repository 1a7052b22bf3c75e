"""One open generation, the engine that answers from it, and the answers that it has given."""

from __future__ import annotations

from pathlib import Path

from index.errors import NonmunError, StoreError
from index.publishing.opening import open_generation
from search.engine import Engine
from search.service.remembered import Remembered


class Held:
    """One open generation; `lexical` answers by words alone, `engine` as well as it can, for `users` at the moment."""

    def __init__(self, lexical: Engine) -> None:
        self.generation = lexical.generation
        self.lexical = lexical
        self.engine = lexical
        self.remembered = Remembered()
        self.users = 0

    @property
    def name(self) -> str:
        """The generation's name."""
        return self.generation.name


def open_held(store: Path) -> Held:
    """Open the generation in force, without an encoder as yet; StoreError where it cannot answer."""
    generation = open_generation(store)
    try:
        engine = Engine(generation, None)
        ask_once(engine)
    except BaseException:
        generation.close()
        raise
    return Held(engine)


def ask_once(engine: Engine) -> None:
    """Ask a first question, which takes longer than those that follow; StoreError where it cannot be answered."""
    try:
        engine.search("warm up", k=1)
    except NonmunError:
        raise
    except Exception as error:
        folder = engine.generation.folder
        raise StoreError(f"{folder}: cannot answer a first question: {error}; rebuild with: nonmun index") from error
