"""What trees add to the best papers of a query, over the summaries that ship with the repository."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from index.encoding.encoder import Encoder
from index.words.lexical import terms
from search.engine import Engine
from search.query.bounds import POOL
from search.query.question import Question, question, word_analysis
from search.ranking import hybrid, learned
from search.ranking.features import COLUMNS, PARTS, Evidence, features
from search.ranking.fusion import RECIPE, Ranked
from search.ranking.hybrid import EVERYTHING, NOTHING_PINNED, find, looked_at, nearest
from search.ranking.learned import FUSED, improved, observed, trees, wording

KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
ENGLISH = "image generation by removing noise"
PLAIN = replace(RECIPE, learned=False)
MAY_HURT = {"agreement", "rarest", "recalled", "sections_standing"}


def asked(text: str, engine: Engine, encoder: Encoder) -> Question:
    generation = engine.generation
    return question(text, encoder.encode_query(text).vector, generation, word_analysis(generation))


def seen(one: Question, engine: Engine) -> tuple[Ranked, Evidence]:
    generation = engine.generation
    _, _, dense = nearest(one.vector, generation, EVERYTHING)
    pool = looked_at(one, dense, generation, RECIPE, EVERYTHING, NOTHING_PINNED)
    ranked = pool.fused(RECIPE.shares)
    return ranked, observed(ranked, pool, one, generation)


@pytest.mark.parametrize("text", [KOREAN, ENGLISH])
def test_a_paper_gains_what_the_trees_say_of_its_parts(text: str, engine: Engine, encoder: Encoder) -> None:
    ranked, found = seen(asked(text, engine, encoder), engine)
    after = improved(ranked, found, RECIPE.shares, trees())
    said = trees().contributions(features(found))
    gained = np.zeros((len(ranked.rows), len(PARTS)), np.float32)
    gained[: len(said)] = said - said.min(axis=0)
    place = {int(row): i for i, row in enumerate(ranked.rows)}
    before = np.array([place[int(row)] for row in after.rows])
    for number, name in enumerate(PARTS):
        expected = FUSED * ranked.parts[name][before] + (1 - FUSED) * gained[before, number] / gained.sum(axis=1).max()
        assert after.parts[name] == pytest.approx(expected, abs=1e-5)
    assert after.scores == pytest.approx(sum(after.parts.values()), abs=1e-6)
    assert list(after.rows[: len(said)]) != list(ranked.rows[: len(said)])


def test_papers_that_are_not_looked_at_stay_behind_as_they_were(
    engine: Engine, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = asked(ENGLISH, engine, encoder)
    monkeypatch.setattr(hybrid, "POOL", 20)
    plain = find(one, engine.generation, PLAIN).ranked.rows
    monkeypatch.setattr(learned, "LOOKED_AT", 5)
    found = find(one, engine.generation, RECIPE).ranked
    assert set(found.rows[:5]) == set(plain[:5])
    assert list(found.rows[5:]) == list(plain[5:])
    assert (np.diff(found.scores) <= 0).all()


def test_trees_have_no_say_where_a_pool_holds_the_whole_archive(engine: Engine, encoder: Encoder) -> None:
    one = asked(KOREAN, engine, encoder)
    plain, found = (find(one, engine.generation, recipe).ranked for recipe in (PLAIN, RECIPE))
    assert engine.generation.manifest.papers <= POOL
    assert (list(found.rows), list(found.scores)) == (list(plain.rows), list(plain.scores))


def test_nothing_that_is_nearer_to_a_query_is_worth_less_for_it(engine: Engine, encoder: Encoder) -> None:
    rows = features(seen(asked(KOREAN, engine, encoder), engine)[1])
    before = trees().contributions(rows).sum(axis=1)
    for column in (i for i, name in enumerate(COLUMNS) if name not in MAY_HURT):
        for step in (0.05, 0.5, 5.0):
            raised = rows.copy()
            raised[:, column] += step
            assert (trees().contributions(raised).sum(axis=1) >= before - 1e-5).all(), COLUMNS[column]


def test_a_part_without_a_share_gains_nothing(engine: Engine, encoder: Encoder) -> None:
    ranked, found = seen(asked(ENGLISH, engine, encoder), engine)
    after = improved(ranked, found, {**RECIPE.shares, "title": 0.0}, trees())
    place = {int(row): i for i, row in enumerate(ranked.rows)}
    before = np.array([place[int(row)] for row in after.rows])
    assert after.parts["title"] == pytest.approx(FUSED * ranked.parts["title"][before], abs=1e-6)


def test_coverage_is_the_share_of_the_terms_weight_that_a_paper_holds(engine: Engine) -> None:
    generation, rows = engine.generation, np.arange(engine.generation.manifest.papers)
    analyze = word_analysis(generation)
    words = {"diffusion": 1.0, "model": 0.5, "zzzz": 1.0}
    stems = {terms(word, analyze)[0]: weight for word, weight in words.items()}
    found = wording(stems, rows, generation)
    idf = {stem: p.idf * stems[stem] for stem in stems if (p := generation.posting(stem)) is not None}
    assert len(idf) == 2
    for row in rows.tolist():
        paper = generation.paper(row)
        held = set(terms(" ".join([paper.title, *(s.text for s in paper.sections)]), analyze))
        expected = sum(weight for stem, weight in idf.items() if stem in held) / sum(idf.values())
        assert found.coverage()[row] == pytest.approx(expected, abs=1e-5)


def test_features_are_numbers_whatever_a_query_says(engine: Engine, encoder: Encoder) -> None:
    nothing = replace(asked(ENGLISH, engine, encoder), terms=(), entries=())
    for one in (asked(KOREAN, engine, encoder), asked("zzz 뷁궤", engine, encoder), nothing):
        table = features(seen(one, engine)[1])
        assert table.shape[1] == len(COLUMNS)
        assert np.isfinite(table).all()
