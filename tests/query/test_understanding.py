"""Requests against an archive: what answers, in what order, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from index.errors import QueryError, UnknownPaper
from search.answers import Answer, Filters
from search.engine import Engine

Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def ask(engine: Engine) -> Ask:
    """Return what asks on the day before the newest paper of the examples turns a year old."""
    newest = date.fromisoformat(str(engine.generation.layout.dates.max()))
    today = newest.replace(year=newest.year + 1)
    return Engine(engine.generation, engine._encoder, today=lambda: today).search


def ids(answer: Answer) -> list[str]:
    return [result.paper.id for result in answer.results]


def test_a_name_alone_lists_its_papers_the_newest_first_and_shades_nothing(ask: Ask) -> None:
    found = ask("papers by Nils Reimers")
    assert set(ids(found)) == {"1908.10084", "2104.08663"}
    dates = [str(result.paper.date) for result in found.results]
    assert dates == sorted(dates, reverse=True)
    assert found.confident
    assert not any(section.highlights for result in found.results for section in result.sections)
    assert [(one.kind, one.value) for one in found.read_as if one.kind != "words"] == [("author", "Nils Reimers")]


def test_a_name_and_a_topic_rank_the_papers_of_that_author(ask: Ask) -> None:
    found = ask("Nils Reimers zero-shot retrieval benchmark")
    assert ids(found)[0] == "2104.08663"
    assert set(ids(found)) == {"1908.10084", "2104.08663"}


def test_days_are_a_filter_whatever_the_topic(ask: Ask) -> None:
    found = ask("언어 모델, 2021년")
    assert found.results
    assert all(str(result.paper.date).startswith("2021") for result in found.results)
    within = ask("언어 모델, 2021년", filters=Filters(date_to="2021-06"))
    assert within.results
    assert all("2021-01-01" <= str(result.paper.date) <= "2021-06-30" for result in within.results)


def test_days_before_the_archive_ends_are_counted_back_from_its_newest_paper(ask: Ask, engine: Engine) -> None:
    newest = date.fromisoformat(str(engine.generation.layout.dates.max()))
    found = ask("최근 3개월 논문")
    assert found.warnings == (f"the newest paper is of {newest}: the days were counted back from it",)
    assert ids(found)[0] == engine.generation.paper(int(engine.generation.layout.dates.argmax())).id


def test_days_of_which_there_is_no_paper_are_left_out_and_it_is_said(ask: Ask) -> None:
    found = ask("language models, March 2099")
    assert found.results
    assert "no paper is of the days asked for, the newest is of" in found.warnings[0]
    assert "the oldest paper is of" in ask("language models before 1950").warnings[0]


def test_what_is_left_out_goes_down_and_a_mention_does_not_take_a_paper_away(ask: Ask) -> None:
    plain, without = ids(ask("language models", k=100)), ids(ask("language models other than BERT", k=100))
    bert = "1810.04805"
    assert without.index(bert) > plain.index(bert)


def test_nothing_asked_lists_the_newest_papers_that_pass(ask: Ask, engine: Engine) -> None:
    found = ask("", filters=Filters(author="Reimers"))
    assert set(ids(found)) == {"1908.10084", "2104.08663"}
    everything = ask("", k=100)
    dates = [str(result.paper.date or "") for result in everything.results]
    assert len(dates) == min(100, engine.generation.manifest.papers)
    assert dates == sorted(dates, reverse=True)
    votes = [result.paper.votes or 0 for result in ask("", k=100, sort="votes").results]
    assert votes == sorted(votes, reverse=True)


def test_a_literal_query_is_not_read(ask: Ask) -> None:
    found = ask("papers by Nils Reimers", literal=True)
    assert found.read_as == ()
    assert len(found.results) == 10


def test_an_address_brings_its_paper_alone(ask: Ask) -> None:
    for query in ("https://arxiv.org/abs/2106.09685v2", "arXiv:2106.09685", "10.48550/arXiv.2106.09685"):
        assert ids(ask(query)) == ["2106.09685"]


def test_papers_are_meant_by_whatever_people_paste(engine: Engine) -> None:
    for text in (
        "2106.09685",
        " 2106.09685 ",
        "https://huggingface.co/papers/2106.09685",
        "https://www.alphaxiv.org/abs/2106.09685v1",
        "arXiv:2106.09685v2",
        "https://doi.org/10.48550/arXiv.2106.09685",
        "lora",
    ):
        assert engine.paper(text).id == "2106.09685"
        assert engine.similar(text).results[0].paper.id != "2106.09685"
    with pytest.raises(UnknownPaper, match="no paper with the id 'Nothing Of The Kind' in this store"):
        engine.paper("Nothing Of The Kind")


def test_a_name_of_several_papers_lists_them(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [engine.generation.row_of(one) for one in ("2106.09685", "2305.14314")]
    monkeypatch.setattr(type(engine.generation), "named", lambda _, name: np.array(rows))
    with pytest.raises(QueryError, match=r"'both' names 2 papers: .*2106\.09685 .*; .*2305\.14314 .*; give an id"):
        engine.paper("both")
