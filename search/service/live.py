"""The generation in force, whichever it is by now: opened, swapped for a newer one, and released."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Event, Lock, Thread

from index.encoding.encoder import Encoder
from index.errors import NonmunError, StoreError
from index.publishing.opening import name_in_force
from index.store.generation import Generation
from search.engine import Engine
from search.service.metrics import Metrics
from search.service.opened import OpenGeneration, ask_once, open_in_force
from search.service.refusals import NotNow

LoadEncoder = Callable[[Generation], Encoder]

SECONDS_BETWEEN_LOOKS = 0.2
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 60.0

OPENING = "the store is being opened; ask again in a moment"
NO_STORE = "the store cannot be opened; the service's log says why"

logger = logging.getLogger("nonmun")


class Live:
    """Holds the generation in force of one store, and follows it; one thread opens, any may ask.

    A generation that cannot be opened leaves the one before it in force, and is tried again later. Where the
    encoder cannot be had, the engine does without it until it can.
    """

    def __init__(self, store: Path, load_encoder: LoadEncoder, metrics: Metrics) -> None:
        self._store = store
        self._load_encoder = load_encoder
        self._metrics = metrics
        self._encoder: Encoder | None = None
        self._held: OpenGeneration | None = None
        self._retired: list[OpenGeneration] = []
        self._lock = Lock()
        self._stop = Event()
        self._watcher: Thread | None = None
        self._tried: str | None = None
        self._wait = SHORTEST_WAIT
        self._next_try = 0.0
        self._suspected = False
        self.settled = False

    @property
    def held(self) -> OpenGeneration:
        """What answers now; NotNow while nothing does."""
        if self._held is not None:
            return self._held
        if self.settled:
            raise NotNow(NO_STORE, round(LONGEST_WAIT))
        raise NotNow(OPENING, 1)

    @property
    def current(self) -> OpenGeneration | None:
        """What answers now, or None."""
        return self._held

    @property
    def degraded(self) -> bool:
        """Whether questions are answered by words alone."""
        held = self._held
        return held is not None and held.engine.degraded

    @contextmanager
    def lease(self) -> Iterator[OpenGeneration]:
        """Yield what answers now, which stays open until it is given back; NotNow while nothing does."""
        with self._lock:
            held = self.held
            held.users += 1
        try:
            yield held
        finally:
            with self._lock:
                held.users -= 1

    def open(self) -> None:
        """Open the generation in force, to answer by words until the encoder is there; StoreError where it cannot."""
        self._hold(open_in_force(self._store))

    def suspect_encoder(self) -> None:
        """Have the encoder tried again, since a question made it fail; until then it stays."""
        self._suspected = True

    def start(self) -> None:
        """Follow the store from now on, beside the caller."""
        self._watcher = Thread(target=self._watch, name="generations", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop following, and release the store once nobody uses it."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join()
        with self._lock:
            held, self._held = self._held, None
        for one in [*self._retired, *([held] if held else [])]:
            one.generation.close()

    def look(self) -> None:
        """Look at the store once: open what is new, load an encoder that is missing, release what is unused."""
        if self._suspected:
            self._try_encoder()
        try:
            name = name_in_force(self._store)
        except (StoreError, OSError) as error:
            self._failed(None, error)
        else:
            if name != self._tried or time.monotonic() >= self._next_try:
                self._follow(name)
        self._release()

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except Exception:
                logger.exception("looking at the store failed")
            self._stop.wait(SECONDS_BETWEEN_LOOKS)

    def _follow(self, name: str) -> None:
        held = self._held
        if held is not None and held.name == name and not held.engine.degraded:
            return
        try:
            if held is None or held.name != name:
                self._open(held)
            if self._held is not None and self._held.engine.degraded:
                self._equip(self._held)
        except Exception as error:
            self._failed(name, error)
        else:
            self._tried, self._wait, self._next_try = None, SHORTEST_WAIT, 0.0
            self.settled = True

    def _open(self, before: OpenGeneration | None) -> None:
        """Hold the generation in force; beside one that has its encoder, only once it has its own."""
        held = open_in_force(self._store)
        if before is None or before.engine.degraded:
            return self._hold(held)
        try:
            self._equip(held)
        except BaseException:
            held.generation.close()
            raise
        self._hold(held)

    def _hold(self, held: OpenGeneration) -> None:
        with self._lock:
            if self._held is not None:
                self._retired.append(self._held)
            self._held = held
        self._metrics.generation(held.name)
        logger.info("generation in force", extra={"fields": {"generation": held.name}})

    def _equip(self, held: OpenGeneration) -> None:
        """Give an engine its encoder, the one at hand where it fits."""
        encoder = self._encoder
        if encoder is None or asdict(encoder.fingerprint) != dict(held.generation.manifest.encoder):
            encoder = self._load_encoder(held.generation)
        engine = Engine(held.generation, encoder)
        ask_once(engine)
        self._encoder, held.engine = encoder, engine

    def _try_encoder(self) -> None:
        """Do without an encoder that fails on any question, so that it is loaded again."""
        self._suspected = False
        held = self._held
        if held is None or held.engine.degraded:
            return
        try:
            ask_once(held.engine)
        except Exception as error:
            self._encoder, held.engine = None, held.lexical
            logger.error("degraded: %s", error)

    def _failed(self, name: str | None, error: Exception) -> None:
        """Note what cannot be opened, once for each name and wait, and when to try it again."""
        now = time.monotonic()
        again = name == self._tried and self.settled
        if again and now < self._next_try:
            return
        self._wait = min(2 * self._wait, LONGEST_WAIT) if again else SHORTEST_WAIT
        self._tried, self._next_try, self.settled = name, now + self._wait, True
        self._metrics.reload_failures.inc()
        state = "not ready" if self._held is None else "degraded" if self.degraded else "still on the generation before"
        logger.error("%s: %s", state, error, exc_info=not isinstance(error, (NonmunError, OSError)))

    def _release(self) -> None:
        """Close the retired generations that nobody uses."""
        with self._lock:
            unused = [held for held in self._retired if not held.users]
            self._retired = [held for held in self._retired if held.users]
        for held in unused:
            held.generation.close()
