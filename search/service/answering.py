"""The service apart from HTTP: what it holds, how it is, and how it comes to an answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from index.encoding.models import available_cores
from index.errors import ModelError, StoreError
from search.api.limits import RequestError
from search.engine import Engine
from search.export.json_values import json_text
from search.service.admission import Desk
from search.service.live import NO_STORE, OPENING, Live, LoadEncoder
from search.service.metrics import Metrics
from search.settings import Settings
from search.stages import begin

Body = Mapping[str, Any]
Write = Callable[[Body], str]

LOADING = "the encoder is being loaded; until then words alone are compared"
NO_ENCODER = "words alone are compared: the encoder cannot be loaded; the service's log says why"

logger = logging.getLogger("nonmun")


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
        self._desk = Desk(workers, settings.waiting, settings.seconds, self.metrics)
        watch = self.metrics.watch
        watch("nonmun_degraded", "1 while questions are answered by words alone.", lambda: float(self.live.degraded))
        watch("nonmun_questions_in_hand", "Questions being answered or waiting.", lambda: float(self._desk.taken))
        watch("nonmun_generation_age_seconds", "Since the generation in force was made.", self._generation_age)
        watch("nonmun_papers", "Papers in the generation in force.", self._papers)

    def start(self) -> None:
        """Open the store and follow it, beside the caller."""
        self.live.start()

    def close(self) -> None:
        """Finish the answers in hand, then release the store."""
        self._desk.close()
        self.live.close()

    def health(self) -> Body:
        """Return how the service is."""
        held = self.live.current
        if held is None:
            status, detail = ("failed", NO_STORE) if self.live.settled else ("starting", OPENING)
            return {"status": status, "generation": None, "detail": detail}
        if held.engine.degraded:
            detail = NO_ENCODER if self.live.settled else LOADING
            return {"status": "degraded", "generation": held.name, "detail": detail}
        return {"status": "ok", "generation": held.name, "detail": ""}

    def readiness(self) -> Body:
        """Return how the service is; RequestError unless it answers as well as it can."""
        if self.live.held.engine.degraded and not self.live.settled:
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, LOADING, 1)
        return self.health()

    async def answer(
        self,
        make: Callable[[Engine], Body],
        gone: Callable[[], Awaitable[None]],
        asked: bytes | None = None,
        write: Write = json_text,
    ) -> Written:
        """Return what an engine makes of a question; `asked` is its digest where the answer may be remembered.

        Raises RequestError or Abandoned, as `Desk.answer` does, and whatever the engine raises of the question.
        """
        if known := self._remembered(asked):
            return known
        return await self._desk.answer(lambda: self._written(make, asked, write), gone)

    def _remembered(self, asked: bytes | None) -> Written | None:
        held = self.live.held
        if asked is None:
            return None
        known = held.remembered.get(asked)
        self.metrics.cache.labels("miss" if known is None else "hit").inc()
        return None if known is None else Written(known, held.name)

    def _written(self, make: Callable[[Engine], Body], asked: bytes | None, write: Write) -> Written:
        with self.live.lease() as held:
            try:
                body = make(held.engine)
            except (ModelError, StoreError) as error:  # a store's vectors may be on another machine
                logger.error("answered by words alone: %s", error)
                if isinstance(error, ModelError):
                    self.metrics.encoder_failures.inc()
                    self.live.suspect_encoder()
                body = make(held.lexical)
            begin("write")
            written = write(body).encode()
            if asked is not None and not body.get("degraded"):
                held.remembered.put(asked, written)
            return Written(written, held.name)

    def _generation_age(self) -> float:
        held = self.live.current
        return time.time() - datetime.fromisoformat(held.generation.manifest.created).timestamp() if held else 0.0

    def _papers(self) -> float:
        held = self.live.current
        return float(held.generation.manifest.papers) if held else 0.0
