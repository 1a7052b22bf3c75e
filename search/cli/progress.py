"""A build's progress on a terminal, as one line that is drawn anew; nothing elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from search.cli.terminal import progress_line

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
