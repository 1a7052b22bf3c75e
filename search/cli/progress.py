"""A build's progress on a terminal, as one line that is drawn anew; nothing elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

_ERASE = "\r\x1b[K"


class ProgressPrinter:
    """Shows how far each stage of a build is; called as `index.pipeline.build.Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._stage = ""
        self._began = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if not self._terminal:
            return
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        line = progress_line(stage, done, total, now - self._began)
        self._write(_ERASE + line[: shutil.get_terminal_size().columns - 1])

    def close(self) -> None:
        """Leave a terminal's line empty for what is printed next."""
        if self._terminal:
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


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
