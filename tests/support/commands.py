"""The command line as a shell or a terminal runs it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.paths import REPOSITORY

SECONDS = 120


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "search.cli.main", *map(str, arguments)]


def started(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=REPOSITORY, capture_output=True, text=True, timeout=SECONDS, **options
    )


def one_error(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error, where nothing is on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("nonmun: ")
    assert captured.err.count("\n") == 1
    return captured.err


def failed_run(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error, where standard output ends with the same for machines."""
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err == f"nonmun: {json.loads(captured.out.splitlines()[-1])['error']}\n"
    return captured.err


def on_terminal(*arguments: object, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command on a pseudo-terminal of 60 columns; return its exit code and all that it showed."""
    master, slave = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "60", **(environment or {})}
    process = subprocess.Popen(command(*arguments), cwd=REPOSITORY, stdout=slave, stderr=slave, env=variables)
    os.close(slave)
    shown = b"".join(read_all(master))
    os.close(master)
    return process.wait(SECONDS), shown.decode()


def read_all(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(descriptor, 4096)
        except OSError:  # Linux: the other end is closed
            return
        if not data:
            return
        yield data
