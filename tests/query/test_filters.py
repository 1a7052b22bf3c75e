"""Filters: exact, whatever they are combined with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QueryError
from index.paper import Kind, Paper
from index.pipeline.build import build
from index.store.generation import Generation
from index.store.layout import KINDS
from search.answers import Filters
from search.engine import Engine
from search.query.filters import Allowed, day_number, paper_mask
from tests.support.fakes import LetterEncoder, silent

DATES = ["2023-12-31", "2024-01-01", "2024-01-31", "2024-02-01", "2024-02-29", None]
AUTHORS = [["Kim Min", "Lee Jun"], ["Kim Jun", "Lee Min"], ["김민준", "J. R. Smith"], ["Kimberly O'Neil"], []]
HEADINGS = ["What's New", "Technical Details", "Performance Highlights", "Summary", "Limits"]
PAPERS = 90


def row(number: int) -> dict[str, object]:
    headings = [HEADINGS[number % 5], HEADINGS[(number // 5) % 5]]
    return {
        "id": f"p{number:03}",
        "title": f"Paper {number} on search",
        "date": DATES[number % 6],
        "votes": [None, 0, 5, -2, 10**10][number % 5] if number % 7 else None,
        "authors": AUTHORS[number % 4 if number % 11 else 4],
        "fields": [["cs.CL"], ["cs.CL", "cs.LG"], ["stat.ML"], []][number % 4],
        "sections": {heading: f"{heading} of {number}: 검색기를 학습한다." for heading in headings},
    }


@pytest.fixture(scope="module")
def engine_of_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("filters")
    source = folder / "papers.jsonl"
    source.write_text("\n".join(json.dumps(row(number), ensure_ascii=False) for number in range(PAPERS)), "utf-8")
    build([source], folder / "store", LetterEncoder(), silent)
    opened = Engine.open(folder / "store", LetterEncoder())
    yield opened
    opened.generation.close()


@pytest.fixture(scope="module")
def many(engine_of_many: Engine) -> Generation:
    return engine_of_many.generation


def papers(generation: Generation) -> list[Paper]:
    return [generation.paper(number) for number in range(generation.manifest.papers)]


def passing(filters: Filters, generation: Generation) -> set[str]:
    """Return the ids of the papers that the masks let through."""
    mask = paper_mask(filters, generation)
    return {paper.id for number, paper in enumerate(papers(generation)) if mask is None or mask[number]}


def with_date(generation: Generation, *dates: str) -> set[str]:
    return {paper.id for paper in papers(generation) if paper.date in dates}


def by(generation: Generation, *names: str) -> set[str]:
    return {paper.id for paper in papers(generation) if set(names) & set(paper.authors)}


def test_no_filter_lets_everything_through(many: Generation) -> None:
    assert paper_mask(Filters(), many) is None
    assert Allowed().sections(many) is None


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2024-01-01", None, DATES[1:5]),
        ("2024-01-02", None, DATES[2:5]),
        (None, "2024-01-31", DATES[:3]),
        (None, "2024-01-30", DATES[:2]),
        ("2024", "2024", DATES[1:5]),
        ("2024-01", "2024-01", DATES[1:3]),
        ("2024-02", None, DATES[3:5]),
        (None, "2024-02", DATES[:5]),
        (None, "2023", DATES[:1]),
        ("2024-02-29", "2024-02-29", DATES[4:5]),
        ("2024-W01-1", None, DATES[1:5]),
        ("20240201", None, DATES[3:5]),
        (" 2024-02 ", None, DATES[3:5]),
        ("0999-12-31", None, DATES[:5]),
        ("0001", "9999", DATES[:5]),
        ("2025", None, []),
        ("2024-02", "2024-01", []),
    ],
)
def test_dates_are_inclusive_and_a_paper_without_one_never_passes(
    many: Generation, first: str | None, last: str | None, expected: list[str]
) -> None:
    assert passing(Filters(date_from=first, date_to=last), many) == with_date(many, *expected)


@pytest.mark.parametrize(
    "text",
    [
        "2024-13",
        "2024-02-30",
        "24",
        "0000",
        "yesterday",
        "2024/01/01",
        "２０２４",
        "2024-1",
        "-",
        "2024-01-01T00",
        "\0",
    ],
)
def test_what_is_no_date_is_refused(many: Generation, text: str) -> None:
    for filters in (Filters(date_from=text), Filters(date_to=text)):
        with pytest.raises(
            QueryError, match=r"not a date: .*; write YYYY, YYYY-MM, YYYY-MM-DD, or 7d, 2w, 3m, 1y ago"
        ) as caught:
            paper_mask(filters, many)
        assert "\n" not in str(caught.value)


@given(st.dates())
def test_a_day_a_month_and_a_year_begin_and_end_where_the_calendar_says(day: object) -> None:
    written = str(day)
    number = int(written.replace("-", ""))
    assert day_number(written, "0101") == day_number(written, "1231") == number
    assert day_number(written[:7], "0101") <= number <= day_number(written[:7], "1231")
    assert day_number(written[:4], "0101") == int(f"{written[:4]}0101")
    assert day_number(written[:4], "1231") == int(f"{written[:4]}1231")


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        number = day_number(text, "0101")
    except QueryError:
        return
    assert 1_01_01 <= number <= 9999_12_31


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kim min", ["Kim Min"]),
        ("MIN KIM", ["Kim Min"]),
        ("Kim Jun", ["Kim Jun"]),
        ("kim", ["Kim Min", "Kim Jun"]),
        ("lee", ["Lee Jun", "Lee Min"]),
        ("kim lee", []),
        ("Kim Min Jun", []),
        ("ki", []),
        ("kimber", []),
        ("Kimberly", ["Kimberly O'Neil"]),
        ("o'neil", ["Kimberly O'Neil"]),
        ("smith", ["J. R. Smith"]),
        ("J.R. Smith", ["J. R. Smith"]),
        ("R Smith", ["J. R. Smith"]),
        ("김민준", ["김민준"]),
        ("김민", []),
        ("'; DROP TABLE labels", []),
        (".", []),
    ],
)
def test_an_author_matches_by_whole_words_of_one_name(many: Generation, name: str, expected: list[str]) -> None:
    assert passing(Filters(author=name), many) == by(many, *expected)


@pytest.mark.parametrize(
    ("field", "count"), [("cs.CL", 45), ("CS.lg", 22), (" stat.ML ", 22), ("cs", 0), ("cs.CL,", 0)]
)
def test_a_field_matches_whole_in_any_case(many: Generation, field: str, count: int) -> None:
    found = passing(Filters(field=field), many)
    wanted = field.strip().casefold()
    assert found == {paper.id for paper in papers(many) if wanted in {name.casefold() for name in paper.fields}}
    assert abs(len(found) - count) <= 1


@pytest.mark.parametrize("least", [-5, -2, -1, 0, 1, 5, 6, 10**10, 10**10 + 1, 2**70])
def test_votes_are_a_lower_bound_that_unknown_votes_never_reach(many: Generation, least: int) -> None:
    expected = {paper.id for paper in papers(many) if paper.votes is not None and paper.votes >= least}
    assert passing(Filters(min_votes=least), many) == expected


@pytest.mark.parametrize("kind", list(Kind))
def test_a_section_filter_keeps_papers_and_sections_of_that_kind(many: Generation, kind: Kind) -> None:
    filters = Filters(section=kind)
    mask = paper_mask(filters, many)
    expected = {paper.id for paper in papers(many) if any(section.kind == kind for section in paper.sections)}
    assert passing(filters, many) == expected
    sections = Allowed(mask, kind).sections(many)
    assert sections is not None
    kinds = [KINDS[many.layout.section_kinds[i]] for i in np.flatnonzero(sections)]
    assert set(kinds) == {kind}
    assert len(kinds) == sum(section.kind == kind for paper in papers(many) for section in paper.sections)


def test_the_sections_of_passing_papers_pass(many: Generation) -> None:
    mask = paper_mask(Filters(date_from="2024-02"), many)
    sections = Allowed(mask).sections(many)
    assert mask is not None
    assert sections is not None
    assert np.array_equal(sections, mask[many.layout.section_papers])


def combinations() -> Iterator[Filters]:
    for first, author, field in itertools.product((None, "2024", "2025"), (None, "kim"), (None, "cs.CL")):
        for votes, section in itertools.product((None, 0, 5), (None, Kind.PERFORMANCE)):
            yield Filters(date_from=first, author=author, field=field, min_votes=votes, section=section)


def test_an_area_lets_through_what_lies_in_it(many: Generation) -> None:
    places = {paper.id: many.map_points.points[number] for number, paper in enumerate(papers(many))}
    expected = {one for one, (x, y) in places.items() if 0.25 <= x <= 1 and 0 <= y <= 0.5}
    assert passing(Filters(area="0.25,0,1,0.5"), many) == expected
    assert passing(Filters(area="0,0,1,1"), many) == set(places)


@pytest.mark.parametrize(
    "area", ["0,0,1", "0,0,1,2", "0,0,1,1.5", "0,0,1,-1", "0,0,1,x", "0,0,1,1,", "0,0,1,0.1e3", "٠,0,1,1"]
)
def test_what_is_no_area_is_refused(many: Generation, area: str) -> None:
    with pytest.raises(QueryError, match="write left,top,right,bottom as numbers from 0 to 1"):
        paper_mask(Filters(area=area), many)


@pytest.mark.parametrize("name", ["date_from", "date_to", "author", "field", "area"])
@pytest.mark.parametrize("blank", ["", " \t"])
def test_a_filter_that_says_nothing_is_refused_by_its_name(many: Generation, name: str, blank: str) -> None:
    given: dict[str, Any] = {name: blank}
    with pytest.raises(QueryError, match=rf"the filter '{name.removeprefix('date_')}' is empty"):
        paper_mask(Filters(**given), many)


def test_filters_together_let_through_what_each_of_them_does(many: Generation) -> None:
    names = ("date_from", "author", "field", "min_votes", "section")
    for filters in combinations():
        single = [passing(replace(Filters(), **{name: getattr(filters, name)}), many) for name in names]
        assert passing(filters, many) == set.intersection(*single)


@pytest.mark.parametrize("query", ["검색기를 학습한다", "paper", "zzz 뷁"])
def test_a_search_returns_every_paper_that_passes(engine_of_many: Engine, query: str) -> None:
    for filters in combinations():
        expected = passing(filters, engine_of_many.generation)
        found = [result.paper.id for result in engine_of_many.search(query, 100, filters=filters).results]
        assert sorted(found) == sorted(expected)


def test_a_page_is_full_wherever_enough_papers_pass(engine_of_many: Engine) -> None:
    for filters in combinations():
        count = len(passing(filters, engine_of_many.generation))
        for k, offset in ((1, 0), (7, 0), (7, 5), (100, 20)):
            results = engine_of_many.search("search", k, offset, filters).results
            assert len(results) == max(0, min(k, count - offset))


def test_results_show_only_the_wanted_kind_of_section(engine_of_many: Engine) -> None:
    for result in engine_of_many.search("검색기", 100, filters=Filters(section=Kind.SUMMARY)).results:
        assert {section.kind for section in result.sections} == {Kind.SUMMARY}


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (Filters(date_from="2020", date_to="2020"), 11),
        (Filters(date_to="2013-12-19"), 2),
        (Filters(author="ian goodfellow"), 3),
        (Filters(author="Kaiming He"), 3),
        (Filters(author="tri dao", date_from="2023"), 1),
        (Filters(field="cs.lg"), 1),
        (Filters(min_votes=1), 2),
        (Filters(section=Kind.SUMMARY), None),
        (Filters(author="nobody at all"), 0),
    ],
)
def test_filters_are_exact_on_the_examples(engine: Engine, filters: Filters, count: int | None) -> None:
    expected = passing(filters, engine.generation)
    assert count is None or len(expected) == count
    for query in ("deep learning", "검색한 문서를 근거로 답을 생성하는 모델"):
        found = [result.paper.id for result in engine.search(query, 100, filters=filters).results]
        assert sorted(found) == sorted(expected)


def test_a_filter_does_not_change_the_order_of_what_passes_by_words(engine: Engine) -> None:
    filters = Filters(date_from="2020", date_to="2020")
    best = engine.search("retrieval augmented generation", 1, filters=filters).results[0]
    assert best.paper.id == "2005.11401"


def test_a_bad_date_is_refused_by_a_search(engine: Engine) -> None:
    with pytest.raises(QueryError, match="not a date"):
        engine.search("attention", filters=Filters(date_from="soon"))
    with pytest.raises(QueryError, match="not a date"):
        engine.similar("1706.03762", filters=Filters(date_to="soon"))
