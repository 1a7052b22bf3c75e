"""Following folders: a run whenever their files have changed and come to rest."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from index.errors import SourceError
from index.sources.files import Stamp, stamps
from index.sources.parsed import Skipped

SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_BEFORE_A_FAILED_RUN_AGAIN = 300.0

Look = tuple[dict[Path, Stamp | None], list[Skipped]] | str


def watch(
    sources: Sequence[Path],
    run: Callable[[], bool],
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> NoReturn:
    """Call `run` now, and again each time that two looks at changed files are alike.

    Where it returns False it failed, and is called again after some minutes even if nothing has changed.
    """
    seen = last = look(sources)
    again = math.inf if run() else clock() + SECONDS_BEFORE_A_FAILED_RUN_AGAIN
    while True:
        sleep(SECONDS_BETWEEN_LOOKS)
        now = look(sources)
        is_at_rest, last = now == last, now
        if is_at_rest and (now != seen or clock() >= again):
            seen = now
            again = math.inf if run() else clock() + SECONDS_BEFORE_A_FAILED_RUN_AGAIN


def look(sources: Sequence[Path]) -> Look:
    """Return all that shows whether files have come, gone or changed, without opening any."""
    skipped: list[Skipped] = []
    try:
        return stamps(sources, skipped), skipped
    except SourceError as error:
        return str(error)
