"""Long output on a terminal, a screen at a time."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping

DEFAULT = "less"
LESS = "FRX"
"""What less is told where the environment says nothing: end at once where all fits, pass colours on, leave it there."""


def page(text: str) -> bool:
    """Show a text through the reader's pager and return whether that was done.

    It is not off a terminal, where the text fits on the screen, where PAGER is empty or `cat`, or where the pager
    cannot be started.
    """
    if not sys.stdout.isatty() or text.count("\n") + 1 < shutil.get_terminal_size().lines:
        return False
    command = pager_command(os.environ)
    return bool(command) and _through(command, text)


def pager_command(environment: Mapping[str, str]) -> list[str]:
    """Return the pager that an environment names, as arguments; none where it is empty, `cat` or no command."""
    try:
        command = shlex.split(environment.get("PAGER", DEFAULT))
    except ValueError:
        return []
    return [] if command == ["cat"] else command


def _through(command: list[str], text: str) -> bool:
    import subprocess

    environment = {"LESS": LESS, "LESSCHARSET": "utf-8", **os.environ}
    sys.stdout.flush()
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError:
        return False
    try:
        process.communicate(text.encode(errors="replace") + b"\n")
    except KeyboardInterrupt:  # for the pager; it goes on until its reader leaves it
        process.wait()
    return True
