from __future__ import annotations

import pytest

from index.errors import QueryError, UnknownPaper
from search.answers import Filters
from search.browse.listing import named, newest
from search.engine import Engine

LORA, QLORA = "2106.09685", "2305.14314"


def test_named_papers_come_in_the_order_of_their_names(engine: Engine) -> None:
    assert [paper.id for paper in named(engine, f"{QLORA}, {LORA} ,,{QLORA}", Filters())] == [QLORA, LORA]
    assert [paper.id for paper in named(engine, f"{QLORA},{LORA}", Filters(date_to="2021"))] == [LORA]
    with pytest.raises(UnknownPaper):
        named(engine, f"{LORA},nothing", Filters())
    with pytest.raises(QueryError, match="no id"):
        named(engine, " , ", Filters())


def test_the_newest_papers_come_page_by_page(engine: Engine) -> None:
    everything = newest(engine, 100, 0, Filters())
    assert len(everything) == 66
    dates = [paper.date or "" for paper in everything]
    assert dates == sorted(dates, reverse=True)
    assert newest(engine, 5, 10, Filters()) == everything[10:15]
    assert newest(engine, 100, 0, Filters(author="edward hu")) == named(engine, LORA, Filters())
    with pytest.raises(QueryError, match="k is 0"):
        newest(engine, 0, 0, Filters())
