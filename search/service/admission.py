"""Who is answered when: some questions at once, some waiting, the rest refused; nobody for ever, nobody in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar

from search.service.metrics import Metrics
from search.service.refusals import Abandoned, NotNow
from search.stages import Stages

T = TypeVar("T")

RETRY_SECONDS = 1


class Admission:
    """Answers `workers` questions at once, lets `waiting` more wait, and gives each `seconds` in all."""

    def __init__(self, workers: int, waiting: int, seconds: float, metrics: Metrics) -> None:
        self._places = workers + waiting
        self._seconds = seconds
        self._metrics = metrics
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="answers")
        self._lock = Lock()
        self.taken = 0

    def close(self) -> None:
        """Wait for the answers in hand, and begin no other."""
        self._workers.shutdown(cancel_futures=True)

    async def answer(self, work: Callable[[], T], gone: Callable[[], Awaitable[None]]) -> T:
        """Return what some work brings, done on another thread; `gone` returns once nobody waits for it.

        Raises:
            NotNow: too many are waiting already, or the answer took too long.
            Abandoned: nobody waits for it any more.
        """
        self._take_place()
        stages = Stages()
        job = self._workers.submit(copy_context().run, stages.run, work)
        job.add_done_callback(self._give_place)
        answer, leaving = asyncio.wrap_future(job), asyncio.ensure_future(gone())
        either: set[asyncio.Future[Any]] = {answer, leaving}
        try:
            await asyncio.wait(either, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise self._given_up(leaving.done())
        finally:
            leaving.cancel()
            stages.stop()
            answer.cancel()
            self._metrics.stages(dict(stages.seconds))

    def _take_place(self) -> None:
        with self._lock:
            if self.taken < self._places:
                self.taken += 1
                return
        self._metrics.refused.labels("overload").inc()
        detail = f"{self._places} questions are in hand already; ask again in a moment"
        raise NotNow(detail, RETRY_SECONDS)

    def _give_place(self, _: Future[Any]) -> None:
        with self._lock:
            self.taken -= 1

    def _given_up(self, abandoned: bool) -> NotNow | Abandoned:
        if abandoned:
            self._metrics.refused.labels("abandoned").inc()
            return Abandoned("the client went away")
        self._metrics.refused.labels("timeout").inc()
        detail = f"no answer within {self._seconds:g} seconds; ask again in a moment, or for less"
        return NotNow(detail, RETRY_SECONDS)
