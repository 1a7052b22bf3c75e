"""A store that changes while it is asked, and an encoder that is not there."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from weakref import ref

import pytest

from index.encoding.encoder import Encoder, Fingerprint, QueryVector
from index.errors import ModelError, StoreError, UnknownPaper
from index.pipeline.build import build
from index.store.generation import Generation
from scripts.bench.servers import metric, served
from scripts.reliability.generation_swaps import expected, point_to, swapped
from search.api.app import create_app
from search.engine import Engine
from search.service.live import Live
from search.service.metrics import Metrics
from search.service.opened import OpenGeneration
from search.service.refusals import NotNow
from search.settings import Settings
from tests.support.servers import SECONDS, app_of, await_status, body_of, ids, problem_of, serving
from tests.support.servers import metric as metric_of
from tests.support.stores import edit_generation

KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
TOPICS = ("image generation by diffusion", "검색 증강 생성", "reinforcement learning for robots", "그래프 신경망")


def write_archive(folder: Path, mark: str, papers: int = 12) -> Path:
    """Write papers whose every text names the mark, so that no text of two archives is the same."""
    lines = [
        {
            "id": f"p{number}",
            "title": f"{TOPICS[number % len(TOPICS)]}, part {number} of {mark}",
            "url": f"https://example.org/{number}",
            "sections": {"Summary": f"{mark} studies {TOPICS[number % len(TOPICS)]} in {number + 2} steps."},
        }
        for number in range(papers)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return folder


def publish(store: Path, mark: str, encoder: Encoder) -> str:
    """Publish a generation of the archive with a mark, and return its name."""
    archive = write_archive(store.parent / mark, mark)
    return build([archive], store, encoder, progress=lambda *_: None).manifest.name


@pytest.fixture(scope="module")
def three_generations(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return a store of three generations, no text of which is the same, and their names."""
    store = tmp_path_factory.mktemp("swapped") / "store"
    return store, [publish(store, mark, encoder) for mark in ("alpha", "bravo", "charlie")]


@pytest.fixture
def store(three_generations: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """Return a copy of that store, with the first generation in force."""
    shutil.copytree(three_generations[0], tmp_path / "store")
    point_to(tmp_path / "store", three_generations[1][0])
    return tmp_path / "store"


@pytest.fixture
def names(three_generations: tuple[Path, list[str]]) -> list[str]:
    """Return the names of the generations, in the order of their marks."""
    return three_generations[1]


@contextmanager
def followed(store: Path, load: Callable[[Generation], Encoder]) -> Iterator[Live]:
    """Yield a store that is looked at by the test alone."""
    live = Live(store, load, Metrics())
    try:
        yield live
    finally:
        live.close()


def name_of(live: Live) -> str:
    return live.held.name


def test_a_new_generation_is_in_force_after_one_look(store: Path, names: list[str], encoder: Encoder) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        assert (name_of(live), live.degraded, live.settled) == (names[0], False, True)
        point_to(store, names[1])
        live.look()
        assert (name_of(live), live.degraded) == (names[1], False)
        assert "bravo" in live.held.engine.paper("p1").title


def test_a_generation_in_use_stays_open_until_it_is_given_back(store: Path, names: list[str], encoder: Encoder) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        with live.lease() as first:
            point_to(store, names[1])
            live.look()
            live.look()
            assert name_of(live) == names[1]
            assert "alpha" in first.engine.paper("p2").title
        live.look()
        with pytest.raises(Exception, match="closed database"):
            first.engine.paper("p3")


@pytest.fixture
def without_collector() -> Iterator[None]:
    """Switch the garbage collector off: what goes then was in no circle."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
def test_a_generation_that_is_released_is_out_of_memory_at_once_whoever_held_it_last(
    store: Path, names: list[str], encoder: Encoder
) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        live.held.engine.search("alpha", k=1)
        live.held.engine.similar("p1", k=1)
        first = ref(live.held.generation)
        kept: list[OpenGeneration] = [live.held]
        point_to(store, names[1])
        live.look()
        assert first() is not None
        kept.clear()
        assert first() is None


@pytest.mark.usefixtures("without_collector")
def test_a_generation_goes_with_its_last_name(store: Path, encoder: Encoder) -> None:
    engine = Engine.open(store, encoder)
    gone = ref(engine.generation)
    with pytest.raises(UnknownPaper):
        engine.paper("nobody wrote this")
    engine.search("검색 alpha", k=1)
    engine.generation.close()
    del engine
    assert gone() is None


def test_the_encoder_at_hand_serves_the_next_generation(store: Path, names: list[str], encoder: Encoder) -> None:
    loaded: list[str] = []

    def load(generation: Generation) -> Encoder:
        loaded.append(generation.name)
        return encoder

    with followed(store, load) as live:
        live.look()
        point_to(store, names[1])
        live.look()
    assert loaded == [names[0]]


def test_what_was_remembered_is_forgotten_with_its_generation(store: Path, names: list[str], encoder: Encoder) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        live.held.remembered.put(b"asked", b"answer")
        assert live.held.remembered.get(b"asked") == b"answer"
        point_to(store, names[1])
        live.look()
        assert live.held.remembered.get(b"asked") is None


def damage(store: Path, name: str) -> None:
    file = store / "generations" / name / "titles.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\xff")


def test_a_generation_that_is_damaged_leaves_the_one_before_in_force_and_is_named_once(
    store: Path, names: list[str], encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    damage(store, names[1])
    with followed(store, lambda _: encoder) as live:
        live.look()
        point_to(store, names[1])
        for _ in range(5):
            live.look()
        assert (name_of(live), live.degraded) == (names[0], False)
        assert caplog.text.count("titles.npy: damaged") == 1
        point_to(store, names[2])
        live.look()
        assert name_of(live) == names[2]


@pytest.mark.parametrize("written", ["", "no such generation", "../..", "\x00", "\udc80"])
def test_a_pointer_to_nothing_leaves_the_generation_before_in_force(
    store: Path, names: list[str], encoder: Encoder, written: str
) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        (store / "CURRENT").write_bytes(written.encode("utf-8", "surrogateescape"))
        live.look()
        assert "alpha" in live.held.engine.paper("p1").title
        point_to(store, names[1])
        live.look()
        assert name_of(live) == names[1]


def test_a_generation_that_is_deleted_while_it_is_in_force_goes_on_answering(
    store: Path, names: list[str], encoder: Encoder
) -> None:
    with followed(store, lambda _: encoder) as live:
        live.look()
        shutil.rmtree(store / "generations" / names[0])
        live.look()
        assert len(live.held.engine.search("diffusion", k=5).results) == 5
        assert "alpha" in live.held.engine.paper("p7").title


def test_a_store_that_comes_later_is_opened_then(tmp_path: Path, encoder: Encoder) -> None:
    with followed(tmp_path / "store", lambda _: encoder) as live:
        with pytest.raises(NotNow, match="being opened"):
            _ = live.held
        live.look()
        with pytest.raises(NotNow, match="log says why"):
            _ = live.held
        name = publish(tmp_path / "store", "delta", encoder)
        live.look()
        assert name_of(live) == name


def test_opening_at_once_says_what_is_wrong(tmp_path: Path, encoder: Encoder) -> None:
    with followed(tmp_path / "none", lambda _: encoder) as live, pytest.raises(StoreError, match="no store here"):
        live.open()


def test_a_store_that_cannot_answer_a_first_question_is_not_opened(
    store: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no memory")

    monkeypatch.setattr(Engine, "search", fail)
    with (
        followed(store, lambda _: encoder) as live,
        pytest.raises(StoreError, match="cannot answer a first question: no memory"),
    ):
        live.open()


def broken(_: Generation) -> Encoder:
    raise ModelError("there is no model")


def test_without_an_encoder_questions_are_answered_by_words(
    example_store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(create_app(Settings(example_store, seconds=SECONDS), broken)) as client:
        health = {"status": "degraded", "generation": (example_store / "CURRENT").read_text().strip()}
        detail = "words alone are compared: the encoder cannot be loaded; the service's log says why"
        assert body_of(client.get("/readyz")) == {**health, "detail": detail}
        assert body_of(client.get("/healthz")) == {**health, "detail": detail}
        body = body_of(client.get("/search", params={"q": KOREAN}))
        assert body["degraded"] is True
        assert ids(body)[0] == "2005.11401"
        words = body["results"][0]["parts"]
        assert (words["sentence"], words["title"]) == (0, 0)
        assert words["terms"] > 0
        assert body_of(client.get("/papers/2106.09685/similar"))["degraded"] is False
        text = body_of(client.post("/similar", json={"text": "저랭크 행렬만 학습하여 모델을 미세 조정한다", "k": 5}))
        assert text["degraded"] is True
        assert "2106.09685" in ids(text)
        assert body_of(client.get("/search", params={"q": "zzzz qqqq"}))["results"] == []
        assert metric_of(client, "nonmun_degraded") == 1
        assert metric_of(client, "nonmun_reload_failures_total") >= 1
        assert metric_of(client, 'nonmun_cache_requests_total{result="hit"}') == 0
        assert body_of(client.get("/search", params={"q": KOREAN}))["degraded"] is True
    assert "degraded: there is no model" in caplog.text


def test_while_the_encoder_is_loading_words_alone_are_compared_and_readyz_says_so(
    example_store: Path, encoder: Encoder
) -> None:
    gate = Event()

    def load(_: Generation) -> Encoder:
        assert gate.wait(SECONDS)
        return encoder

    with serving(create_app(Settings(example_store, seconds=SECONDS), load), until=None) as client:
        try:
            body = body_of(await_status(client, 200, f"/search?q={KOREAN}"))
            assert (body["degraded"], ids(body)[0]) == (True, "2005.11401")
            response = client.get("/readyz")
            assert "encoder is being loaded" in problem_of(response, 503)
            assert response.headers["retry-after"] == "1"
            assert body_of(client.get("/healthz"))["status"] == "degraded"
        finally:
            gate.set()
        await_status(client, 200)
        assert body_of(client.get("/search", params={"q": KOREAN}))["degraded"] is False


class Fragile:
    """An encoder that fails on some questions, or on all."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.poison = "poison"

    @property
    def fingerprint(self) -> Fingerprint:
        return self._encoder.fingerprint

    def encode_query(self, text: str) -> QueryVector:
        if self.poison in text:
            raise RuntimeError("the device is gone")
        return self._encoder.encode_query(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)


def test_a_question_that_the_encoder_fails_on_is_answered_by_words_and_costs_no_other(
    example_store: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(app_of(example_store, Fragile(encoder))) as client:  # type: ignore[arg-type]
        assert body_of(client.get("/search?q=poison of diffusion"))["degraded"] is True
        assert body_of(client.get("/search?q=diffusion"))["degraded"] is False
        assert metric_of(client, "nonmun_encoder_failures_total") == 1
        assert body_of(client.get("/readyz"))["status"] == "ok"
    assert "the encoder failed: the device is gone" in caplog.text


def test_an_encoder_that_fails_on_every_question_is_done_without_and_loaded_again(
    store: Path, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    fragile = Fragile(encoder)
    with followed(store, lambda _: fragile) as live:  # type: ignore[arg-type,return-value]
        live.look()
        fragile.poison = ""
        live.suspect_encoder()
        live.look()
        assert live.degraded
        fragile.poison = "poison"
        time.sleep(1.1)
        live.look()
        assert not live.degraded


def encode_otherwise(store: Path, name: str) -> str:
    """Have a generation say that it was made by an encoder of other weights; return its name then."""
    return edit_generation(store / "generations" / name, lambda said: said["encoder"].update(weights="0" * 64))


def test_a_generation_of_another_encoder_that_cannot_be_had_stays_out_of_force(
    store: Path, names: list[str], encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    other = encode_otherwise(store, names[1])
    with followed(store, lambda _: encoder) as live:
        live.look()
        point_to(store, other)
        live.look()
        assert (name_of(live), live.degraded) == (names[0], False)
    assert "built with another encoder" in caplog.text


def test_a_store_of_another_encoder_is_answered_by_words(
    store: Path, names: list[str], encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    point_to(store, encode_otherwise(store, names[0]))
    with followed(store, lambda _: encoder) as live:
        live.look()
        assert live.degraded
        assert live.held.engine.search("diffusion").degraded
    assert "built with another encoder" in caplog.text


def test_every_answer_names_its_generation(store: Path, names: list[str], encoder: Encoder) -> None:
    with serving(app_of(store, encoder)) as client:
        for path in ("/search?q=diffusion", "/papers/p1", "/papers/p1/similar", "/glossary", "/stats"):
            assert client.get(path).headers["nonmun-generation"] == names[0]
        assert client.post("/similar", json={"positive": ["p1"]}).headers["nonmun-generation"] == names[0]
        for path in ("/search?q=a&k=0", "/papers/none", "/healthz"):
            assert "nonmun-generation" not in client.get(path).headers


def test_a_repeated_question_is_answered_from_memory_until_a_new_generation(
    store: Path, names: list[str], encoder: Encoder
) -> None:
    with serving(app_of(store, encoder)) as client:

        def hits() -> float:
            return metric_of(client, 'nonmun_cache_requests_total{result="hit"}')

        first = client.get("/search?q=diffusion&k=3")
        assert hits() == 0
        assert client.get("/search?k=3&q=diffusion").content == first.content
        assert hits() == 1
        assert len(ids(body_of(client.get("/search?q=diffusion&k=4")))) == 4
        assert ids(body_of(client.get("/papers/p1/similar?k=3"))) != ids(body_of(client.get("/papers/p2/similar?k=3")))
        assert hits() == 1
        point_to(store, names[1])
        end = time.monotonic() + SECONDS
        while client.get("/stats").headers["nonmun-generation"] != names[1] and time.monotonic() < end:
            time.sleep(0.05)
        second = client.get("/search?q=diffusion&k=3")
        assert second.headers["nonmun-generation"] == names[1]
        assert "bravo" in second.text
        assert "alpha" not in second.text


def test_sixteen_clients_notice_nothing_of_twenty_swaps(store: Path, names: list[str], encoder: Encoder) -> None:
    answers = expected(store, names, encoder)
    assert len({json.dumps(results) for results in answers.values()}) == 3
    with served(store, NONMUN_SECONDS="120") as (url, process):
        found = swapped(store, url, process.pid, answers, clients=16, times=20)
        assert metric(url, "nonmun_reload_failures_total") == 0
    assert found.load.errors == {}
    assert found.load.requests > 100
    assert len(found.seconds_to_pick_up) == 20
    assert sorted(found.seconds_to_pick_up)[10] < 10  # a second on a machine that has nothing else to do
    assert found.mapped <= 1
    assert found.files_after <= found.files_before + 2
    assert found.memory_after < found.memory_before + 40 * 2**20


def test_answers_are_each_of_one_generation_when_asked_in_the_middle_of_a_swap(
    store: Path, names: list[str], encoder: Encoder
) -> None:
    marks = dict(zip(names, ("alpha", "bravo", "charlie"), strict=True))
    with followed(store, lambda _: encoder) as live:
        live.look()
        done = Event()

        def ask() -> int:
            asked = 0
            while not done.is_set():
                with live.lease() as held:
                    answer = held.engine.search("diffusion for robots", k=5)
                    assert answer.generation == held.name
                    assert all(marks[held.name] in result.paper.title for result in answer.results)
                    asked += 1
            return asked

        with ThreadPoolExecutor(4) as pool:
            counts = [pool.submit(ask) for _ in range(4)]
            for turn in range(9):
                point_to(store, names[(turn + 1) % 3])
                live.look()
            done.set()
            assert sum(count.result() for count in counts) > 4
