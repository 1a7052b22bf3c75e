"""What a new reading changes, and when that is too much to be meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.paper import Kind, Paper, Section
from index.sources.changes import Changes, RefusedError, compare, require_meant
from index.sources.parsed import Skipped

PAPER = Paper("1", "Title", "", "2024-01-02", 3, ("A",), (), (Section(Kind.SUMMARY, "Summary", "Text."),))
OTHERS = {
    "title": replace(PAPER, title="Another"),
    "votes": replace(PAPER, votes=4),
    "authors": replace(PAPER, authors=("A", "B")),
    "text": replace(PAPER, sections=(Section(Kind.SUMMARY, "Summary", "Other text."),)),
    "heading": replace(PAPER, sections=(Section(Kind.SUMMARY, "요약", "Text."),)),
    "text and date": replace(PAPER, title="Another", date="2024-01-03"),
}


UNREAD = Skipped("day.md", 0, "cannot be read: Permission denied", unread=True)


def changes(before: Iterable[Paper], after: Sequence[Paper]) -> Changes:
    papers = {paper.id: paper for paper in after}
    return compare(
        ((paper.id, paper.to_json()) for paper in before),
        {id_: paper.digest() for id_, paper in papers.items()},
        papers.__getitem__,
    )


@pytest.mark.parametrize("name", OTHERS)
def test_a_paper_that_says_something_else_has_changed(name: str) -> None:
    assert changes([PAPER], [OTHERS[name]]) == Changes(1, changed=("1",))


@pytest.mark.parametrize("date", ["2024-01-03", None])
def test_a_paper_under_another_date_has_moved(date: str | None) -> None:
    assert changes([PAPER], [replace(PAPER, date=date)]) == Changes(1, moved=("1",))


def test_the_same_papers_are_no_change_in_any_order() -> None:
    papers = [PAPER, replace(PAPER, id="2")]
    same = changes(papers, papers[::-1])
    assert same == Changes(2)
    assert not same


ids = st.sampled_from("abcdefgh")
papers = st.dictionaries(ids, st.tuples(st.integers(0, 1), st.sampled_from([None, "2024-01-02", "2024-01-03"])))


@given(papers, papers)
def test_every_paper_of_either_reading_is_counted_once(
    before: dict[str, tuple[int, str | None]], after: dict[str, tuple[int, str | None]]
) -> None:
    def read(papers: dict[str, tuple[int, str | None]]) -> list[Paper]:
        return [replace(PAPER, id=id_, votes=votes, date=date) for id_, (votes, date) in papers.items()]

    found = changes(iter(read(before)), read(after))
    kept = before.keys() & after.keys()
    assert found.held == len(before)
    assert set(found.new) == after.keys() - before.keys()
    assert set(found.deleted) == before.keys() - after.keys()
    assert set(found.changed) == {id_ for id_ in kept if before[id_][0] != after[id_][0]}
    assert set(found.moved) == {id_ for id_ in kept - set(found.changed) if before[id_][1] != after[id_][1]}
    assert bool(found) == (before != after)
    assert sum(found.counts().values()) == sum(map(len, found.by_kind().values()))


@pytest.mark.parametrize(("held", "gone", "refused"), [(10, 5, False), (10, 6, True), (1, 1, True), (3, 1, False)])
def test_more_than_half_may_not_go_unless_it_is_meant(held: int, gone: int, refused: bool) -> None:
    found = Changes(held, deleted=tuple(map(str, range(gone))))
    if not refused:
        require_meant(found, [])
        return
    with pytest.raises(RefusedError, match=rf"^{gone} of the store's {held} papers would .*--allow-empty$") as caught:
        require_meant(found, [])
    assert caught.value.changes is found


def test_nothing_may_go_while_something_cannot_be_read() -> None:
    with pytest.raises(RefusedError, match=r"while day\.md cannot be read: Permission denied"):
        require_meant(Changes(10, deleted=("1",)), [UNREAD])
    require_meant(Changes(10, new=("1",), changed=("2",)), [UNREAD])
    require_meant(Changes(10, deleted=("1",)), [replace(UNREAD, unread=False)])


def test_long_lists_are_cut_short_for_people_and_say_so() -> None:
    cut = Changes(30, new=("x",), deleted=tuple(map(str, range(25))))
    lines = cut.lines()
    assert lines[:2] == ["new: 1", "  x"]
    assert lines[2] == "deleted: 25"
    assert lines[-1] == "  ... and 5 more"
    assert cut.line() == "1 new, 0 changed, 0 moved, 25 deleted"
