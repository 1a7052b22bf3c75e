"""What lies around a paper, the newest days, what letters may become, and topics."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from index.errors import UnknownPaper
from index.store.generation import Generation
from index.store.map_points import MapPoints, Region
from search.browse.around import EACH_WAY, NEAREST, around, links
from search.browse.days import BEST, newest_days
from search.browse.suggest import suggested
from search.browse.topics import topic_numbers, topics
from search.engine import Engine

TOOLFORMER = "2302.04761"


def test_what_lies_around_a_paper_is_like_it_and_in_order_of_time(engine: Engine) -> None:
    found = around(engine, TOOLFORMER)
    assert [one.paper.id for one in found.near] == engine.similar_ids(TOOLFORMER, NEAREST)
    day = engine.paper(TOOLFORMER).date or ""
    earlier, later = ([one.date or "" for one in some] for some in (found.earlier, found.later))
    assert earlier == sorted(earlier)
    assert later == sorted(later)
    assert max(earlier) < day < min(later)
    assert max(len(earlier), len(later)) <= EACH_WAY
    assert all(0 <= one.one < one.other <= NEAREST for one in found.links)
    with pytest.raises(UnknownPaper):
        around(engine, "0000.00000")


def test_each_paper_is_linked_to_those_that_it_is_most_like_once() -> None:
    alike = np.array([[1, 0.9, 0.1, 0.5], [0.9, 1, 0.2, 0.3], [0.1, 0.2, 1, 0.8], [0.5, 0.3, 0.8, 1]], np.float32)
    assert [(one.one, one.other) for one in links(alike)] == [(0, 1), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_the_newest_days_hold_all_their_papers_and_the_most_voted_first(engine: Engine) -> None:
    days = newest_days(engine, 3).days
    papers = [engine.generation.paper(row) for row in range(engine.generation.manifest.papers)]
    assert [one.day for one in days] == sorted({paper.date for paper in papers if paper.date}, reverse=True)[:3]
    for one in days:
        of_day = [paper for paper in papers if paper.date == one.day]
        votes = sorted((paper.votes or 0 for paper in of_day), reverse=True)[:BEST]
        assert one.papers == len(of_day)
        assert [best.paper.votes or 0 for best in one.best] == votes


def test_letters_become_titles_and_authors(engine: Engine) -> None:
    generation = engine.generation
    assert suggested(generation, "toolf").papers[0].id == TOOLFORMER
    assert TOOLFORMER in [one.id for one in suggested(generation, "language models can teach").papers]
    assert "Timo Schick" in suggested(generation, "schi").authors
    assert suggested(generation, "timo schi").authors == ("Timo Schick",)
    nothing = suggested(generation, "t")
    assert not any((nothing.papers, nothing.authors, nothing.topics))


def test_a_paper_has_the_topic_that_is_nearest_on_the_map_unless_none_is_near() -> None:
    points = np.array([[0.12, 0.1], [0.9, 0.88], [0.5, 0.5]], np.float32)
    regions = (Region("Video Editing", 0.1, 0.1, 5), Region("Web Agents", 0.9, 0.9, 5))
    generation = cast("Generation", SimpleNamespace(map_points=MapPoints(points, "pca", regions)))
    assert topic_numbers(np.arange(3), generation).tolist() == [0, 1, -1]


def test_topics_are_in_both_languages(engine: Engine) -> None:
    for topic, region in zip(topics(engine.generation), engine.generation.map_points.regions, strict=True):
        assert region.word in (topic.ko, topic.en)
