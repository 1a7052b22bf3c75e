"""What a command prints on standard output: lines for people, a screen at a time where they are many, or JSON."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from index.errors import QueryError
from index.paper import Paper
from search.cli.arguments import IndexArguments
from search.cli.terminal import Screen
from search.export.json import json_text
from search.text import one_line, plain

DEFAULT = "less"
LESS = "FRX"
"""What less is told where the environment says nothing: end at once where all fits, pass colours on, leave it there."""


def screen_of(color: str) -> Screen:
    """Return the terminal's width, and whether colour is wanted on it."""
    asked = {"always": True, "never": False}.get(color)
    fit = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(shutil.get_terminal_size().columns, fit if asked is None else asked)


def print_body(as_json: bool, body: Mapping[str, Any], lines: Sequence[str], pager: bool = False) -> None:
    """Print a body as JSON where that is asked for, and else as lines, through a pager where they are many."""
    text = _json(body) if as_json else "\n".join(lines)
    if as_json or not pager or not page(text):
        print(text, flush=True)


def warn(message: str) -> None:
    """Print a message as one line on standard error."""
    print(f"nonmun: {one_line(message)}", file=sys.stderr, flush=True)


def print_export(as_json: bool, name: str, papers: Sequence[Paper]) -> None:
    """Print papers in the format of a name, in UTF-8 whatever the terminal's encoding."""
    from search.export.formats import FORMATS

    if as_json:
        raise QueryError("--json and --format exclude each other; for JSON of whole papers, take --format jsonl")
    print_text(FORMATS[name].write(papers))


def print_text(text: str) -> None:
    """Print a document as it stands, in UTF-8."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def print_outcome(
    arguments: IndexArguments, body: Mapping[str, Any], details: Mapping[str, Any], lines: Sequence[str]
) -> None:
    """Print what a run came to: as JSON with all details, or as lines, off a terminal with a last one of JSON.

    Runs that follow one another under --watch take one line of JSON each.
    """
    if arguments.json:
        print(_json({**body, **details}, indent=None if arguments.watch else 2), flush=True)
        return
    for line in [*map(plain, lines), *([] if sys.stdout.isatty() else [_json(body, indent=None)])]:
        print(line)
    sys.stdout.flush()


def _json(body: Mapping[str, Any], indent: int | None = 2) -> str:
    """Return JSON in the letters that standard output can write."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json_text(body, ascii_only=not unicode, indent=indent)


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
