from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import SourceError
from search.answers import Answer, Result
from search.export.saved_searches import (
    Saved,
    Seen,
    after,
    compile_digest,
    read_queries,
    read_seen,
    seen_path,
    write_seen,
)
from tests.support.papers import LORA

SEEN = Seen("g1", frozenset({"망각"}), frozenset({"a", "b"}), frozenset({"a"}))


def answer(query: str, *ids: str) -> Answer:
    return Answer(query, tuple(Result(replace(LORA, id=one), 1.0, {}, ()) for one in ids), "g2", 1.0)


def test_queries_stand_one_a_line_each_once(tmp_path: Path) -> None:
    file = tmp_path / "queries.txt"
    lines = ["\ufeff# what I follow\r", "\r", "  저자:김   검색 \r", '"state space" models', "저자:김 검색"]
    file.write_bytes("\n".join(lines).encode())
    assert read_queries(file) == (Saved(3, "저자:김 검색"), Saved(4, '"state space" models'))


@pytest.mark.parametrize(
    ("data", "word"), [(b"# none\n\n", "no query"), (b"ok\ncaf\xe9\n", ":2: not UTF-8"), (None, "No such file")]
)
def test_a_file_without_queries_is_said(data: bytes | None, word: str, tmp_path: Path) -> None:
    file = tmp_path / "queries.txt"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(SourceError, match=word) as error:
        read_queries(file)
    assert str(file) in str(error.value)


def test_new_is_what_came_after_the_query_was_last_read() -> None:
    found = {"망각": answer("망각", "a", "b", "c"), "검색": answer("검색", "c", "b", "a")}
    digest = compile_digest([Saved(1, "망각"), Saved(2, "검색")], found.__getitem__, SEEN.is_new, "q.txt")
    assert [[one.paper.id for one in part.results] for part in digest.parts] == [["c"], ["b"]]
    assert digest.ids() == ["c", "b"]


def test_what_is_to_be_known_of_a_query_names_its_line() -> None:
    def ask(query: str) -> Answer:
        return replace(answer(query, "c"), warnings=("'rjator' was read as '검색'",))

    digest = compile_digest([Saved(4, "rjator")], ask, SEEN.is_new, "q.txt")
    assert digest.warnings == ("q.txt:4: 'rjator' was read as '검색'",)
    assert digest.ids() == ["c"]


def test_a_query_that_left_the_file_is_forgotten() -> None:
    digest = compile_digest([Saved(9, "검색")], lambda query: answer(query, "c"), SEEN.is_new, "q.txt")
    assert after(SEEN, digest, "g2", ["b", "c"]) == Seen(
        "g2", frozenset({"검색"}), frozenset({"a", "b", "c"}), frozenset({"a", "c"})
    )


def test_no_paper_is_reported_twice_even_where_it_left_and_came_back() -> None:
    digest = compile_digest([Saved(1, "망각")], lambda query: answer(query, "c"), SEEN.is_new, "q.txt")
    seen = after(after(SEEN, digest, "g2", ["b"]), compile_digest([], lambda q: answer(q), SEEN.is_new, ""), "g3", [])
    assert seen.papers == {"a", "b"}
    assert seen.reported == {"a", "c"}
    again = compile_digest([Saved(1, "새 질문")], lambda query: answer(query, "c", "a"), seen.is_new, "q.txt")
    assert again.ids() == []


def test_what_was_read_comes_back_from_its_file(tmp_path: Path) -> None:
    path = seen_path(tmp_path / "queries.txt")
    assert read_seen(path) == Seen()
    write_seen(path, SEEN)
    assert read_seen(path) == SEEN
    assert [file.name for file in tmp_path.iterdir()] == ["queries.txt.seen"]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "queries.txt.seen"
    write_seen(path, SEEN)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(SourceError, match="No space left"):
        write_seen(path, Seen())
    assert read_seen(path) == SEEN
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": 2}',
        '{"format": 1, "generation": "g", "queries": "x", "papers": [], "reported": []}',
    ],
)
def test_a_damaged_memory_is_said_and_not_overwritten(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "queries.txt.seen"
    path.write_text(damage, encoding="utf-8")
    with pytest.raises(SourceError, match="remove it"):
        read_seen(path)
    assert path.read_text(encoding="utf-8") == damage


def test_the_memory_is_plain_json(tmp_path: Path) -> None:
    write_seen(tmp_path / "x", SEEN)
    values = json.loads((tmp_path / "x").read_text(encoding="utf-8"))
    assert values == {"format": 1, "generation": "g1", "queries": ["망각"], "papers": ["a", "b"], "reported": ["a"]}
