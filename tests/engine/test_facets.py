"""What lies around an answer: months, names and the best papers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from index.errors import QueryError
from index.paper import Kind, Paper
from search.answers import Filters
from search.browse.facets import NAMES, commonest, facets, months
from search.engine import Engine
from search.query.bounds import MAX_RESULTS

KOREAN = "새로운 과제를 배우면 예전 것을 잊는 문제"


def papers(engine: Engine) -> Iterator[Paper]:
    return (engine.generation.paper(row) for row in range(engine.generation.manifest.papers))


def test_months_are_counted_in_order_and_a_row_without_a_date_is_left_out() -> None:
    dates = np.array([20240105, 20231201, 0, 20240131, 20240201], np.int32)
    found = months(dates, np.arange(5), np.array([0, 2]))
    assert [(one.month, one.papers, one.matches) for one in found] == [
        ("2023-12", 1, 0),
        ("2024-01", 2, 1),
        ("2024-02", 1, 0),
    ]


def test_names_come_by_how_often_and_then_by_name() -> None:
    assert [(one.name, one.papers) for one in commonest(["b", "c", "a", "c", "b"])] == [("b", 2), ("c", 2), ("a", 1)]
    assert len(commonest(str(number) for number in range(100))) == NAMES


def test_without_a_question_the_newest_papers_are_the_best(engine: Engine) -> None:
    found = facets(engine, " ", Filters())
    dated = sorted((paper.date or "" for paper in papers(engine)), reverse=True)
    assert [engine.paper(one).date or "" for one in found.best] == dated[:MAX_RESULTS]
    assert sum(month.papers for month in found.months) == sum(bool(paper.date) for paper in papers(engine))
    assert not any(month.matches for month in found.months)
    assert found.papers == engine.generation.manifest.papers


def test_the_best_are_those_of_a_search(engine: Engine) -> None:
    filters = Filters(date_from="2018", section=Kind.WHATS_NEW)
    found = facets(engine, KOREAN, filters)
    assert list(found.best) == [one.paper.id for one in engine.search(KOREAN, MAX_RESULTS, filters=filters).results]


def test_months_leave_the_dates_of_the_filters_out_and_all_else_heeds_them(engine: Engine) -> None:
    whole, part = (facets(engine, KOREAN, Filters(date_from=date)) for date in (None, "2020"))
    assert part.months == whole.months
    assert part.papers == sum(month.papers for month in whole.months if month.month >= "2020")
    assert {engine.paper(one).date or "" for one in part.best} == {
        paper.date for paper in papers(engine) if (paper.date or "") >= "2020"
    }
    fields = Counter(field for one in part.best for field in engine.paper(one).fields)
    assert {one.name: one.papers for one in part.fields} == dict(fields.most_common(NAMES))


def test_a_restricted_question_counts_the_papers_of_its_author_only(engine: Engine) -> None:
    found = facets(engine, "author:Goodfellow", Filters())
    assert found.best
    assert all("Goodfellow" in " ".join(engine.paper(one).authors) for one in found.best)


def test_a_bad_filter_is_refused(engine: Engine) -> None:
    with pytest.raises(QueryError, match="not a date"):
        facets(engine, "", Filters(date_to="soon"))
