"""One writer at a time, and no dead one in the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import BusyError
from index.publishing.lock import holder, locked, require_free
from index.store.manifest import LOCK
from tests.support.paths import REPOSITORY

HOLD = """
import os, sys, time
from pathlib import Path
from index.publishing.lock import locked
with locked(Path(sys.argv[1])):
    if "fork" in sys.argv and os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    elif "fork" not in sys.argv:
        print(os.getpid(), flush=True)
    time.sleep(600)
"""


@contextmanager
def held(store: Path, *how: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Yield a process that holds a store's lock, and the id that it, or the child that it forked, has told."""
    command = [sys.executable, "-c", HOLD, str(store), *how]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = int(process.stdout.readline())
        try:
            yield process, told
        finally:
            process.kill()
            if told != process.pid:
                os.kill(told, signal.SIGKILL)


def test_another_process_is_kept_out_and_told_who_is_in(tmp_path: Path) -> None:
    with held(tmp_path) as (_, pid):
        with (
            pytest.raises(
                BusyError, match=rf"^{tmp_path}: process {pid} on .* since 20..-.*Z is writing it; "
            ) as caught,
            locked(tmp_path),
        ):
            pytest.fail("two hold the lock")
        assert "\n" not in str(caught.value)
        assert str(holder(tmp_path)).startswith(f"process {pid} on ")
        with pytest.raises(BusyError):
            require_free(tmp_path)


@pytest.mark.parametrize("how", [(), ("fork",)])
def test_a_killed_process_lets_go_even_where_a_child_of_it_lives_on(tmp_path: Path, how: tuple[str, ...]) -> None:
    with held(tmp_path, *how) as (process, _):
        process.kill()
        process.wait()
        with locked(tmp_path):
            assert str(holder(tmp_path)).startswith(f"process {os.getpid()} on ")
    assert holder(tmp_path) is None


def test_the_same_process_is_kept_out_too_and_the_lock_stays(tmp_path: Path) -> None:
    with locked(tmp_path):
        for _ in range(2):
            with pytest.raises(BusyError), locked(tmp_path):
                pytest.fail("two hold the lock")
        assert holder(tmp_path) is not None
    with locked(tmp_path):
        pass


def test_a_failure_lets_go(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    require_free(tmp_path)
    with locked(tmp_path):
        pass


def test_a_look_leaves_the_store_as_it_is(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    assert holder(tmp_path / "nowhere") is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_made_in_vain_goes_away(tmp_path: Path) -> None:
    store = tmp_path / "a" / "store"
    with locked(store):
        assert store.is_dir()
    assert not store.exists()
    with locked(store):
        (store / "kept").write_text("", "utf-8")
    assert {path.name for path in store.iterdir()} == {"kept", LOCK}


def test_a_lock_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / LOCK).unlink()
        with locked(tmp_path):
            assert (tmp_path / LOCK).exists()


def test_a_lock_that_says_nothing_readable_is_still_a_lock(tmp_path: Path) -> None:
    with locked(tmp_path):
        (tmp_path / LOCK).write_bytes(b"\xff" * 500)
        with pytest.raises(BusyError), locked(tmp_path):
            pytest.fail("two hold the lock")
        (tmp_path / LOCK).write_bytes(b"")
        with pytest.raises(BusyError, match="another process is writing it"):
            require_free(tmp_path)


def test_a_file_in_the_place_of_a_store_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(FileExistsError), locked(tmp_path / "file"):
        pytest.fail("a file was locked")
