from __future__ import annotations

from search.service.opened import Remembered, digest_of


def test_an_answer_is_remembered_by_all_that_was_asked() -> None:
    known = Remembered()
    known.put(digest_of("search", "a", "b"), b"answer")
    assert known.get(digest_of("search", "a", "b")) == b"answer"
    for other in (("search", "ab"), ("search", "b", "a"), ("search", "a", "b", ""), ("similar", "a", "b")):
        assert known.get(digest_of(*other)) is None


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    known = Remembered(max_bytes=30)
    for name in ("a", "b", "c"):
        known.put(digest_of(name), b"x" * 10)
    assert known.get(digest_of("a"))
    known.put(digest_of("d"), b"x" * 10)
    assert [name for name in "abcd" if known.get(digest_of(name))] == ["a", "c", "d"]
    assert known.bytes == 30


def test_an_answer_that_is_written_twice_counts_once() -> None:
    known = Remembered(max_bytes=30)
    for size in (10, 20, 5):
        known.put(digest_of("a"), b"x" * size)
    assert known.bytes == 5


def test_an_answer_larger_than_all_there_is_room_for_drives_out_no_other() -> None:
    known = Remembered(max_bytes=30)
    known.put(digest_of("a"), b"x" * 10)
    known.put(digest_of("b"), b"x" * 31)
    assert known.get(digest_of("a"))
    assert known.get(digest_of("b")) is None


def test_a_long_question_takes_no_more_room_than_a_short_one() -> None:
    assert len(digest_of("q" * 100_000)) == len(digest_of("q"))
