"""Generations that are swapped under load: whether every answer is the one that its generation gives."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from index.encoding.encoder import Encoder
from index.publishing.opening import opened
from index.store.manifest import CURRENT, GENERATIONS, Manifest, current_folder, generation_folders
from scripts.bench.servers import mapped_generations, memory, metric
from scripts.reliability.asking import QUESTIONS, Asking, Load, Tally, keep_asking
from search.engine import Engine, encoder_of
from search.export.json import answer_body

Results = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of each question."""


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


def expected(store: Path, names: Sequence[str], encoder: Encoder | None = None) -> dict[str, Results]:
    """Return what each of a store's generations answers to each of the questions, by both."""
    found: dict[str, Results] = {}
    for name in names:
        with closing(opened(store / GENERATIONS / name)) as generation:
            encoder = encoder or encoder_of(generation)
            engine = Engine(generation, encoder)
            answers = {one: answer_body(engine.search(one)) for one in QUESTIONS}
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


def generations(store: Path) -> list[str]:
    """Return the generations of a store that have the encoder of the one in force, that one first."""
    current = current_folder(store).name
    manifests = [Manifest.read(folder) for folder in generation_folders(store)]
    encoders = {manifest.name: manifest.encoder for manifest in manifests}
    return sorted((name for name in encoders if encoders[name] == encoders[current]), key=lambda name: name != current)
