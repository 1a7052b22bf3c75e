"""What may help where a question finds nothing."""

from __future__ import annotations

import pytest

from search.answers import Suggestion
from search.engine import Engine


@pytest.mark.parametrize(
    ("query", "suggested"),
    [
        ("transfomer zzzz qqqq wwww", Suggestion("spelling", "transfom", "Transformer")),
        ("gurevych blorf wugs quizzle", Suggestion("author", "gurevych", "gurevych")),
        ("뷁궤쀍 쭯뗴", Suggestion("language", "뷁궤쀍", "en")),
        ("asdfasdf qwerqwer", Suggestion("language", "asdfasdf", "ko")),
    ],
)
def test_what_may_help_is_said(engine: Engine, query: str, suggested: Suggestion) -> None:
    found = engine.search(query, literal=True)
    assert not found.confident
    assert suggested in found.suggestions


def test_an_answer_on_the_subject_suggests_nothing(engine: Engine) -> None:
    assert engine.search("지식 증류").suggestions == ()
