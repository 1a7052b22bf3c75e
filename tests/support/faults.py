"""Builds in child processes that die, or run out of space, at a chosen step; no production code knows of it.

A step is something that a build does to its store: an opening for writing, a rename, a removal, an fsync, a
commit of the cache. The interpreter tells of most of them by its audit events, a moment before they happen.
`python -m tests.support.faults` reads one order a line, forks a child for each, and says how the child ended.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from index.cache.database import Cache
from index.cache.vocabulary import Vocabulary
from index.pipeline.build import Rules, build
from index.store.vectors import VectorWriter
from search.engine import Engine
from tests.support.fakes import LetterEncoder, silent
from tests.support.paths import REPOSITORY

KILLED = -signal.SIGKILL
FAILED = 1
BROKEN = 2
READY = "ready"
QUESTIONS = ("검색기를 학습하는 방법", "method 3", "accuracy")

_AUDITED = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "fcntl.flock", "sqlite3.connect"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class Order:
    """One build: die before step `step`, or at function call `call`; no file may grow past `limit` bytes.

    Without a source, the store is asked instead, and its answers are written to `trace`.
    """

    store: str
    source: str | None = None
    step: int | None = None
    call: int | None = None
    limit: int | None = None
    trace: str | None = None
    count_calls: bool = False


class Faults:
    """Takes orders in a process that has loaded everything, and whose children therefore start at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.files = Path(f"/proc/{process.pid}/root")
        """The files as that process sees them."""

    def run(self, order: Order) -> int:
        """Return the exit code of a build; KILLED where it died as it was told to, FAILED where the disk failed it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self.told())

    def told(self) -> str:
        """Return the next line of the process."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def steps(self, source: Path, store: Path, trace: Path) -> list[str]:
        """Return the steps of a build that goes well, in order."""
        assert self.run(Order(str(store), str(source), trace=str(trace))) == 0
        return trace.read_text("utf-8").splitlines()

    def calls(self, source: Path, store: Path, trace: Path) -> int:
        """Return how many functions a build that goes well calls."""
        assert self.run(Order(str(store), str(source), trace=str(trace), count_calls=True)) == 0
        return int(trace.read_text("utf-8"))

    def answers(self, store: Path, trace: Path) -> str:
        """Return what a store answers that only that process can see."""
        assert self.run(Order(str(store), trace=str(trace))) == 0
        return trace.read_text("utf-8")


@contextmanager
def faults(disk: Path | None = None, size: int = 0) -> Iterator[Faults]:
    """Yield a taker of orders; it may have a disk of some bytes of its own, in memory, that goes when it ends.

    Skips the test where there is no right to a disk.
    """
    server = [sys.executable, "-m", "tests.support.faults"]
    if disk:
        mount = f'mount -t tmpfs -o size={size} none "$0" && exec "$@"'
        server = ["unshare", "--mount", "sh", "-c", mount, str(disk), *server]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(server, cwd=REPOSITORY, text=True, env=environment, stdin=pipe, stdout=pipe)
    except FileNotFoundError as error:
        pytest.skip(f"needs the command {error.filename}")
    with process:
        try:
            found = Faults(process)
            if found.told() != READY:
                pytest.skip("needs the right to mount a small disk")
            yield found
        finally:
            process.kill()


def answers(store: Path) -> list[object]:
    """Return what a store answers to some questions, and every paper it holds."""
    engine = Engine.open(store, LetterEncoder())
    try:
        asked = [engine.search(question, 20).results for question in QUESTIONS]
        return [*asked, *engine.generation.papers()]
    finally:
        engine.generation.close()


class _Steps:
    """Counts the steps of the build in this process, and dies before the one that is ordered."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._store = str(Path(order.store).resolve())
        self.names: list[str] = []

    def watch(self) -> None:
        """Hear of every step from now on."""
        for owner, name in ((os, "fsync"), (Cache, "put"), (Vocabulary, "learn"), (VectorWriter, "write")):
            self.wrap(owner, name)
        sys.addaudithook(self.audit)

    def take(self, name: str) -> None:
        """Take note of a step that is about to happen."""
        if len(self.names) == self._order.step:
            die()
        self.names.append(name)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Hear of an event, and take those that change the store."""
        if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path, _, flags = arguments
            if flags & _WRITES and (place := self._place(path)):
                self.take(f"open {place}")
        elif event in _AUDITED:
            paths = arguments[: 2 if event == "os.rename" else 1]
            places = [place for path in paths if (place := self._place(path))]
            if places:
                self.take(f"{event.split('.')[-1]} {' -> '.join(places)}")

    def _place(self, path: object) -> str | None:
        """Return where in the store a path or an open file lies, the same in every run."""
        if isinstance(path, int):
            path = os.readlink(f"/proc/self/fd/{path}") if path >= 0 else ""
        if not isinstance(path, str | bytes | os.PathLike):
            return None
        text = os.fsdecode(path).removeprefix("file:")
        if not text.startswith(self._store):
            return None
        text = re.sub(r"\.draft-[0-9a-f-]+", ".draft", text.removeprefix(self._store).lstrip("/"))
        text = re.sub(r"\d{8}T\d{6}\.\d{6}-[0-9a-f]{16}", "NAME", text)
        return re.sub(r"\.CURRENT-\d+", ".CURRENT", text) or "."

    def wrap(self, owner: Any, name: str) -> None:
        """Make a step of every call of a function that the interpreter does not tell of."""
        real: Callable[..., Any] = getattr(owner, name)

        def stepping(*arguments: Any, **options: Any) -> Any:
            place = self._place(arguments[0]) if owner is os else owner.__name__
            if place:
                self.take(f"{name} {place}")
            return real(*arguments, **options)

        setattr(owner, name, stepping)


def die() -> None:
    """End at once, as by kill -9 or a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)


def _perform(order: Order) -> None:
    if order.source is None:
        Path(str(order.trace)).write_text(repr(answers(Path(order.store))), "utf-8")
        return
    steps, calls = _Steps(order), 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == order.call:
            die()

    if order.limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.limit, order.limit))
    if order.call is not None or order.count_calls:
        sys.setprofile(count)
    else:
        steps.watch()
    build([Path(order.source)], Path(order.store), LetterEncoder(), silent, Rules(keep=1))
    sys.setprofile(None)
    if order.trace:
        found = str(calls) if order.count_calls else "\n".join(steps.names)
        Path(order.trace).write_text(found, "utf-8")


def _serve() -> None:
    print(READY, flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_outcome(Order(**json.loads(line))))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _outcome(order: Order) -> int:
    try:
        _perform(order)
    except (OSError, sqlite3.Error):
        return FAILED
    except BaseException:
        traceback.print_exc()
        return BROKEN
    return 0


if __name__ == "__main__":
    _serve()
