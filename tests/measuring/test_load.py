"""What a real server holds: clients, bad requests, swapped generations, and all of it for long."""

from __future__ import annotations

import shutil
from itertools import islice
from operator import methodcaller
from pathlib import Path

import pytest

from index.store.manifest import current_folder
from scripts.bench.servers import mapped_generations, served
from scripts.reliability.asking import Tally, held, question, soaked
from scripts.reliability.bad_requests import bad_requests
from scripts.reliability.generation_swaps import generations
from tests.support.stores import edit_generation


def test_a_tally_gives_its_figures() -> None:
    tally = Tally([i / 1000 for i in range(1, 101)])
    tally.errors["status 503"] += 2
    load = tally.load(clients=4, seconds=5)
    assert (load.requests, load.errors, load.per_second) == (100, {"status 503": 2}, 20)
    assert (load.p50_ms, load.p95_ms, load.longest_ms) == (50.5, 95.05, 100)


def test_questions_are_not_repeated() -> None:
    assert len({question(number) for number in range(1000)}) == 1000


def test_bad_requests_are_the_same_for_the_same_seed_and_of_many_kinds() -> None:
    first, again, other = (list(islice(bad_requests(seed), 200)) for seed in (3, 3, 4))
    assert first == again != other
    assert len(set(first)) > 150
    assert any(not request.isascii() for request in first)
    assert any(request.startswith(b"GET /search?q=a&k=") for request in first)


def test_the_generations_of_the_encoder_in_force_are_listed_that_in_force_first(
    example_store: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    shutil.copytree(example_store, store)
    folder = current_folder(store)
    names = []
    for field, value in (("created", "later"), ("encoder", {})):
        other = shutil.copytree(folder, folder.with_name("other-0"))
        names.append(edit_generation(other, methodcaller("__setitem__", field, value)))
    assert generations(store) == [folder.name, names[0]]


def test_a_server_that_holds_what_it_is_asked_is_reported_so(example_store: Path) -> None:
    with served(example_store, NONMUN_SECONDS="100") as (url, process):
        found = held(url, clients=3, seconds=1)
        assert found.errors == {}
        assert found.requests >= 3
        assert 0 < found.p50_ms <= found.p95_ms <= found.longest_ms
        assert mapped_generations(process.pid) == {(example_store / "CURRENT").read_text().strip()}
        soak = soaked(url, minutes=0.03, clients=1, samples=3)
        assert len(soak.memory) == 4
        assert soak.load.errors == {}


@pytest.mark.slow
def test_ten_minutes_of_questions_leave_the_memory_where_it_was(example_store: Path) -> None:
    with served(example_store, NONMUN_SECONDS="100") as (url, _):
        soak = soaked(url, minutes=10, clients=4)
    assert soak.load.errors == {}
    assert soak.load.requests > 1000
    assert soak.memory[-1] < soak.memory[0] + 30 * 2**20
