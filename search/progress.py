"""A build's progress on a stream: one line redrawn on a terminal, else a line every few seconds."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from search.terminal import progress_line

_SECONDS_BETWEEN_LINES = 5.0
_ERASE = "\r\x1b[K"


class ProgressPrinter:
    """Prints how far each stage of a build is; called as `index.build.Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._stage = ""
        self._began = self._printed = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take note of a stage's progress, and print it where it is time to."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._began = stage, now
        line = progress_line(stage, done, total, now - self._began)
        if self._terminal:
            self._write(_ERASE + line[: shutil.get_terminal_size().columns - 1])
        elif now - self._printed >= _SECONDS_BETWEEN_LINES:
            self._printed = now
            self._write(line + "\n")

    def close(self) -> None:
        """Leave a terminal's line empty for what is printed next."""
        if self._terminal:
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
