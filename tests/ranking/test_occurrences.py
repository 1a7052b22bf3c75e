"""Where a question's terms stand."""

from __future__ import annotations

from index.store.generation import Generation
from index.words.lexical import Morpheme, tokenize
from search.engine import Engine
from search.query.question import word_analysis
from search.ranking.occurrences import occurrences, remembered_parts


def test_the_tokens_are_those_of_tokenize_that_were_asked_for(engine: Engine) -> None:
    generation: Generation = engine.generation
    analyze = word_analysis(generation)
    parts = remembered_parts(analyze)
    texts = [s.text for row in range(generation.manifest.papers) for s in generation.paper(row).sections]
    every = {token.term for text in texts for token in tokenize(text, analyze)}
    for wanted in ({"모델", "languag", "model", "attent", "flashattent"}, set(sorted(every)[::7]), every, set()):
        for text in texts[::5]:
            expected = [token for token in tokenize(text, analyze) if token.term in wanted]
            assert occurrences(text, wanted, parts) == expected


def test_a_word_is_analysed_once_however_often_and_for_whatever_it_is_looked_at() -> None:
    seen: list[str] = []

    def analyze(word: str) -> tuple[Morpheme, ...]:
        seen.append(word)
        return (Morpheme("말", 0, 1), Morpheme("", 1, len(word)))

    parts = remembered_parts(analyze)
    for terms in ({"말"}, {"글"}):
        found = occurrences("말이 말이 많다. 말이", terms, parts)
        assert len(found) == (4 if "말" in terms else 0)
    assert seen == ["말이", "많다"]
