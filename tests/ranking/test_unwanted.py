"""What a query leaves out goes down, over the summaries that ship with the repository."""

from __future__ import annotations

import numpy as np
import pytest

from search.engine import Engine
from search.query.question import question, word_analysis
from search.ranking.unwanted import aboutness


def about(what: str, engine: Engine) -> dict[str, float]:
    generation = engine.generation
    nowhere = np.zeros(generation.index.dimensions, np.float32)
    rows = np.arange(generation.manifest.papers)
    found = aboutness([question(what, nowhere, generation, word_analysis(generation))], rows, generation)
    return {generation.paper(row).id: float(found[row]) for row in rows.tolist()}


def test_a_paper_is_about_its_own_name_and_not_about_what_it_mentions(engine: Engine) -> None:
    found = about("BERT", engine)
    assert found["1810.04805"] > 0.9
    assert 0 < sum(value > 0 for value in found.values()) < len(found) / 4
    mentioning = [
        paper.id
        for paper in engine.generation.papers()
        if "bert" not in paper.title.lower() and " ".join(s.text for s in paper.sections).lower().count("bert") == 1
    ]
    assert mentioning
    assert all(found[one] < 0.35 for one in mentioning)


def test_what_no_paper_says_is_what_none_is_about(engine: Engine) -> None:
    assert set(about("zzzqqq", engine).values()) == {0.0}


@pytest.mark.parametrize(("topic", "what"), [("fine-tuning large models", "LoRA"), ("미세 조정", "LoRA")])
def test_a_paper_about_what_is_left_out_falls_behind_others(engine: Engine, topic: str, what: str) -> None:
    for query in (f"{topic} other than {what}", f"{what} 말고 {topic}"):
        plain, found = (engine.search(one, 100) for one in (topic, query))
        places = [[r.paper.id for r in answer.results].index("2106.09685") for answer in (plain, found)]
        assert places[1] > places[0]
        assert all(r.parts["without"] <= 0 for r in found.results)
        assert all("without" not in r.parts for r in plain.results)


def test_a_list_puts_what_is_left_out_last(engine: Engine) -> None:
    found = [r.paper.id for r in engine.search("2021년 논문, LoRA 말고", 100).results]
    assert found[-1] == "2106.09685"
    assert len(found) == len(engine.search("2021년 논문", 100).results) > 2
