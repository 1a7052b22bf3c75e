"""One writer at a time: a lock on a store, which goes with the process that holds it."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from index.errors import BusyError
from index.milvus.mirror import refresh, tidy
from index.store.address import shown
from index.store.manifest import LOCK

_TRIES = 5
_SECONDS_BETWEEN_TRIES = 0.02
_HOLDER_BYTES = 200

_handles: set[int] = set()


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Hold a store's lock, making its folder where there is none.

    The system takes the lock back when the process ends, however it ends. A folder that was made for a run
    which left nothing in it goes away again.

    Raises:
        BusyError: another run holds the lock; the message says which.
    """
    is_new = not store.is_dir()
    store.mkdir(parents=True, exist_ok=True)
    path = store / LOCK
    handle = _acquire(path)
    _handles.add(handle)
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, _this_process().encode(), 0)
        tidy(store)
        refresh(store, whole=True)
        yield
    finally:
        if is_new and [left.name for left in store.iterdir()] == [LOCK]:
            path.unlink()
            with suppress(OSError):
                store.rmdir()
        _handles.discard(handle)
        os.close(handle)


def holder(store: Path) -> str | None:
    """Return who is writing a store, where anybody is."""
    try:
        handle = os.open(store / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if _lock(handle, fcntl.LOCK_SH) else _said_in(handle)
    finally:
        os.close(handle)


def require_free(store: Path) -> None:
    """Raise BusyError where a run is writing a store."""
    if said := holder(store):
        raise _busy(store, said)


def _acquire(path: Path) -> int:
    """Return an open handle that holds the lock."""
    for _ in range(_TRIES):  # another may be looking whether anybody holds it, or have just taken its file away
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if _lock(handle, fcntl.LOCK_EX) and _is_at(path, handle):
            return handle
        said = _said_in(handle)
        os.close(handle)
        time.sleep(_SECONDS_BETWEEN_TRIES)
    raise _busy(path.parent, said)


def _busy(store: Path, said: str) -> BusyError:
    return BusyError(f"{shown(store)}: {said} is writing it; wait until that has ended, then run again")


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _said_in(handle: int) -> str:
    return os.pread(handle, _HOLDER_BYTES, 0).decode(errors="replace").strip() or "another process"


def _this_process() -> str:
    return f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%dT%H:%M:%S}Z\n"


def _let_go() -> None:
    """Keep a child that was forked meanwhile from holding the lock on after its parent's death."""
    while _handles:
        os.close(_handles.pop())


os.register_at_fork(after_in_child=_let_go)
