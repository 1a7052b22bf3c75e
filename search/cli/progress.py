"""A build's progress: on a terminal one line that is drawn anew, elsewhere a plain line now and then."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import TextIO

PAUSE = 30.0
"""Seconds between two lines that are not drawn on a terminal."""

_ERASE = "\r\x1b[K"


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a stage is, and when it began."""

    stage: str
    done: int
    total: int
    began: float


class ProgressPrinter:
    """Shows how far each stage of a build is; called as `index.pipeline.build.Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._place: _Place | None = None
        self._closed = Event()
        self._clock = Thread(target=self._tell, name="progress", daemon=True)
        if not self._terminal:
            self._clock.start()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        before = self._place
        began = before.began if before and before.stage == stage else time.monotonic()
        self._place = _Place(stage, done, total, began)
        if self._terminal:
            line = progress_line(stage, done, total, time.monotonic() - began)
            self._write(_ERASE + line[: shutil.get_terminal_size().columns - 1])

    def close(self) -> None:
        """Leave a terminal's line empty for what is printed next, and say nothing more elsewhere."""
        self._closed.set()
        if self._terminal:
            self._write(_ERASE)
        else:
            self._clock.join()

    def _tell(self) -> None:
        """Say now and then how far the build is, even where a stage goes on without a word."""
        while not self._closed.wait(PAUSE):
            if self._place is not None:
                with suppress(OSError):  # a run goes on where nobody reads what it says
                    self._write(f"nonmun: {_plain(self._place)}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _plain(place: _Place) -> str:
    """Return how far a stage is; of one that is not counted, how long it has gone on."""
    seconds = time.monotonic() - place.began
    if place.total == 1:
        return f"{place.stage}: {duration(seconds)} so far"
    return progress_line(place.stage, place.done, place.total, seconds)


def progress_line(stage: str, done: int, total: int, seconds: float) -> str:
    """Return how far a stage is after some seconds, with its rate and the time left once both are known."""
    line = f"{stage}: {done:,} of {total:,}"
    if not 0 < done < total or seconds <= 0:
        return line
    rate = done / seconds
    return f"{line}, {rate:,.1f}/s, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    """Return a time as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
