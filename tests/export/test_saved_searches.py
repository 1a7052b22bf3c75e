from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import SourceError
from search.answers import News, Result
from search.export.saved_searches import (
    Digest,
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


def result(paper: str) -> Result:
    return Result(replace(LORA, id=paper), 1.0, {}, ())


def news(query: str, strong: str = "", weaker: str = "") -> News:
    return News(query, tuple(map(result, strong)), tuple(map(result, weaker)))


def asking(*found: News) -> Digest:
    answers = {one.query: one for one in found}
    return compile_digest([Saved(4, query) for query in answers], answers.__getitem__, "q.txt")


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


def test_new_is_what_came_after_the_last_digest_and_was_never_reported() -> None:
    assert [paper for paper in ("a", "b", "c") if SEEN.is_new(paper)] == ["c"]
    assert not replace(SEEN, papers=frozenset()).is_new("a")


def test_a_paper_of_several_queries_is_reported_once_with_all_of_them() -> None:
    digest = asking(news("망각", "ab", "c"), news("검색", "cb", "d"))
    assert [(part.queries, part.strong, "".join(one.paper.id for one in part.results)) for part in digest.parts] == [
        (("망각",), True, "a"),
        (("망각", "검색"), True, "b"),
        (("검색", "망각"), True, "c"),
        (("검색",), False, "d"),
    ]
    assert digest.ids() == ["a", "b", "c", "d"]


def test_what_is_to_be_known_of_a_query_names_its_line() -> None:
    digest = asking(replace(news("rjator", "c"), warnings=("'rjator' was read as '검색'",)))
    assert digest.warnings == ("q.txt:4: 'rjator' was read as '검색'",)
    assert digest.ids() == ["c"]


def test_a_query_that_left_the_file_is_forgotten_and_what_was_reported_never() -> None:
    seen = after(SEEN, asking(news("검색", "c")), "g2", ["b", "c"])
    assert seen == Seen("g2", frozenset({"검색"}), frozenset({"a", "b", "c"}), frozenset({"a", "c"}))
    assert after(seen, asking(news("새 질문")), "g3", []).reported == {"a", "c"}


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
