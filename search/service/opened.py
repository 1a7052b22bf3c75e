"""One open generation, the engine that answers from it, and the answers that it has given."""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from threading import Lock

from index.errors import NonmunError, StoreError
from index.publishing.opening import open_generation
from search.engine import Engine

MAX_BYTES = 16 * 1024 * 1024


class OpenGeneration:
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


def open_in_force(store: Path) -> OpenGeneration:
    """Open the generation in force, without an encoder as yet; StoreError where it cannot answer."""
    generation = open_generation(store)
    try:
        engine = Engine(generation, None)
        ask_once(engine)
    except BaseException:
        generation.close()
        raise
    return OpenGeneration(engine)


def ask_once(engine: Engine) -> None:
    """Ask a first question, which takes longer than those that follow; StoreError where it cannot be answered."""
    try:
        engine.search("warm up", k=1)
    except NonmunError:
        raise
    except Exception as error:
        folder = engine.generation.folder
        raise StoreError(f"{folder}: cannot answer a first question: {error}; rebuild with: nonmun index") from error


def digest_of(*asked: str) -> bytes:
    """Return what is kept of a question, so that a long one takes no more room than a short one."""
    return sha256(json.dumps(asked).encode()).digest()


class Remembered:
    """Written answers by the digest of what was asked, the one that was not asked for longest forgotten first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, asked: bytes) -> bytes | None:
        """Return the answer to what is asked, or None where it is not known."""
        with self._lock:
            answer = self._answers.get(asked)
            if answer is not None:
                self._answers.move_to_end(asked)
            return answer

    def put(self, asked: bytes, answer: bytes) -> None:
        """Keep an answer, unless it alone is too large."""
        if len(answer) > self._max_bytes:
            return
        with self._lock:
            self.bytes += len(answer) - len(self._answers.pop(asked, b""))
            self._answers[asked] = answer
            while self.bytes > self._max_bytes:
                self.bytes -= len(self._answers.popitem(last=False)[1])
