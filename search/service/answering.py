"""The service apart from HTTP: what it holds, how it is, and how it comes to an answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from index.encoding.models import available_cores
from index.errors import ModelError, StoreError
from index.paper import DESCRIBED
from search.engine import Engine
from search.service.admission import Admission
from search.service.live import NO_STORE, OPENING, Live, LoadEncoder
from search.service.metrics import Metrics
from search.service.refusals import NotNow
from search.settings import Settings
from search.stages import begin

T = TypeVar("T")

LOADING = "the encoder is being loaded; until then words alone are compared"
NO_ENCODER = "words alone are compared: the encoder cannot be loaded; the service's log says why"

logger = logging.getLogger("nonmun")


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is."""

    __pydantic_config__ = DESCRIBED

    status: Literal["ok", "degraded", "starting", "failed"]
    """degraded: questions are answered by words alone; starting, failed: they are not answered."""
    generation: str | None
    """The generation of the store that answers; null while there is none."""
    detail: str
    """What is the matter, on one line; empty where all is well."""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer as it is sent, and the generation that it is from."""

    body: bytes
    generation: str


class Service:
    """Answers from one store, whichever generation of it is in force."""

    def __init__(self, settings: Settings, load_encoder: LoadEncoder) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.live = Live(settings.store, load_encoder, self.metrics)
        workers = settings.workers or available_cores()
        self._admission = Admission(workers, settings.waiting, settings.seconds, self.metrics)
        watch = self.metrics.watch
        watch("nonmun_degraded", "1 while questions are answered by words alone.", lambda: float(self.live.degraded))
        watch("nonmun_questions_in_hand", "Questions being answered or waiting.", lambda: float(self._admission.taken))
        watch("nonmun_generation_age_seconds", "Since the generation in force was made.", self._generation_age)
        watch("nonmun_papers", "Papers in the generation in force.", self._papers)

    def start(self) -> None:
        """Open the store and follow it, beside the caller."""
        self.live.start()

    def close(self) -> None:
        """Finish the answers in hand, then release the store."""
        self._admission.close()
        self.live.close()

    def health(self) -> Health:
        """Return how the service is."""
        held = self.live.current
        if held is None:
            return Health("failed", None, NO_STORE) if self.live.settled else Health("starting", None, OPENING)
        if held.engine.degraded:
            return Health("degraded", held.name, NO_ENCODER if self.live.settled else LOADING)
        return Health("ok", held.name, "")

    def readiness(self) -> Health:
        """Return how the service is; NotNow unless it answers as well as it can."""
        if self.live.held.engine.degraded and not self.live.settled:
            raise NotNow(LOADING, 1)
        return self.health()

    async def answer(
        self,
        make: Callable[[Engine], T],
        write: Callable[[T], bytes],
        gone: Callable[[], Awaitable[None]],
        asked: bytes | None = None,
    ) -> Written:
        """Return what an engine makes of a question, written; `asked` is its digest where it may be remembered.

        Raises NotNow or Abandoned, as `Admission.answer` does, and whatever the engine raises of the question.
        """
        if known := self._remembered(asked):
            return known
        return await self._admission.answer(lambda: self._written(make, write, asked), gone)

    def _remembered(self, asked: bytes | None) -> Written | None:
        held = self.live.held
        if asked is None:
            return None
        known = held.remembered.get(asked)
        self.metrics.cache.labels("miss" if known is None else "hit").inc()
        return None if known is None else Written(known, held.name)

    def _written(self, make: Callable[[Engine], T], write: Callable[[T], bytes], asked: bytes | None) -> Written:
        with self.live.lease() as held:
            try:
                made = make(held.engine)
            except (ModelError, StoreError) as error:  # a store's vectors may be on another machine
                logger.error("answered by words alone: %s", error)
                if isinstance(error, ModelError):
                    self.metrics.encoder_failures.inc()
                    self.live.suspect_encoder()
                made = make(held.lexical)
            begin("write")
            written = write(made)
            if asked is not None and not getattr(made, "degraded", False):
                held.remembered.put(asked, written)
            return Written(written, held.name)

    def _generation_age(self) -> float:
        held = self.live.current
        return time.time() - datetime.fromisoformat(held.generation.manifest.created).timestamp() if held else 0.0

    def _papers(self) -> float:
        held = self.live.current
        return float(held.generation.manifest.papers) if held else 0.0
