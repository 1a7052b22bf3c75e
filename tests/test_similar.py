"""Papers like one that is known."""

from __future__ import annotations

from itertools import pairwise

import pytest

from index.errors import QueryError, UnknownPaper
from index.paper import Kind
from search.answers import Filters
from search.engine import Engine

TRANSFORMER, LORA, QLORA, GAN = "1706.03762", "2106.09685", "2305.14314", "1406.2661"


def ids(engine: Engine, paper: str, k: int = 10, offset: int = 0, filters: Filters | None = None) -> list[str]:
    return [result.paper.id for result in engine.similar(paper, k, offset, filters).results]


@pytest.mark.parametrize(("paper", "other"), [(LORA, QLORA), (QLORA, LORA), ("1810.04805", "1908.10084")])
def test_a_paper_on_the_same_matter_comes_among_the_first(engine: Engine, paper: str, other: str) -> None:
    assert other in ids(engine, paper, 5)


def test_a_paper_is_not_like_itself(engine: Engine) -> None:
    assert TRANSFORMER not in ids(engine, TRANSFORMER, 100)
    assert TRANSFORMER not in ids(engine, TRANSFORMER, 100, filters=Filters(date_from="2017", date_to="2017"))


def test_every_other_paper_is_ranked_once(engine: Engine) -> None:
    found = ids(engine, TRANSFORMER, 100)
    assert len(found) == len(set(found)) == engine.stats().papers - 1


def test_pages_follow_each_other(engine: Engine) -> None:
    whole = ids(engine, LORA, 30)
    assert ids(engine, LORA, 10) + ids(engine, LORA, 10, 10) + ids(engine, LORA, 10, 20) == whole


def test_the_order_is_the_same_every_time(engine: Engine) -> None:
    first, second = (engine.similar(LORA, 50).results for _ in range(2))
    assert first == second
    assert all(one.score >= other.score for one, other in pairwise(first))


def test_a_score_is_the_sum_of_its_parts(engine: Engine) -> None:
    for result in engine.similar(GAN, 50).results:
        assert result.score == pytest.approx(sum(result.parts.values()), abs=1e-5)


def test_filters_are_exact(engine: Engine) -> None:
    filters = Filters(date_from="2020", date_to="2020")
    found = engine.similar(LORA, 100, filters=filters).results
    assert len(found) == 11
    assert all((result.paper.date or "").startswith("2020") for result in found)
    assert ids(engine, GAN, filters=Filters(author="goodfellow")) != []
    assert GAN not in ids(engine, GAN, filters=Filters(author="goodfellow"))
    assert ids(engine, LORA, filters=Filters(author="nobody at all")) == []


def test_only_sections_of_the_wanted_kind_are_shown(engine: Engine) -> None:
    found = engine.similar(LORA, 20, filters=Filters(section=Kind.PERFORMANCE)).results
    assert len(found) == 20
    assert {section.kind for result in found for section in result.sections} == {Kind.PERFORMANCE}


def test_highlights_lie_within_untouched_text(engine: Engine) -> None:
    for result in engine.similar(LORA, 10).results:
        texts = {section.text for section in engine.paper(result.paper.id).sections}
        for section in result.sections:
            assert section.text in texts
            for mark in section.highlights:
                assert 0 <= mark.start < mark.end <= len(section.text)
                assert 0 < mark.weight <= 1


@pytest.mark.parametrize("paper", ["", "0000.00000", "1706.03762v2", "' OR 1=1 --"])
def test_an_unknown_paper_is_named(engine: Engine, paper: str) -> None:
    with pytest.raises(UnknownPaper, match="no paper with the id"):
        engine.similar(paper)


@pytest.mark.parametrize(("k", "offset"), [(0, 0), (101, 0), (10, -1), (10, 10_001)])
def test_a_page_outside_of_what_is_answered_is_refused(engine: Engine, k: int, offset: int) -> None:
    with pytest.raises(QueryError, match="must be between"):
        engine.similar(LORA, k, offset)
