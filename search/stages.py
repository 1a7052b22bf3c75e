"""The stages of one question: how long each takes, and whether anybody still waits for the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from index.errors import NonmunError

T = TypeVar("T")


class Stopped(NonmunError):
    """A question was given up before it was answered."""


class Stages:
    """Times the stages of one question; `seconds` holds those that are over, by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._name: str | None = None
        self._started = 0.0
        self._stopped = False

    def run(self, work: Callable[[], T]) -> T:
        """Do some work whose stages these are, the first of them `read`."""
        token = _current.set(self)
        try:
            self.begin("read")
            return work()
        finally:
            self._end()
            _current.reset(token)

    def begin(self, name: str) -> None:
        """End the stage in progress and begin another; Stopped where the question was given up."""
        self.check()
        self._end()
        self._name, self._started = name, time.perf_counter()

    def check(self) -> None:
        """Raise Stopped where the question was given up."""
        if self._stopped:
            raise Stopped("nobody waits for the answer any more")

    def stop(self) -> None:
        """Give the question up; it ends where it is looked at next."""
        self._stopped = True

    def _end(self) -> None:
        if self._name is not None:
            spent = time.perf_counter() - self._started
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + spent
            self._name = None


_current: ContextVar[Stages | None] = ContextVar("stages", default=None)


def begin(name: str) -> None:
    """Begin a stage of the question that is being answered; without one to time, do nothing."""
    stages = _current.get()
    if stages is not None:
        stages.begin(name)


def check() -> None:
    """Raise Stopped where the question that is being answered was given up; for stages that may take long."""
    stages = _current.get()
    if stages is not None:
        stages.check()
