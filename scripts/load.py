#!/usr/bin/env python3
"""Asks a real server of a store more than it likes, and says what it held; the last line is JSON.

Usage: scripts/load.py STORE [--clients N] [--seconds S] [--swaps N] [--soak MINUTES] [--bad N]

  held    N clients ask one question after another: answers per second, latency, errors
  swaps   meanwhile another generation of the store is put in force, again and again: every answer must be the
          one that its generation gives, and the memory must return; needs two generations with one encoder
  soak    the same questions for minutes: how the memory of the server grows
  bad     requests that are no HTTP, or say what no route takes: the server must refuse each and go on answering
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.encoder import Encoder
from index.generation import Generation
from index.manifest import CURRENT, GENERATIONS
from search.engine import Engine, encoder_of
from search.wire import answer_body

REPOSITORY = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "검색한 문서를 근거로 답을 생성하는 모델",
    "let a language model call a calculator or a search engine",
    "적은 메모리로 큰 모델을 미세 조정하는 방법",
    "image generation by removing noise",
    "새로운 과제를 배우면 예전 것을 잊는 문제",
    "video generation with a long context",
    "로봇이 사람의 시연을 보고 배우는 방법",
    "mixture of experts 라우팅",
    "benchmark for multimodal reasoning",
    "3차원 장면을 가우시안으로 나타내기",
)
SECONDS_TO_START = 120.0

Asking = Callable[[httpx.AsyncClient, int], Awaitable[str]]
Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Load:
    """What a server held: `errors` by what they were, the latencies in milliseconds."""

    clients: int
    seconds: float
    requests: int
    errors: Mapping[str, int]
    per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float


@dataclass(frozen=True, slots=True)
class Swaps:
    """What a server held while generations were swapped; memory in bytes, `mapped` generations at the end."""

    load: Load
    swaps: int
    seconds_to_pick_up: Sequence[float]
    memory_before: int
    memory_after: int
    files_before: int
    files_after: int
    mapped: int


@dataclass(frozen=True, slots=True)
class Soak:
    """What a server held for long, and its memory in bytes at even times, the first after a tenth of it."""

    load: Load
    memory: Sequence[int]
    growth_per_hour: float


@dataclass(frozen=True, slots=True)
class BadInputs:
    """How many bad requests were sent, what came back for them, and whether good ones were answered meanwhile."""

    tried: int
    answers: Mapping[str, int]
    crashes: int
    good: int
    good_lost: int


@dataclass(slots=True)
class Tally:
    """What has come back so far."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)

    def load(self, clients: int, seconds: float) -> Load:
        """Return it as figures."""
        ms = 1000 * np.array(self.seconds or [0.0])
        p50, p95, p99 = (round(float(np.percentile(ms, share)), 2) for share in (50, 95, 99))
        rate = round(len(self.seconds) / seconds, 2)
        longest = round(float(ms.max()), 2)
        return Load(clients, round(seconds, 1), len(self.seconds), dict(self.errors), rate, p50, p95, p99, longest)


@contextmanager
def served(store: Path, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Yield the URL and the process of `nonmun serve`, which is stopped at the end."""
    command = [sys.executable, "-m", "search.cli", "serve", "--port", "0", "--json", "--store", str(store)]
    variables = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    with subprocess.Popen(command, cwd=REPOSITORY, env=variables, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(3)]
            yield json.loads("".join(lines))["url"], process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def metric(url: str, name: str) -> float:
    """Return the value of one of a server's metrics."""
    text = httpx.get(f"{url}/metrics", timeout=60, trust_env=False).text
    return next(float(line.split()[-1]) for line in text.splitlines() if line.split(" ")[0] == name)


def memory(url: str) -> int:
    """Return the resident memory of a server in bytes."""
    return int(metric(url, "process_resident_memory_bytes"))


def question(number: int) -> str:
    """Return a question that is asked rarely enough not to come from memory."""
    return f"{QUESTIONS[number % len(QUESTIONS)]} {number // len(QUESTIONS)}"


async def search(client: httpx.AsyncClient, number: int) -> str:
    """Ask one question; return what went wrong, or an empty text."""
    response = await client.get("/search", params={"q": question(number)})
    return "" if response.status_code == 200 and response.json()["results"] else f"status {response.status_code}"


async def keep_asking(url: str, ask: Asking, clients: int, done: asyncio.Event) -> Tally:
    """Have clients ask one question after another until it is done."""
    tally, numbers = Tally(), iter(range(sys.maxsize))

    async def one(client: httpx.AsyncClient) -> None:
        while not done.is_set():
            started = time.perf_counter()
            try:
                wrong = await ask(client, next(numbers))
            except (httpx.HTTPError, ValueError, KeyError) as error:
                wrong = type(error).__name__
            tally.seconds.append(time.perf_counter() - started)
            if wrong:
                tally.errors[wrong] += 1

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False, limits=limits) as client:
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return tally


def held(url: str, clients: int, seconds: float, ask: Asking = search) -> Load:
    """Ask a server for some seconds and return what it held."""

    async def run() -> Load:
        done = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, done.set)
        started = time.perf_counter()
        tally = await keep_asking(url, ask, clients, done)
        return tally.load(clients, time.perf_counter() - started)

    return asyncio.run(run())


def expected(store: Path, names: Sequence[str], encoder: Encoder | None = None) -> dict[str, Results]:
    """Return what each of a store's generations answers to each of the questions, by both."""
    found: dict[str, Results] = {}
    for name in names:
        with closing(Generation(store / GENERATIONS / name)) as generation:
            encoder = encoder or encoder_of(generation)
            engine = Engine(generation, encoder)
            answers = {one: answer_body(engine.search(one), 10, 0) for one in QUESTIONS}
            found[name] = {one: json.loads(json.dumps(body["results"])) for one, body in answers.items()}
    return found


def comparing(answers: Mapping[str, Results]) -> Asking:
    """Return a way to ask that compares each answer with what its generation answers."""

    async def ask(client: httpx.AsyncClient, number: int) -> str:
        asked = QUESTIONS[number % len(QUESTIONS)]
        response = await client.get("/search", params={"q": asked})
        if response.status_code != 200:
            return f"status {response.status_code}"
        body, name = response.json(), response.headers["Nonmun-Generation"]
        if body["degraded"]:
            return "degraded"
        return "" if body["generation"] == name and body["results"] == answers[name][asked] else "mixed"

    return ask


def point_to(store: Path, name: str) -> None:
    """Put a generation of a store in force, as publishing does."""
    pointer = store / f".{CURRENT}-load"
    pointer.write_text(name + "\n", encoding="utf-8")
    pointer.replace(store / CURRENT)


async def _picked_up(client: httpx.AsyncClient, name: str, seconds: float = 60) -> float:
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if (await client.get("/stats")).headers.get("Nonmun-Generation") == name:
            return round(time.perf_counter() - started, 3)
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{name} was not picked up within {seconds} seconds")


def swapped(
    store: Path, url: str, process: int, answers: Mapping[str, Results], clients: int = 16, times: int = 20
) -> Swaps:
    """Put the generations in force in turn under load, and return what the server held.

    Memory is compared after a first round of all generations, which warms the server up.
    """

    async def turns(names: Sequence[str], done: asyncio.Event) -> list[float]:
        spent = []
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            for name in names:
                await asyncio.sleep(0.1)
                point_to(store, name)
                spent.append(await _picked_up(client, name))
        done.set()
        return spent

    async def run(names: Sequence[str]) -> tuple[Tally, list[float]]:
        done = asyncio.Event()
        return await asyncio.gather(keep_asking(url, comparing(answers), clients, done), turns(names, done))

    names = list(answers)
    asyncio.run(run([*names[1:], names[0]]))
    before, files = memory(url), int(metric(url, "process_open_fds"))
    started = time.perf_counter()
    tally, spent = asyncio.run(run([names[(turn + 1) % len(names)] for turn in range(times)]))
    load = tally.load(clients, time.perf_counter() - started)
    mapped = _released(process)
    after = int(metric(url, "process_open_fds"))
    return Swaps(load, times, spent, before, memory(url), files, after, mapped)


def _released(process: int, seconds: float = 30) -> int:
    """Wait until a process has one generation in memory at most; return how many it has."""
    end = time.monotonic() + seconds
    while (found := len(mapped_generations(process))) > 1 and time.monotonic() < end:
        time.sleep(0.1)
    return found


def mapped_generations(process: int) -> set[str]:
    """Return the generations of which a process has files in memory or open; nothing where the system does not say."""
    folder = Path(f"/proc/{process}")
    if not folder.is_dir():
        return set()
    files = [line.partition("/")[2] for line in (folder / "maps").read_text().splitlines()]
    files += [os.readlink(link) for link in (folder / "fd").iterdir() if link.is_symlink()]
    return {Path(file.partition(f"/{GENERATIONS}/")[2]).parts[0] for file in files if f"/{GENERATIONS}/" in file}


def soaked(url: str, minutes: float, clients: int = 4, samples: int = 20) -> Soak:
    """Ask a server for minutes, and return how its memory grew once the first tenth of them was over."""

    async def watch(done: asyncio.Event) -> list[int]:
        await asyncio.sleep(6 * minutes)
        found = [await asyncio.to_thread(memory, url)]
        for _ in range(samples):
            await asyncio.sleep(54 * minutes / samples)
            found.append(await asyncio.to_thread(memory, url))
        done.set()
        return found

    async def run() -> tuple[Tally, list[int]]:
        done = asyncio.Event()
        return await asyncio.gather(keep_asking(url, search, clients, done), watch(done))

    started = time.perf_counter()
    tally, found = asyncio.run(run())
    slope = float(np.polyfit(np.linspace(0, 54 * minutes, len(found)), found, 1)[0])
    return Soak(tally.load(clients, time.perf_counter() - started), found, round(3600 * slope))


def bad_requests(seed: int) -> Iterator[bytes]:
    """Yield requests without end that are no HTTP, are cut off, or say what no route takes."""
    chance = random.Random(seed)
    paths = ["/search?q=", "/search", "/similar", "/papers/", "/glossary?limit=", "/stats", "/metrics", "/", "*", ""]
    while True:
        noise = chance.randbytes(chance.randint(1, 300))
        path = chance.choice(paths) + "".join(f"%{byte:02X}" for byte in noise[:40])
        method = chance.choice(["GET", "POST", "PUT", "OPTIONS", "TRACE", "get", "", "\x00"])
        head = f"{method} {path} HTTP/1.{chance.randint(0, 3)}\r\nHost: 127.0.0.1\r\n".encode("latin-1")
        yield chance.choice(
            [
                noise,
                head + b"\r\n",
                head[: chance.randint(1, len(head))],
                head + b"Content-Length: 300\r\n\r\n" + noise,
                head + b"Content-Length: -1\r\nTransfer-Encoding: chunked\r\n\r\n" + noise,
                head + b"Transfer-Encoding: chunked\r\n\r\n" + noise,
                head + noise + b"\r\n\r\n",
                b"POST /similar HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%b" % (len(noise), noise),
                b"GET /search?q=%b HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" % noise,
                b"GET /search?q=a&k=%d HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % chance.randint(-(10**30), 10**30),
            ]
        )


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


def refused(url: str, count: int, seed: int = 0) -> BadInputs:
    """Send bad requests to a server, good ones among them, and return what came back."""
    parts = httpx.URL(url)
    answers: Counter[str] = Counter()
    good = lost = 0
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        for number, request in zip(range(count), bad_requests(seed), strict=False):
            answers[send_raw((parts.host, parts.port or 80), request)] += 1
            if number % 10 == 0:
                good += 1
                lost += client.get("/search", params={"q": question(number), "k": 1}).status_code != 200
    crashes = sum(times for status, times in answers.items() if status.startswith("5"))
    return BadInputs(count, dict(sorted(answers.items())), crashes, good, lost)


def generations(store: Path) -> list[str]:
    """Return the generations of a store that have the encoder of the one in force, that one first."""
    current = (store / CURRENT).read_text(encoding="utf-8").strip()
    folders = sorted(store.glob(f"{GENERATIONS}/*/manifest.json"))
    manifests = [json.loads(file.read_text(encoding="utf-8")) for file in folders]
    encoders = {manifest["name"]: manifest["encoder"] for manifest in manifests}
    return sorted((name for name in encoders if encoders[name] == encoders[current]), key=lambda name: name != current)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is asked for, as JSON-ready values."""
    store: Path = arguments.store
    found: dict[str, Any] = {}
    with served(store) as (url, process):
        found["held"] = asdict(held(url, arguments.clients, arguments.seconds))
        if arguments.swaps:
            names = generations(store)
            answers = expected(store, names)
            found["swaps"] = asdict(swapped(store, url, process.pid, answers, arguments.clients, arguments.swaps))
            point_to(store, names[0])
        if arguments.bad:
            found["bad"] = asdict(refused(url, arguments.bad))
        if arguments.soak:
            found["soak"] = asdict(soaked(url, arguments.soak))
    return found


def main() -> int:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description="Load tests of the service; see the head of this file.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--swaps", type=int, default=0)
    parser.add_argument("--soak", type=float, default=0, metavar="MINUTES")
    parser.add_argument("--bad", type=int, default=0)
    found = measure(parser.parse_args())
    for name, figures in found.items():
        print(f"{name}: {json.dumps(figures, ensure_ascii=False)}", file=sys.stderr)
    print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
