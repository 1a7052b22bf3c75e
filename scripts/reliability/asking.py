"""Clients that ask a server one question after another, and what they saw of it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np

from scripts.bench.servers import memory

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

Asking = Callable[[httpx.AsyncClient, int], Awaitable[str]]
"""Asks the question of a number and returns what went wrong, or an empty text."""


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
class Soak:
    """What a server held for long, and its memory in bytes at even times, the first after a tenth of it."""

    load: Load
    memory: Sequence[int]
    growth_per_hour: float


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
