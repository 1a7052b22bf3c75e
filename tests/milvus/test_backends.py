"""The same promises wherever a store is: in a folder, in a milvus-lite file, on a real Milvus server."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from index.durable import file_digest
from index.encoding.encoder import Encoder, Fingerprint
from index.errors import BusyError, EncoderMismatch, QueryError, StoreError, UnknownPaper
from index.milvus.mirror import refresh
from index.paper import Kind
from index.pipeline.build import Rules, build
from index.publishing.history import roll_back
from index.publishing.opening import open_generation
from index.publishing.snapshot import restore, write_snapshot
from index.store import manifest as m
from index.store.address import address_of, located
from search.answers import Answer, Filters
from search.cli.main import main
from search.engine import Engine
from search.service.live import Live
from search.service.metrics import Metrics
from tests.support.fakes import silent
from tests.support.milvus_server import MilvusServer, milvus_server
from tests.support.servers import app_of, serving

QUERIES = (
    "예전에 배운 것을 잊지 않고 새로운 과제를 배우는 방법",
    "let a language model call a calculator or a search engine",
    "검색한 문서를 근거로 답하는 모델",
    "image generation by diffusion",
)
FILTERS = {
    "first day": Filters(date_from="2020"),
    "last day": Filters(date_to="2018-06"),
    "days": Filters(date_from="2017", date_to="2021"),
    "votes": Filters(min_votes=1),
    "author": Filters(author="Kim"),
    "two words of an author": Filters(author="Patrick Lewis"),
    "field": Filters(field="cs.CL"),
    "section": Filters(section=Kind.PERFORMANCE),
    "all at once": Filters(date_from="2015", field="cs.CL", section=Kind.WHATS_NEW),
    "nothing": Filters(author="Nobody At All"),
}
INJECTIONS = (
    '" or row >= 0 or "',
    '"]) or json_contains(labels["all"], "field:cs.cl',
    "' or 1 == 1 or '",
    'kim" and row in [1] or "',
    "\\",
    '\\"',
    "%' or true",
    "{row}",
    'field:cs.cl") or (day > 0',
    "김\u0000민\n준\ud55c",
    "a" * 5000,
)


@dataclass(frozen=True, slots=True)
class Backend:
    """Somewhere to keep stores; `new` gives what is written for one that does not exist yet."""

    name: str
    new: Callable[[], str]


@pytest.fixture(scope="module")
def server() -> Iterator[MilvusServer]:
    with milvus_server() as running:
        yield running


@pytest.fixture(scope="module", params=["faiss", "milvus-lite", "milvus-2.3.5"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    folder, numbers = tmp_path_factory.mktemp("stores"), count()
    if request.param == "faiss":
        return Backend("faiss", lambda: str(folder / f"store{next(numbers)}"))
    pytest.importorskip("pymilvus", reason="needs Milvus's client: pip install -e '.[milvus]'")
    if request.param == "milvus-lite":
        pytest.importorskip("milvus_lite", reason="needs milvus-lite: pip install -e '.[milvus]'")
        return Backend("milvus-lite", lambda: str(folder / f"papers{next(numbers)}.db"))
    uri: str = request.getfixturevalue("server").uri
    return Backend("milvus-2.3.5", lambda: f"milvus+{uri}/papers_{next(numbers)}")


@pytest.fixture(scope="module")
def cache_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what belongs to this machine apart, all but the encoder."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        from index.durable import cache_folder

        (folder / "models").symlink_to(cache_folder() / "models")
        patch.setenv("NONMUN_CACHE", str(folder))
        yield


def indexed(written: str, source: Path, encoder: Encoder, known: Path, rules: Rules | None = None) -> Path:
    """Index a source into a store, without encoding what is encoded in another."""
    store = located(written)
    store.mkdir(parents=True, exist_ok=True)
    if not (store / m.CACHE).exists():
        shutil.copyfile(known / m.CACHE, store / m.CACHE)
    build([source], store, encoder, silent, rules)
    return store


@pytest.fixture(scope="module")
def written(backend: Backend, cache_of: None, examples: Path, encoder: Encoder, example_store: Path) -> str:
    """Return what is written for a store of the examples, which tests may read."""
    written = backend.new()
    indexed(written, examples, encoder, example_store)
    return written


@pytest.fixture(scope="module")
def asked(written: str, encoder: Encoder) -> Iterator[Engine]:
    opened = Engine.open(written, encoder)
    yield opened
    opened.generation.close()


@pytest.fixture
def few(tmp_path: Path, examples: Path) -> Path:
    """Return a folder with some of the examples, which a test may change."""
    folder = tmp_path / "few"
    folder.mkdir()
    for year in ("2016", "2017", "2020"):
        shutil.copytree(examples / year, folder / year)
    return folder


def same_answers(left: Answer, right: Answer) -> None:
    assert [one.paper.id for one in left.results] == [one.paper.id for one in right.results]
    assert [one.score for one in left.results] == pytest.approx([one.score for one in right.results], abs=1e-4)
    assert [one.sections[0].highlights for one in left.results] == [one.sections[0].highlights for one in right.results]


def ids(answer: Answer) -> list[str]:
    return [one.paper.id for one in answer.results]


@pytest.mark.parametrize("query", QUERIES)
def test_an_answer_is_that_of_a_store_in_a_folder(asked: Engine, engine: Engine, query: str) -> None:
    same_answers(asked.search(query, k=20), engine.search(query, k=20))


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_lets_through_what_it_does_in_a_folder(asked: Engine, engine: Engine, name: str) -> None:
    for query in QUERIES[:2]:
        same_answers(asked.search(query, 30, filters=FILTERS[name]), engine.search(query, 30, filters=FILTERS[name]))


def test_each_paper_comes_once_and_as_many_as_are_wanted(asked: Engine) -> None:
    for query in QUERIES:
        found = ids(asked.search(query, k=60))
        assert len(found) == len(set(found)) == 60


def test_similar_papers_are_those_of_a_store_in_a_folder(asked: Engine, engine: Engine) -> None:
    first = engine.generation.paper(3).id
    same_answers(asked.similar(first), engine.similar(first))
    same_answers(
        asked.similar(text="a robot that learns from rewards", aspect=Kind.WHATS_NEW, filters=FILTERS["days"]),
        engine.similar(text="a robot that learns from rewards", aspect=Kind.WHATS_NEW, filters=FILTERS["days"]),
    )


@pytest.mark.parametrize("text", INJECTIONS, ids=lambda text: repr(text[:20]))
def test_no_filter_can_say_more_than_a_value(asked: Engine, engine: Engine, text: str) -> None:
    for filters in (Filters(author=text), Filters(field=text), Filters(author=f"Kim {text}", field="cs.CL")):
        found, expected = asked.search(QUERIES[1], 50, filters=filters), engine.search(QUERIES[1], 50, filters=filters)
        assert ids(found) == ids(expected)
    with pytest.raises(QueryError):
        asked.search(QUERIES[1], filters=Filters(date_from=text))


@pytest.mark.parametrize("k", [0, 101])
def test_bad_questions_are_refused_alike(asked: Engine, k: int) -> None:
    with pytest.raises(QueryError):
        asked.search("a", k)


def test_vectors_come_back_as_they_were_written(asked: Engine, engine: Engine) -> None:
    rows = np.array([5, 0, 5, asked.generation.manifest.sections - 1])
    assert np.array_equal(asked.generation.index.vectors(rows), engine.generation.index.vectors(rows))
    assert asked.generation.index.vectors(rows[:0]).shape == (0, asked.generation.index.dimensions)


def test_a_mask_is_exact_whatever_it_lets_through(asked: Engine, engine: Engine) -> None:
    generator = np.random.default_rng(4)
    query = engine.generation.index.vectors(np.array([7]))[0]
    for share in (0.0, 0.02, 0.4, 0.97, 1.0):
        allowed = generator.random(engine.generation.index.rows) < share
        scores, rows = asked.generation.index.search(query, 30, allowed)
        expected, at = engine.generation.index.search(query, 30, allowed)
        assert scores == pytest.approx(expected, abs=1e-4)
        assert allowed[rows].all()
        assert set(rows.tolist()) == set(at.tolist())


def test_what_is_indexed_again_is_found_by_its_new_text(
    backend: Backend, cache_of: None, few: Path, encoder: Encoder, example_store: Path
) -> None:
    written = backend.new()
    store = indexed(written, few, encoder, example_store)
    with closing(open_generation(store)) as generation:
        before, one = generation.name, generation.paper(0)
    changed = one.as_dict() | {"sections": {"What's New": "펭귄의 이동 경로를 위성으로 추적하는 방법을 제안합니다."}}
    bees = {"id": "9999.00001", "url": "https://example.org/bees", "title": "Beekeeping"}
    new = one.as_dict() | bees | {"sections": {"What's New": "Bees make honey."}}
    (few / "new.jsonl").write_text("".join(json.dumps(p) + "\n" for p in (changed | {"date": "2030-01-01"}, new)))
    indexed(written, few, encoder, example_store)
    engine = Engine.open(written, encoder)
    with closing(engine.generation):
        assert engine.generation.name > before
        assert ids(engine.search("위성으로 펭귄을 추적", 1)) == [one.id]
        assert ids(engine.search("how bees make honey", 1)) == ["9999.00001"]


def test_a_paper_that_is_gone_is_not_found_and_comes_back_with_its_generation(
    backend: Backend, cache_of: None, few: Path, encoder: Encoder, example_store: Path
) -> None:
    written = backend.new()
    store = indexed(written, few, encoder, example_store)
    with closing(open_generation(store)) as generation:
        first, papers = generation.name, generation.manifest.papers
    sorted((few / "2020").rglob("*.md"))[0].unlink()
    indexed(written, few, encoder, example_store)
    engine = Engine.open(written, encoder)
    with closing(engine.generation):
        left = set(engine.generation.ids())
        assert len(left) < papers
    assert roll_back(located(written)).manifest.name == first
    engine = Engine.open(written, encoder)
    with closing(engine.generation):
        (missing, *_) = set(engine.generation.ids()) - left
        assert ids(engine.search(engine.paper(missing).title, 1)) == [missing]
    indexed(written, few, encoder, example_store, Rules(keep=0))
    engine = Engine.open(written, encoder)
    with closing(engine.generation):
        assert missing not in engine.ranked_ids(QUERIES[0], 50)
        with pytest.raises(UnknownPaper):
            engine.similar(missing)
    assert [folder.name for folder in m.generation_folders(located(written))] == [engine.generation.name]


def test_another_machine_finds_the_same_with_nothing_but_the_address(
    written: str, backend: Backend, engine: Engine, encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NONMUN_CACHE", str(tmp_path / "cache"))
    opened = Engine.open(written, encoder)
    with closing(opened.generation):
        same_answers(opened.search(QUERIES[0]), engine.search(QUERIES[0]))
        assert (opened.generation.folder / m.SECTIONS).exists() == (backend.name == "faiss")


def test_a_service_goes_over_to_what_another_machine_has_put_in_force(
    backend: Backend, cache_of: None, few: Path, encoder: Encoder, example_store: Path, tmp_path: Path
) -> None:
    written = backend.new()
    indexed(written, few, encoder, example_store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NONMUN_CACHE", str(tmp_path / "elsewhere"))
        live = Live(located(written), lambda _: encoder, Metrics())
        live.look()
        before = live.held.name
    sorted(few.rglob("*.md"))[0].unlink()
    indexed(written, few, encoder, example_store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NONMUN_CACHE", str(tmp_path / "elsewhere"))
        live.look()
        assert live.held.name > before
        assert live.held.engine.search(QUERIES[0]).generation == live.held.name
        live.close()


def test_a_snapshot_moves_a_store_without_encoding_anything(
    written: str, cache_of: None, backend: Backend, asked: Engine, engine: Engine, encoder: Encoder, tmp_path: Path
) -> None:
    taken = write_snapshot(located(written), tmp_path / "there.zip")
    restore(tmp_path / "folder", tmp_path / "there.zip")
    here = m.current_folder(tmp_path / "folder")
    assert file_digest(here / m.SECTIONS) == taken.files[m.SECTIONS]["sha256"]
    write_snapshot(tmp_path / "folder", tmp_path / "back.zip")
    back = backend.new()
    assert restore(located(back), tmp_path / "back.zip").name == taken.name
    opened = Engine.open(back, encoder)
    with closing(opened.generation):
        same_answers(opened.search(QUERIES[1]), engine.search(QUERIES[1]))


def test_another_encoder_is_refused(asked: Engine, written: str, encoder: Encoder) -> None:
    class Other:
        fingerprint: Fingerprint = replace(encoder.fingerprint, model="another")

    with pytest.raises(EncoderMismatch, match="model"):
        Engine.open(written, Other())  # type: ignore[arg-type]


def test_a_run_that_fails_on_its_way_leaves_the_answers_that_there_were(
    backend: Backend,
    cache_of: None,
    few: Path,
    encoder: Encoder,
    example_store: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = backend.new()
    store = indexed(written, few, encoder, example_store)
    with closing(open_generation(store)) as generation:
        before = generation.name
    sorted(few.rglob("*.md"))[0].unlink()
    for place in (
        "index.publishing.publish.probe",
        "index.milvus.client.Milvus.put_in_force",
        "index.milvus.client.Milvus._rename",
    ):
        if backend.name == "faiss" and "milvus" in place:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(place, failing)
            with pytest.raises(OSError, match="no more"):
                indexed(written, few, encoder, example_store)
        with closing(open_generation(store)) as generation:
            assert generation.name == before
    indexed(written, few, encoder, example_store)
    with closing(open_generation(store)) as generation:
        assert generation.name > before


def failing(*_: object, **__: object) -> None:
    raise OSError("no more")


def test_two_machines_do_not_put_generations_in_force_over_one_another(
    backend: Backend, cache_of: None, few: Path, encoder: Encoder, example_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend.name == "faiss":
        pytest.skip("a folder has a lock")
    written = backend.new()
    store = indexed(written, few, encoder, example_store)
    before = m.current_folder(store).name
    sorted(few.rglob("*.md"))[0].unlink()
    (store / m.CURRENT).write_text("20200101T000000.000000-0000000000000000")
    with monkeypatch.context() as patch:
        patch.setattr("index.publishing.lock.refresh", lambda *_, **__: None)
        with pytest.raises(BusyError, match="another machine has put"):
            indexed(written, few, encoder, example_store)
    refresh(store)
    assert m.current_folder(store).name == before


def test_the_commands_say_what_they_say_of_a_folder(
    backend: Backend, cache_of: None, few: Path, example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = backend.new()
    assert main(["search", "--store", written, "anything"]) == 3
    said = capsys.readouterr().err
    assert f"{written}: no store here; make one with: nonmun index SOURCE --store {written}" in said
    located(written).mkdir(parents=True)
    shutil.copyfile(example_store / m.CACHE, located(written) / m.CACHE)
    assert main(["index", "--store", written, str(few)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["outcome"] == "published"
    assert main(["index", "--store", written, str(few)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["outcome"] == "unchanged"
    assert main(["search", "--store", written, "--json", QUERIES[2]]) == 0
    first = json.loads(capsys.readouterr().out)["results"][0]["paper"]["id"]
    assert main(["similar", "--store", written, "--json", first]) == 0
    assert json.loads(capsys.readouterr().out)["results"]
    assert main(["stats", "--store", written]) == 0
    assert ("Milvus" in capsys.readouterr().out) == (backend.name != "faiss")
    assert main(["doctor", "--store", written]) == 0
    assert ("holds the vectors that were written" in capsys.readouterr().out) == (backend.name != "faiss")


def test_the_encoder_is_told_by_the_collection(asked: Engine, written: str, backend: Backend, encoder: Encoder) -> None:
    address = address_of(located(written))
    if address is None:
        pytest.skip("a folder has no collection")
    from index.milvus.client import ENCODER_PROPERTY, Milvus

    said = json.loads(Milvus(address).properties(asked.generation.name)[ENCODER_PROPERTY])
    assert said == asked.generation.manifest.encoder
    assert said["model"] == encoder.fingerprint.model


def test_vectors_that_are_gone_are_said_in_one_line(
    backend: Backend, cache_of: None, few: Path, encoder: Encoder, example_store: Path
) -> None:
    written = backend.new()
    store = indexed(written, few, encoder, example_store)
    name = m.current_folder(store).name
    if address := address_of(store):
        from index.milvus.client import Milvus, encoded_name

        Milvus(address)._call("drop_collection", encoded_name(address, name))
    else:
        (store / m.GENERATIONS / name / m.SECTIONS).unlink()
    with pytest.raises(StoreError) as caught:
        Engine.open(written, encoder)
    assert "\n" not in str(caught.value)


def test_a_service_whose_vectors_cannot_be_had_answers_by_words_and_says_so(
    written: str, backend: Backend, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend.name == "faiss":
        pytest.skip("the vectors of a folder are in it")

    def away(*_: object, **__: object) -> None:
        raise StoreError("the server is away")

    with serving(app_of(located(written), encoder)) as client:
        known = client.get("/search", params={"q": QUERIES[1]}).json()
        assert not known["degraded"]
        for method in ("search", "vectors", "in_force"):
            monkeypatch.setattr(f"index.milvus.client.Milvus.{method}", away)
        answer = client.get("/search", params={"q": QUERIES[1], "k": 5})
        assert (answer.status_code, answer.json()["degraded"]) == (200, True)
        assert answer.json()["results"]
        refused = client.get(f"/papers/{known['results'][0]['paper']['id']}/similar")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.json()["detail"] == "the store cannot answer now; ask again later"
        monkeypatch.undo()
        assert not client.get("/search", params={"q": QUERIES[1], "k": 5}).json()["degraded"]


def test_a_server_that_was_stopped_and_started_again_answers_as_before(
    request: pytest.FixtureRequest, backend: Backend, written: str, engine: Engine, encoder: Encoder
) -> None:
    if backend.name != "milvus-2.3.5":
        pytest.skip("there is no server to start again")
    request.getfixturevalue("server").restart()
    opened = Engine.open(written, encoder)
    with closing(opened.generation):
        same_answers(opened.search(QUERIES[0]), engine.search(QUERIES[0]))
