"""A real Milvus server for tests: where no network reaches it, since it listens on every interface.

It runs in a network of its own, where there is nothing but `lo`, among processes of its own, which end with this
one. A socket that listens on this machine's own loopback is handed in, and what connects to it is passed on.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

SECONDS_TO_STOP = 30
SESSION_SECONDS = 60
"""For so long a part of the server may not get a turn on a busy machine before the others take it for dead.

One that starts again waits for as long, until it is no longer taken for the one before.
"""
SECONDS_TO_START = 300
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 1
_CHUNK = 1 << 16


class MilvusServer:
    """A running server; `uri` stays the same when it is started again, on whichever port."""

    def __init__(self, uri: str, process: subprocess.Popen[str]) -> None:
        self.uri = uri
        self._process = process

    def restart(self) -> None:
        """Stop the server, and start it again on what it had written."""
        assert self._process.stdin
        self._process.stdin.write("restart\n")
        self._process.stdin.flush()
        self.await_start()

    def await_start(self) -> None:
        """Wait until the server answers."""
        assert self._process.stdout
        line = self._process.stdout.readline().strip()
        if line != "up":
            pytest.fail(f"the Milvus server did not start: {line or 'it ended'}")


def reason_against() -> str | None:
    """Return why no real server can be run here, if there is a reason."""
    if importlib.util.find_spec("milvus") is None:
        return "needs a real Milvus server: pip install milvus==2.3.5"
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("unshare") is None:
        return "needs a network of its own for the Milvus server: run as root, with unshare"
    tried = subprocess.run([*_APART, "true"], capture_output=True, text=True)
    return (
        None if tried.returncode == 0 else f"needs a network of its own for the Milvus server: {tried.stderr.strip()}"
    )


_APART = ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


@contextmanager
def milvus_server() -> Iterator[MilvusServer]:
    """Yield a server with nothing in it; skip the test where there can be none."""
    if reason := reason_against():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory(prefix="milvus-") as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        command = [*_APART, sys.executable, str(Path(__file__).resolve()), folder, str(listener.fileno())]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, pass_fds=[listener.fileno()]
        )
        server = MilvusServer(f"http://127.0.0.1:{listener.getsockname()[1]}", process)
        try:
            server.await_start()
            yield server
        finally:
            process.kill()
            process.communicate()


def _bring_up_loopback() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack_from("h", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(_CHUNK):
            target.sendall(data)
    except OSError:
        pass
    finally:
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, ports: list[int]) -> None:
    while True:
        client, _ = listener.accept()
        try:
            server = socket.create_connection(("127.0.0.1", ports[-1]))
        except OSError:
            client.close()
            continue
        for pair in ((client, server), (server, client)):
            Thread(target=_pass_on, args=pair, daemon=True).start()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server as a system does; one that is killed keeps the next from starting for a session's time."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _serve(folder: str, handle: int) -> None:
    from milvus import MilvusServer as Packaged  # type: ignore[import-untyped, unused-ignore]

    _bring_up_loopback()
    os.environ["COMMON_SESSION_TTL"] = str(SESSION_SECONDS)
    ports: list[int] = []

    def start() -> object:
        server = Packaged(wait_for_started=False)
        server.set_base_dir(folder)
        server.start()
        server.wait_started(SECONDS_TO_START * 1000)
        ports.append(int(server.listen_port))
        print("up", flush=True)
        return server

    server = start()
    Thread(target=_accept, args=(socket.socket(fileno=handle), ports), daemon=True).start()
    for line in sys.stdin:
        if line.strip() == "restart":
            _stop(server.server_proc)  # type: ignore[attr-defined]
            server = start()
    os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]))
