"""A server of a store in a process of its own, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from index.store.manifest import GENERATIONS
from scripts.bench.common import REPOSITORY

SECONDS_TO_STOP = 60


@contextmanager
def served(store: Path, port: int = 0, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the URL and the process of `nonmun serve`, on any free port for 0, which is stopped at the end."""
    given = ["--port", str(port), "--json", "--store", str(store)]
    command = [sys.executable, "-m", "search.cli.main", "serve", *given]
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    with subprocess.Popen(command, cwd=REPOSITORY, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            yield json.loads("".join(lines))["url"], process
        finally:
            process.terminate()
            try:
                process.wait(SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()


def metric(url: str, name: str) -> float:
    """Return the value of one of a server's metrics."""
    text = httpx.get(f"{url}/metrics", timeout=60, trust_env=False).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.split(" ")[0] == name)


def memory(url: str) -> int:
    """Return the resident memory of a server in bytes."""
    return int(metric(url, "process_resident_memory_bytes"))


def mapped_generations(process: int) -> set[str]:
    """Return the generations of which a process has files in memory or open; nothing where the system does not say."""
    folder = Path(f"/proc/{process}")
    if not folder.is_dir():
        return set()
    files = [line.partition("/")[2] for line in (folder / "maps").read_text().splitlines()]
    files += [str(link.readlink()) for link in (folder / "fd").iterdir() if link.is_symlink()]
    return {Path(file.partition(f"/{GENERATIONS}/")[2]).parts[0] for file in files if f"/{GENERATIONS}/" in file}


def send_raw(address: tuple[str, int], request: bytes, seconds: float = 1.0) -> str:
    """Send bytes to a server, say that no more will come, and return the status of its answer, or that it closed."""
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(seconds)
        try:
            line = connection.recv(4096).partition(b"\r\n")[0].split()
        except TimeoutError:
            return "no answer"
        except ConnectionError:
            return "closed"
    return line[1].decode("latin-1") if len(line) > 1 else "closed"
