"""One question against one generation, over the summaries that ship with the repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from index.arrays import Mask
from index.encoding.encoder import Encoder
from index.paper import Kind
from index.store.layout import KINDS
from search.answers import Answer
from search.engine import Engine
from search.query.bounds import POOL
from search.query.exact import SHORT_NAME, WHOLE_NAME, Pinned
from search.query.filters import Allowed
from search.query.question import Question, question, word_analysis
from search.ranking import hybrid
from search.ranking.fusion import DOUBT, RECIPE, SHARES
from search.ranking.hybrid import Found, find

KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
ENGLISH = "image generation by removing noise"
NONSENSE = "zzz 뷁궤"


def asked(text: str, engine: Engine, encoder: Encoder) -> Question:
    generation = engine.generation
    return question(text, encoder.encode_query(text).vector, generation, word_analysis(generation))


def pins(**worth: float) -> Pinned:
    rows = sorted(int(row.removeprefix("row")) for row in worth)
    return Pinned(np.array(rows, np.int64), np.array([worth[f"row{row}"] for row in rows], np.float32))


def total(found: Found) -> list[float]:
    return [float(sum(part[i] for part in found.ranked.parts.values())) for i in range(len(found.ranked.rows))]


@pytest.mark.parametrize("text", [KOREAN, ENGLISH, NONSENSE])
def test_every_paper_is_ranked_once_by_the_sum_of_its_parts(engine: Engine, encoder: Encoder, text: str) -> None:
    found = find(asked(text, engine, encoder), engine.generation, RECIPE)
    assert sorted(found.ranked.rows) == list(range(engine.generation.manifest.papers))
    assert set(found.ranked.parts) == {*SHARES, "exact"}
    assert found.ranked.scores == pytest.approx(total(found), abs=1e-5)
    assert (np.diff(found.ranked.scores) <= 0).all()


@pytest.mark.parametrize("ask", [lambda e: e.search(KOREAN), lambda e: e.similar("2106.09685")])
def test_a_doubted_summary_costs_its_paper_a_part(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, ask: Callable[[Engine], Answer]
) -> None:
    first = ask(engine).results[0]
    row = engine.generation.row_of(first.paper.id)
    monkeypatch.setattr(engine.generation, "doubts", lambda rows: rows == row)
    doubted = {result.paper.id: result for result in ask(engine).results}
    assert doubted[first.paper.id].doubtful
    assert doubted[first.paper.id].score == pytest.approx(first.score - DOUBT, abs=1e-5)
    assert sum(result.parts["doubtful"] for result in doubted.values()) == pytest.approx(-DOUBT)


def test_the_nearest_section_is_that_of_the_whole_store_or_of_what_is_allowed(engine: Engine, encoder: Encoder) -> None:
    one, generation = asked(KOREAN, engine, encoder), engine.generation
    rows = np.arange(generation.manifest.sections)
    stored = generation.index.vectors(rows) @ one.vector + generation.layout.lifts(rows, one.vector)
    assert find(one, generation, RECIPE).nearest == pytest.approx(float(stored.max()), abs=1e-5)
    allowed = np.arange(generation.manifest.papers) % 5 == 0
    within = stored[allowed[generation.layout.section_papers]]
    assert find(one, generation, RECIPE, Allowed(allowed)).nearest == pytest.approx(float(within.max()), abs=1e-5)


def test_only_allowed_papers_are_ranked_and_all_of_them(engine: Engine, encoder: Encoder) -> None:
    allowed: Mask = np.arange(engine.generation.manifest.papers) % 3 == 1
    for text in (KOREAN, NONSENSE):
        found = find(asked(text, engine, encoder), engine.generation, RECIPE, Allowed(allowed))
        assert sorted(found.ranked.rows) == list(np.flatnonzero(allowed))


def test_nothing_allowed_gives_nothing(engine: Engine, encoder: Encoder) -> None:
    nobody = np.zeros(engine.generation.manifest.papers, np.bool_)
    found = find(asked(KOREAN, engine, encoder), engine.generation, RECIPE, Allowed(nobody))
    assert (len(found.ranked.rows), found.nearest) == (0, -np.inf)


def test_only_sentences_of_a_wanted_kind_speak_for_a_paper(engine: Engine, encoder: Encoder) -> None:
    one, generation = asked(ENGLISH, engine, encoder), engine.generation
    wanted = Kind.PERFORMANCE
    owners = generation.layout.section_papers[generation.layout.section_kinds == KINDS.index(wanted)]
    allowed = np.isin(np.arange(generation.manifest.papers), owners)
    row = int(np.flatnonzero(allowed)[0])
    sections = np.flatnonzero(generation.layout.section_papers == row)
    similarities = {
        int(i): float((generation.sentence_vectors(int(i)) @ one.vector).max())
        for i in sections
        if generation.layout.section_kinds[i] == KINDS.index(wanted)
    }
    best = generation.best_sentences(np.array([row]), one.vector, wanted)
    language = generation.layout.section_languages[next(iter(similarities))]
    mean = float(generation.layout.sentence_means[language] @ one.vector)
    assert float(best[0]) == pytest.approx(max(similarities.values()) - mean, abs=1e-5)
    found = find(one, generation, RECIPE, Allowed(allowed, wanted))
    assert set(found.ranked.rows) == set(owners)


def test_a_pinned_paper_gains_what_it_is_worth_and_others_nothing(engine: Engine, encoder: Encoder) -> None:
    one, generation = asked(KOREAN, engine, encoder), engine.generation
    plain = find(one, generation, RECIPE).ranked
    last = int(plain.rows[-1])
    pinned = find(one, generation, RECIPE, pins=pins(**{f"row{last}": WHOLE_NAME})).ranked
    assert int(pinned.rows[0]) == last
    assert float(pinned.scores[0]) == pytest.approx(float(plain.scores[-1]) + WHOLE_NAME, abs=1e-5)
    assert list(pinned.rows[1:]) == list(plain.rows[:-1])
    assert not pinned.parts["exact"][1:].any()


def test_a_whole_name_comes_before_a_short_one(engine: Engine, encoder: Encoder) -> None:
    rows = find(asked(KOREAN, engine, encoder), engine.generation, RECIPE).ranked.rows
    one, other = int(rows[-1]), int(rows[-2])
    both = pins(**{f"row{one}": WHOLE_NAME, f"row{other}": SHORT_NAME})
    found = find(asked(KOREAN, engine, encoder), engine.generation, RECIPE, pins=both)
    assert list(found.ranked.rows[:2]) == [one, other]


def test_a_pinned_paper_is_found_outside_of_the_pool_too(
    engine: Engine, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, generation = asked(KOREAN, engine, encoder), engine.generation
    last = int(find(one, generation, RECIPE).ranked.rows[-1])
    monkeypatch.setattr(hybrid, "POOL", 5)
    assert POOL > 5
    small = find(one, generation, RECIPE).ranked.rows
    assert len(small) == 5
    assert last not in small
    pinned = find(one, generation, RECIPE, pins=pins(**{f"row{last}": SHORT_NAME})).ranked.rows
    assert len(pinned) == 6
    assert int(pinned[0]) == last


def test_a_recipe_decides_what_counts(engine: Engine, encoder: Encoder) -> None:
    one, generation = asked(ENGLISH, engine, encoder), engine.generation
    nothing = dict.fromkeys(SHARES, 0.0)
    by_title = find(one, generation, replace(RECIPE, shares={**nothing, "title": 1.0})).ranked
    vectors = generation.title_vectors(np.arange(generation.manifest.papers))
    assert int(by_title.rows[0]) == int(np.argmax(vectors @ one.vector))
    by_terms = find(one, generation, replace(RECIPE, shares={**nothing, "terms": 1.0})).ranked
    assert list(by_terms.rows[:5]) != list(by_title.rows[:5])
