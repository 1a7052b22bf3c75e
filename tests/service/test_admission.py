"""Questions that come faster than they are answered, that nobody waits for, and that take too long."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
from fastapi import FastAPI

from index.encoding.encoder import Encoder
from search.answers import Answer
from search.engine import Engine
from search.service.admission import Admission
from search.service.metrics import Metrics
from search.service.refusals import Abandoned, NotNow
from search.stages import begin
from tests.support.servers import SECONDS, app_of, body_of, metric, problem_of, serving


@contextmanager
def opened(workers: int, waiting: int, seconds: float = SECONDS) -> Iterator[Admission]:
    desk = Admission(workers, waiting, seconds, Metrics())
    try:
        yield desk
    finally:
        desk.close()


async def never() -> None:
    await asyncio.Event().wait()


async def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


def test_work_is_done_on_another_thread_and_its_error_is_the_callers() -> None:
    def fail() -> None:
        raise KeyError("no such thing")

    async def run(desk: Admission) -> None:
        assert await desk.answer(threading.current_thread, never) is not threading.current_thread()
        with pytest.raises(KeyError, match="no such thing"):
            await desk.answer(fail, never)
        await eventually(lambda: desk.taken == 0)

    with opened(1, 1) as desk:
        asyncio.run(run(desk))


def test_so_many_are_answered_and_so_many_wait_and_the_next_is_told_to_come_again() -> None:
    gate = Event()

    async def run(desk: Admission) -> None:
        asked = [asyncio.ensure_future(desk.answer(lambda: gate.wait(SECONDS), never)) for _ in range(5)]
        await eventually(lambda: desk.taken == 5)
        with pytest.raises(NotNow, match="5 questions are in hand already") as refused:
            await desk.answer(lambda: True, never)
        assert refused.value.retry_after == 1
        gate.set()
        assert all(await asyncio.gather(*asked))
        await eventually(lambda: desk.taken == 0)
        assert await desk.answer(lambda: "again", never) == "again"

    with opened(2, 3) as desk:
        asyncio.run(run(desk))


def test_an_abandoned_question_is_never_begun() -> None:
    gate, begun = Event(), []

    async def run(desk: Admission) -> None:
        first = asyncio.ensure_future(desk.answer(lambda: gate.wait(SECONDS), never))
        await eventually(lambda: desk.taken == 1)
        left = asyncio.Event()

        async def gone() -> None:
            await left.wait()

        second = asyncio.ensure_future(desk.answer(lambda: begun.append(1), gone))
        await eventually(lambda: desk.taken == 2)
        left.set()
        with pytest.raises(Abandoned):
            await second
        assert desk.taken == 1
        gate.set()
        assert await first

    with opened(1, 3) as desk:
        asyncio.run(run(desk))
    assert begun == []


def test_a_question_that_takes_too_long_is_given_up_between_its_stages() -> None:
    reached, ended = [], Event()

    def work() -> None:
        try:
            for stage in range(1000):
                begin("encode")
                reached.append(stage)
                time.sleep(0.05)
        finally:
            ended.set()

    async def run(desk: Admission) -> None:
        with pytest.raises(NotNow, match=r"no answer within 0\.3 seconds") as late:
            await desk.answer(work, never)
        assert late.value.retry_after == 1
        assert await asyncio.to_thread(ended.wait, SECONDS)

    with opened(1, 1, seconds=0.3) as desk:
        asyncio.run(run(desk))
    assert 0 < len(reached) < 1000


def slow_search(gate: Event, begun: list[str]) -> Callable[..., Answer]:
    """Return a search that waits for a gate before its second stage."""
    search = Engine.search

    def wait(engine: Engine, query: str, *rest: object, **more: object) -> Answer:
        if not query.startswith("warm"):
            begun.append(query)
            assert gate.wait(SECONDS)
            begin("encode")
        return search(engine, query, *rest, **more)  # type: ignore[arg-type]

    return wait


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Event, list[str]]]:
    """Yield what lets searches go on, and the queries whose search has begun."""
    opens, begun = Event(), list[str]()
    monkeypatch.setattr(Engine, "search", slow_search(opens, begun))
    yield opens, begun
    opens.set()


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def ask(client: httpx.Client, query: str) -> httpx.Response:
    return httpx.get(f"{client.base_url}/search", params={"q": query, "k": 1}, timeout=SECONDS, trust_env=False)


def in_hand(client: httpx.Client) -> float:
    return metric(client, "nonmun_questions_in_hand")


def test_the_service_refuses_what_it_cannot_take_and_answers_all_that_it_took(
    example_store: Path, encoder: Encoder, gate: tuple[Event, list[str]]
) -> None:
    opens, begun = gate
    with (
        serving(app_of(example_store, encoder, workers=2, waiting=2)) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        taken = [pool.submit(ask, client, f"diffusion {i}") for i in range(4)]
        wait_until(lambda: in_hand(client) == 4)
        refused = ask(client, "one too many")
        assert "ask again" in problem_of(refused, 503)
        assert refused.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200
        assert len(begun) == 2
        opens.set()
        assert all(body_of(one.result())["results"] for one in taken)
        assert body_of(ask(client, "again"))["results"]
        assert metric(client, 'nonmun_unanswered_total{reason="overload"}') == 1
    assert "one too many" not in begun


def leave(client: httpx.Client, query: str) -> None:
    """Ask over a connection of its own and close it without reading."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as connection:
        connection.sendall(f"GET /search?q={query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        wait_until(lambda: in_hand(client) >= 1)


def test_what_clients_abandon_costs_no_place_and_is_not_worked_out(
    example_store: Path, encoder: Encoder, gate: tuple[Event, list[str]]
) -> None:
    opens, begun = gate
    app: FastAPI = app_of(example_store, encoder, workers=1, waiting=1)
    with serving(app) as client:
        leave(client, "running")
        wait_until(lambda: metric(client, 'nonmun_unanswered_total{reason="abandoned"}') == 1)
        assert in_hand(client) == 1  # its thread has not come to the end of its stage
        for turn in range(5):
            leave(client, f"waiting{turn}")
            wait_until(lambda seen=turn + 2: metric(client, 'nonmun_unanswered_total{reason="abandoned"}') == seen)  # type: ignore[misc]
        opens.set()
        wait_until(lambda: in_hand(client) == 0)
        assert body_of(ask(client, "diffusion"))["results"]
        assert metric(client, 'nonmun_stage_seconds_count{stage="write"}') == 1
    assert begun == ["running", "diffusion"]


def test_an_answer_that_takes_too_long_is_given_up_and_others_are_not(
    example_store: Path, encoder: Encoder, gate: tuple[Event, list[str]]
) -> None:
    opens, _ = gate
    with serving(app_of(example_store, encoder, workers=2, waiting=2, seconds=1.0)) as client:
        late = ask(client, "slow")
        assert "no answer within 1 seconds" in problem_of(late, 503)
        assert late.headers["retry-after"] == "1"
        assert metric(client, 'nonmun_unanswered_total{reason="timeout"}') == 1
        opens.set()
        wait_until(lambda: in_hand(client) == 0)
        assert client.get("/papers/2005.11401").status_code == 200
