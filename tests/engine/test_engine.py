"""Questions to the summaries that ship with the repository, and what comes back."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from index.encoding.encoder import Encoder
from index.errors import QueryError, StoreError
from index.paper import Kind
from search.answers import Answer, Filters, Sort
from search.browse.listing import newest
from search.browse.stats import iso_day, stats
from search.engine import Engine
from search.query.bounds import MAX_OFFSET, MAX_RESULTS
from search.ranking.fusion import RECENCY_SHARE
from tests.support.fakes import LetterEncoder

LORA, QLORA, RAG, TRANSFORMER = "2106.09685", "2305.14314", "2005.11401", "1706.03762"
KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
ENGLISH = "image generation by removing noise"

QUESTIONS = [
    ("큰 모델을 적은 메모리로 미세 조정하는 방법", LORA),
    (KOREAN, RAG),
    ("새로운 과제를 배우면 예전 것을 잊는 문제", "1612.00796"),
    (ENGLISH, "2006.11239"),
    ("let a language model call a calculator or a search engine", "2302.04761"),
    ("지식 증류", "1503.02531"),
    ("대규모 벡터에서 가까운 이웃을 빨리 찾는 방법", "1603.09320"),
    ("답을 단계별로 추론하게 하는 프롬프트", "2201.11903"),
    ("GPU 메모리 입출력을 줄인 어텐션", "2205.14135"),
    ("learning without forgetting earlier tasks", "1612.00796"),
    ("privacy guarantees while training a network", "1607.00133"),
]
OFF_SUBJECT = [
    "asdf qwer zxcv",
    "preheat the oven to 180 degrees and bake the cake for forty minutes",
    "whisk the eggs with sugar and melted butter",
    "football results of last night",
    "김치찌개를 맛있게 끓이는 방법",
    "돼지고기를 볶고 물을 부어 끓인다",
    "비가 오는 날 우산을 챙기세요",
]


def ids(answer: Answer) -> list[str]:
    return [result.paper.id for result in answer.results]


def assert_sums(answer: Answer) -> None:
    assert answer.results
    for result in answer.results:
        assert result.score == pytest.approx(sum(result.parts.values()), abs=1e-5)


@pytest.mark.parametrize(("query", "paper"), QUESTIONS)
def test_a_question_in_either_language_finds_its_paper_first(engine: Engine, query: str, paper: str) -> None:
    assert ids(engine.search(query))[0] == paper


@pytest.mark.parametrize(
    ("query", "papers"),
    [
        ("개인정보를 지키는 학습", {"1602.05629"}),
        ("fast nearest neighbour search over vectors", {"1603.09320", "1702.08734"}),
        ("draw boxes around things in photos", {"1506.02640"}),
    ],
)
def test_a_question_finds_its_papers_among_the_first_three(engine: Engine, query: str, papers: set[str]) -> None:
    assert papers <= set(ids(engine.search(query))[:3])


@pytest.mark.parametrize(
    ("query", "paper"),
    [
        ("learning without forgetting earlier tasks", "1612.00796"),
        ("fast nearest neighbour search over vectors", "1603.09320"),
    ],
)
def test_an_english_question_finds_a_korean_summary(engine: Engine, query: str, paper: str) -> None:
    assert is_korean(engine.paper(paper).sections[0].text)
    assert paper in ids(engine.search(query))[:3]


@pytest.mark.parametrize("query", [KOREAN, ENGLISH, "LoRA", f"{LORA} low rank", '"language models"', "zzz"])
@pytest.mark.parametrize("half_life", [None, 365.0])
def test_a_score_is_the_sum_of_its_parts(engine: Engine, query: str, half_life: float | None) -> None:
    found = engine.search(query, 66, half_life=half_life)
    assert_sums(found)
    assert all(one.score >= other.score for one, other in pairwise(found.results))
    assert all(("recency" in result.parts) == (half_life is not None) for result in found.results)


def test_a_score_of_likeness_is_the_sum_of_its_parts(engine: Engine) -> None:
    assert_sums(engine.similar([LORA, RAG], 60, unlike=[QLORA], text=ENGLISH))
    assert_sums(engine.similar(LORA, 60, aspect=Kind.WHATS_NEW))


@pytest.mark.parametrize("query", [KOREAN, ENGLISH, "LoRA"])
def test_the_same_question_has_the_same_answer(engine: Engine, query: str) -> None:
    first, second = (engine.search(query, 66, half_life=900) for _ in range(2))
    assert first.results == second.results


@pytest.mark.parametrize("query", [KOREAN, ENGLISH, "LoRA", "zzz"])
@pytest.mark.parametrize("sort", ["relevance", "date", "votes"])
def test_pages_do_not_overlap_and_make_up_the_whole(engine: Engine, query: str, sort: Sort) -> None:
    whole = engine.search(query, 66, sort=sort).results
    pages = [engine.search(query, 10, offset, sort=sort).results for offset in range(0, 70, 10)]
    assert tuple(result for page in pages for result in page) == whole
    assert len({result.paper.id for result in whole}) == len(whole) == 66


@pytest.mark.parametrize("query", [KOREAN, ENGLISH, "zzz 뷁궤", "LoRA"])
@pytest.mark.parametrize(
    "filters",
    [
        Filters(date_from="2020", date_to="2020"),
        Filters(author="Kaiming He"),
        Filters(section=Kind.PERFORMANCE),
        Filters(date_from="2023-06", section=Kind.WHATS_NEW),
        Filters(min_votes=1),
    ],
)
def test_a_page_is_full_wherever_enough_papers_pass(engine: Engine, query: str, filters: Filters) -> None:
    passing = ids(engine.search("deep learning", 100, filters=filters))
    assert 0 < len(passing) < 66
    for k in (1, len(passing) - 1, len(passing)):
        assert len(engine.search(query, max(k, 1), filters=filters).results) == max(k, 1)
    assert sorted(ids(engine.search(query, 100, filters=filters))) == sorted(passing)
    assert sorted(ids(engine.search(query, 100, filters=filters, half_life=30))) == sorted(passing)


@pytest.mark.parametrize("query", [KOREAN, "지식증류", '"지식 증류" 모델', "저자:Goodfellow 생성"])
def test_decomposed_hangul_gets_the_same_answer(engine: Engine, query: str) -> None:
    decomposed = unicodedata.normalize("NFD", query)
    assert decomposed != query
    one, other = engine.search(query), engine.search(decomposed)
    assert one.results == other.results
    assert one.also_searched == other.also_searched
    assert one.warnings == other.warnings
    assert one.confident == other.confident


def test_decomposed_hangul_marks_the_same_passages(engine: Engine) -> None:
    assert engine.matches(unicodedata.normalize("NFD", KOREAN), RAG) == engine.matches(KOREAN, RAG)


@pytest.mark.parametrize("query", [query for query, _ in QUESTIONS])
def test_a_question_on_the_subject_is_answered_with_confidence(engine: Engine, query: str) -> None:
    assert engine.search(query).confident


@pytest.mark.parametrize("query", OFF_SUBJECT)
def test_a_question_off_the_subject_is_not(engine: Engine, query: str) -> None:
    answer = engine.search(query)
    assert not answer.confident
    assert answer.results


@pytest.mark.parametrize("query", [LORA, "Attention Is All You Need", "LoRA", 'author:"Kaiming He"', "저자:Goodfellow"])
def test_papers_that_are_named_are_found_with_confidence(engine: Engine, query: str) -> None:
    assert engine.search(query).confident


def test_an_author_does_not_make_a_question_one_on_the_subject(engine: Engine) -> None:
    assert not engine.search("author:Goodfellow asdf qwer zxcv").confident
    assert not engine.search("author:Nobodyknows").confident


@pytest.mark.parametrize("query", ["대조 학습", "contrastive learning"])
def test_what_was_also_searched_is_in_the_other_language(engine: Engine, query: str) -> None:
    found = engine.search(query).also_searched
    assert found
    for one in found:
        assert is_korean(one.term) != is_korean(one.other)
        assert 0 < one.weight <= 1
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)


def is_korean(text: str) -> bool:
    return any("가" <= c <= "힣" for c in text)


def test_a_phrase_and_its_translation_are_named_both_ways(engine: Engine) -> None:
    korean, english = (engine.search(query).also_searched[0] for query in ("대조 학습", "contrastive learning"))
    assert (korean.term, korean.other.lower()) == ("대조 학습", "contrastive learning")
    assert (english.term.lower(), english.other) == ("contrastive learning", "대조 학습")


@pytest.mark.parametrize("query", ["asdf qwer zxcv", "대조 학습 contrastive learning", "?"])
def test_nothing_is_said_to_be_searched_where_nothing_was_added(engine: Engine, query: str) -> None:
    shown = {(one.term, one.other.lower()) for one in engine.search(query).also_searched}
    assert ("대조 학습", "contrastive learning") not in shown
    assert shown == set() or "대조" in query


def test_a_query_that_is_too_long_for_the_model_says_so_and_is_answered(engine: Engine) -> None:
    fits, too_long = engine.search("attention " * 400), engine.search("attention " * 600)
    assert fits.warnings == ()
    (warning,) = too_long.warnings
    assert warning == "the query is longer than the model reads: only its first 512 tokens count for meaning"
    assert TRANSFORMER in ids(too_long)[:3]


def test_results_are_ordered_by_date_newest_first(engine: Engine) -> None:
    found = engine.search("attention", 66, sort="date").results
    dates = [result.paper.date or "" for result in found]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == "2024-02-08"


def test_results_are_ordered_by_votes_and_unknown_ones_come_last_by_relevance(engine: Engine) -> None:
    found = engine.search(KOREAN, 66, sort="votes").results
    assert [(result.paper.id, result.paper.votes) for result in found[:2]] == [(TRANSFORMER, 3), (RAG, 2)]
    assert all(result.paper.votes is None for result in found[2:])
    by_relevance = [paper for paper in ids(engine.search(KOREAN, 66)) if paper not in (TRANSFORMER, RAG)]
    assert [result.paper.id for result in found[2:]] == by_relevance


def test_a_half_life_lets_newer_papers_gain(engine: Engine) -> None:
    found = engine.search("language model", 66, half_life=365).results
    newest = max(found, key=lambda result: result.paper.date or "")
    assert newest.parts["recency"] == pytest.approx(RECENCY_SHARE)
    by_date = sorted(found, key=lambda result: result.paper.date or "")
    assert all(one.parts["recency"] <= other.parts["recency"] for one, other in pairwise(by_date))
    plain = {result.paper.id: result.score for result in engine.search("language model", 66).results}
    for result in found:
        assert result.score == pytest.approx(plain[result.paper.id] + result.parts["recency"], abs=1e-5)


def test_a_half_life_that_is_none_is_refused_before_anything_is_ranked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engine.find", lambda *_: pytest.fail("it was ranked"))
    with pytest.raises(QueryError, match="half-life"):
        engine.search("attention", half_life=-1)


@pytest.mark.parametrize("half_life", [0, -1.0, float("nan"), float("inf")])
def test_a_half_life_that_is_none_is_refused(engine: Engine, half_life: float) -> None:
    with pytest.raises(QueryError, match=r"half-life is .* days; it must be a number above 0"):
        engine.search("attention", half_life=half_life)


@pytest.mark.parametrize(
    ("query", "paper"),
    [
        (LORA, LORA),
        ("https://arxiv.org/abs/2106.09685v2", LORA),
        ("LoRA", LORA),
        ("qlora", QLORA),
        ("BEIR", "2104.08663"),
        ("retrieval-augmented generation for knowledge-intensive nlp tasks", RAG),
        ("Attention is all you need", TRANSFORMER),
    ],
)
def test_a_paper_that_is_named_comes_first(engine: Engine, query: str, paper: str) -> None:
    assert ids(engine.search(query))[0] == paper
    assert engine.ranked_ids(query, 1) == [paper]


def test_every_title_typed_in_full_finds_its_paper_first(engine: Engine) -> None:
    for row in range(engine.generation.manifest.papers):
        paper = engine.generation.paper(row)
        assert engine.ranked_ids(paper.title, 1) == [paper.id]


def test_a_quoted_phrase_leaves_only_papers_that_hold_it(engine: Engine) -> None:
    found = ids(engine.search('"catastrophic forgetting" in networks', 66))
    assert found == ["1612.00796"]


def test_a_phrase_that_no_paper_holds_is_said_and_its_words_are_searched_for(engine: Engine) -> None:
    found = engine.search('"nothing at all here"', 66)
    assert len(found.results) == 66
    assert found.warnings == (
        'the phrase "nothing at all here" was found in no paper; its words were searched for instead',
    )


def test_an_author_clause_leaves_only_papers_by_that_author(engine: Engine) -> None:
    found = engine.search('author:"Kaiming He" residual image recognition', 66)
    assert ids(found)[0] == "1512.03385"
    assert len(found.results) == 3
    assert all("Kaiming He" in result.paper.authors for result in found.results)
    assert ids(engine.search("author:Nobodyknows")) == []


def test_clauses_and_filters_hold_together(engine: Engine) -> None:
    found = ids(engine.search('author:"Kaiming He"', 66, filters=Filters(date_from="2017", date_to="2017")))
    assert found == ["1703.06870"]
    assert ids(engine.search(LORA, 66, filters=Filters(date_to="2020")))[:1] != [LORA]


def test_a_mistyped_query_is_answered_as_it_was_meant(engine: Engine) -> None:
    meant, typed = engine.search("지식 증류"), engine.search("wltlr wmdfb")
    assert typed.results == meant.results
    assert typed.warnings == ("'wltlr wmdfb' was read as '지식 증류'",)


@pytest.mark.parametrize("query", ["", " ", "\n\t\u3000"])
def test_an_empty_query_lists_the_newest_papers(engine: Engine, query: str) -> None:
    assert ids(engine.search(query, 7)) == [paper.id for paper in newest(engine, 7, 0, Filters())]


@pytest.mark.parametrize(("k", "offset"), [(0, 0), (MAX_RESULTS + 1, 0), (10, -1), (10, MAX_OFFSET + 1)])
def test_a_page_outside_of_what_is_answered_is_refused(engine: Engine, k: int, offset: int) -> None:
    with pytest.raises(QueryError, match="must be between"):
        engine.search("attention", k, offset)


@pytest.mark.parametrize("query", ["?", "\u0000", "' OR 1=1 --", "😀", '"', "(((", "a" * 5000, "𠀀", "\u202e검색"])
def test_any_query_that_is_not_empty_is_answered(engine: Engine, query: str) -> None:
    answer = engine.search(query, 5)
    assert len(answer.results) == 5
    assert_sums(answer)


def test_an_answer_says_where_it_comes_from(engine: Engine) -> None:
    answer = engine.search(ENGLISH)
    assert answer.query == ENGLISH
    assert answer.generation == engine.generation.name == stats(engine.generation).generation
    assert answer.took_ms > 0


def test_a_result_shows_its_paper_without_the_sections_twice(engine: Engine) -> None:
    result = engine.search(ENGLISH).results[0]
    whole = engine.paper(result.paper.id)
    assert result.paper == whole.head()
    assert sorted(section.text for section in result.sections) == sorted(section.text for section in whole.sections)


def test_ids_alone_come_in_the_order_of_the_results(engine: Engine) -> None:
    for query in (KOREAN, ENGLISH, "LoRA"):
        assert engine.ranked_ids(query, 20) == ids(engine.search(query, 20))
    assert engine.similar_ids(LORA, 20) == ids(engine.similar(LORA, 20))


def test_the_store_says_what_it_holds(engine: Engine) -> None:
    found = stats(engine.generation)
    assert (found.papers, found.first_date, found.last_date) == (66, "2013-01-16", "2024-02-08")
    assert found.doubtful == 0
    assert found.bytes == sum(path.stat().st_size for path in data_files(engine.generation.folder))
    assert iso_day(9991231) == "0999-12-31"


def data_files(folder: Path) -> Sequence[Path]:
    return [path for path in folder.iterdir() if path.name != "manifest.json"]


def test_a_store_is_opened_with_the_encoder_that_it_was_built_with(example_store: Path, encoder: Encoder) -> None:
    with pytest.raises(StoreError, match="built with another encoder"):
        Engine.open(example_store, LetterEncoder())
    opened = Engine.open(example_store, encoder)
    assert ids(opened.search("LoRA"))[0] == LORA
    opened.generation.close()
