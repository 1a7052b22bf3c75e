"""Builds in child processes that die, or run out of space, at a chosen step; no production code knows of it.

A step is something that a build does to its store: an opening for writing, a rename, a removal, an fsync, a
commit of the cache. The interpreter tells of most of them by its audit events, a moment before they happen.
`python -m tests.faults` reads one order a line, forks a child for each, and says how the child ended.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index.build import Rules, build
from index.cache import Cache
from index.vectors import VectorWriter
from tests.fakes import LetterEncoder, silent

REPOSITORY = Path(__file__).resolve().parent.parent
KILLED = -signal.SIGKILL
FAILED = 1

_AUDITED = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "fcntl.flock", "sqlite3.connect"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True, slots=True)
class Order:
    """One build: die before step `step`, or at function call `call`; no file may grow past `limit` bytes."""

    source: str
    store: str
    step: int | None = None
    call: int | None = None
    limit: int | None = None
    trace: str | None = None
    count_calls: bool = False


class Faults:
    """Takes orders in a process that has loaded everything, and whose children therefore start at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, order: Order) -> int:
        """Return the exit code of a build; KILLED where it died as it was told to."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def steps(self, source: Path, store: Path, trace: Path) -> list[str]:
        """Return the steps of a build that goes well, in order."""
        assert self.run(Order(str(source), str(store), trace=str(trace))) == 0
        return trace.read_text("utf-8").splitlines()

    def calls(self, source: Path, store: Path, trace: Path) -> int:
        """Return how many functions a build that goes well calls."""
        assert self.run(Order(str(source), str(store), trace=str(trace), count_calls=True)) == 0
        return int(trace.read_text("utf-8"))


@contextmanager
def faults() -> Iterator[Faults]:
    """Yield a taker of orders."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with process:
        try:
            yield Faults(process)
        finally:
            process.kill()


class _Steps:
    """Counts the steps of the build in this process, and dies before the one that is ordered."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._store = str(Path(order.store).resolve())
        self.names: list[str] = []

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
    steps = _Steps(order)
    if order.limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.limit, order.limit))
    if order.call is None and not order.count_calls:
        for owner, name in ((os, "fsync"), (Cache, "put"), (Cache, "put_words"), (VectorWriter, "write")):
            steps.wrap(owner, name)
        sys.addaudithook(steps.audit)
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1
        if calls == order.call:
            die()

    if order.call is not None or order.count_calls:
        sys.setprofile(count)
    build([Path(order.source)], Path(order.store), LetterEncoder(), silent, Rules(keep=1))
    sys.setprofile(None)
    if order.trace:
        names = steps.names.copy()
        Path(order.trace).write_text(str(calls) if order.count_calls else "\n".join(names), "utf-8")


def _serve() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                _perform(Order(**json.loads(line)))
            except BaseException:
                traceback.print_exc()
                os._exit(FAILED)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
