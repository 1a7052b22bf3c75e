"""What a query names exactly, over the summaries that ship with the repository."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.arrays import Mask
from index.store.generation import Generation
from index.words.lexical import STOP_WORDS, WordAnalysis
from index.words.names import names, plain
from search.engine import Engine
from search.query.exact import (
    MAX_CLAUSES,
    SHORT_NAME,
    WHOLE_NAME,
    Restriction,
    holding,
    named_rows,
    pinned,
    restrict,
)
from search.query.question import word_analysis
from search.query.reading import read
from search.query.request import Request
from search.stages import Stages, Stopped
from tests.support.knowing import Knows


@pytest.fixture(scope="module")
def generation(engine: Engine) -> Generation:
    return engine.generation


@pytest.fixture(scope="module")
def analyze(generation: Generation) -> WordAnalysis:
    return word_analysis(generation)


def ids(mask: Mask | None, generation: Generation) -> set[str]:
    assert mask is not None
    return {generation.paper(int(row)).id for row in np.flatnonzero(mask)}


def parse(query: str) -> Request:
    """Return a query as it is read where nobody's name is known."""
    return read(query, Knows(), date(2026, 11, 27))


def taken(query: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the topic, the phrases and the authors of a query."""
    found = parse(query)
    return found.topic, found.phrases, found.authors


def narrowed(query: str, generation: Generation, analyze: WordAnalysis) -> Restriction:
    found = parse(query)
    return restrict(found.phrases, found.authors, generation, analyze)


def pins(query: str, generation: Generation, allowed: Mask | None = None) -> dict[str, float]:
    asked = parse(query)
    found = pinned(asked.topic, asked.ids, generation, allowed)
    return {generation.paper(int(r)).id: float(v) for r, v in zip(found.rows, found.values, strict=True)}


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        ("low rank", ("low rank", (), ())),
        ('"low rank" methods', ("low rank methods", ("low rank",), ())),
        ('“지식 증류”를 쓰는 "작은 모델"', ("지식 증류를 쓰는 작은 모델", ("지식 증류", "작은 모델"), ())),
        ("「지식 증류」", ("지식 증류", ("지식 증류",), ())),
        ("author:Kim", ("", (), ("Kim",))),
        ("LoRA Author: Hu, rank", ("LoRA rank", (), ("Hu",))),
        ('author:"Hyung Won Kim" lora', ("lora", (), ("Hyung Won Kim",))),
        ("저자:김 AUTHOR:“J. Lee”", ("", (), ("김", "J. Lee"))),
        ("coauthor:Kim", ("coauthor:Kim", (), ())),
        ('"author:Kim"', ("author:Kim", ("author:Kim",), ())),
        ("  a \n b ", ("a b", (), ())),
        (unicodedata.normalize("NFD", "검색"), ("검색", (), ())),
    ],
)
def test_a_query_is_taken_apart(query: str, parsed: tuple[str, tuple[str, ...], tuple[str, ...]]) -> None:
    assert taken(query) == parsed


def test_further_phrases_and_authors_than_a_query_may_have_are_read_as_words() -> None:
    parsed = parse(" ".join(f'"phrase {i}" author:kim{i}' for i in range(MAX_CLAUSES + 3)))
    assert parsed.phrases == tuple(f"phrase {i}" for i in range(MAX_CLAUSES))
    assert parsed.authors == tuple(f"kim{i}" for i in range(MAX_CLAUSES))
    for further in range(MAX_CLAUSES, MAX_CLAUSES + 3):
        assert f'"phrase {further}" author:kim{further}' in parsed.topic


def test_looking_for_a_phrase_ends_where_nobody_waits(generation: Generation, analyze: WordAnalysis) -> None:
    stages = Stages()

    def look() -> None:
        stages.stop()
        holding("language model", generation, analyze)

    with pytest.raises(Stopped):
        stages.run(look)


@pytest.mark.parametrize(
    "query",
    ['a "b', 'a" b "', '""', '" "', '"..."', "author:", 'author:""', "author: .", '5" and 6" screens', "「가", '"'],
)
def test_an_incomplete_clause_is_ordinary_text(query: str) -> None:
    assert taken(query) == (" ".join(query.split()), (), ())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("2408.14572", ("2408.14572",)),
        ("2408.14572v2", ("2408.14572",)),
        ("arXiv:2408.14572", ("2408.14572",)),
        ("see https://arxiv.org/abs/2408.14572?x=1 now", ("2408.14572",)),
        ("https://arxiv.org/pdf/2408.14572v3.pdf", ("2408.14572",)),
        ("10.48550/arXiv.2408.14572", ("2408.14572",)),
        ("논문2408.14572와 0704.0001, 2408.14572", ("2408.14572", "0704.0001")),
        ("cs/0112017", ("cs/0112017",)),
        ("https://arxiv.org/abs/hep-th/9901001v1", ("hep-th/9901001",)),
        ("math.GT/0309136", ("math.GT/0309136",)),
        ("12.5 2413.14572 2408.145721 1.2408.14572 and/1999999 3.1415", ()),
    ],
)
def test_arxiv_ids_are_found_anywhere(query: str, found: tuple[str, ...]) -> None:
    assert parse(query).ids == found


@given(st.text(alphabet='ab가 ."“”「」:\n저자author', max_size=40))
def test_text_is_lost_only_to_authors(query: str) -> None:
    parsed = parse(query)
    assert parsed.topic or parsed.authors or not query.strip()
    assert all(" ".join(phrase.split()) in parsed.topic for phrase in parsed.phrases)
    assert all(plain(name) for name in (*parsed.authors, *parsed.phrases))


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("LoRA: Low-Rank Adaptation", {"loralowrankadaptation", "lora"}),
        ("CRAG -- Comprehensive RAG Benchmark", {"cragcomprehensiveragbenchmark", "crag"}),
        ("Mask R-CNN", {"maskrcnn"}),
        ("LoRA+: Better", {"lora+better", "lora+"}),
        ("Deep Nets (BERT)", {"deepnetsbert", "deepnets", "bert"}),
        ("Low Rank (LoRA): A Study", {"lowrankloraastudy", "lowranklora", "lowrank", "lora"}),
        (
            "Nets (an extended version)",
            {"netsanextendedversion"},
        ),
        ("At 3:1 Odds", {"at31odds"}),
        ("C: A Language", {"calanguage"}),
        ("ＢＥＲＴ： 논문", {"bert논문", "bert"}),
        ("?!", set()),
    ],
)
def test_a_paper_goes_by_its_title_its_short_name_and_its_acronym(title: str, found: set[str]) -> None:
    assert names(title) == found


@pytest.mark.parametrize("spelled", ["{}", "  {} ", "{}.", '"{}"'])
def test_every_title_typed_in_full_names_its_paper_first(generation: Generation, spelled: str) -> None:
    for row in range(generation.manifest.papers):
        paper = generation.paper(row)
        for title in (paper.title, paper.title.lower(), paper.title.replace(" ", ""), paper.title.replace("-", " ")):
            found = pins(spelled.format(title), generation)
            assert max(found, key=lambda i: found[i]) == paper.id
            assert found[paper.id] == WHOLE_NAME


@pytest.mark.parametrize(
    ("query", "paper"),
    [
        ("LoRA", "2106.09685"),
        ("lora", "2106.09685"),
        ("QLoRA", "2305.14314"),
        ("wav2vec 2.0", "2006.11477"),
        ("bert", "1810.04805"),
    ],
)
def test_a_short_name_names_its_paper(generation: Generation, query: str, paper: str) -> None:
    assert pins(query, generation) == {paper: SHORT_NAME}


def test_an_id_names_its_paper_in_every_form(generation: Generation) -> None:
    for query in ("2106.09685", "arXiv:2106.09685v2 low rank", "https://arxiv.org/pdf/2106.09685"):
        assert pins(query, generation) == {"2106.09685": WHOLE_NAME}


def test_an_id_that_no_paper_has_is_said(generation: Generation) -> None:
    found = pinned("", ("2106.09685", "2106.99999"), generation, None)
    assert len(found.rows) == 1
    assert found.warnings == ("no paper has the id '2106.99999' in this store",)


def test_a_named_paper_that_a_filter_leaves_out_is_not_pinned(generation: Generation) -> None:
    assert pins("LoRA", generation, np.zeros(generation.manifest.papers, np.bool_)) == {}


@pytest.mark.parametrize("query", ["a", "language", "low-rank adaptation of models", "author:Hu", "!"])
def test_an_ordinary_query_names_nothing(generation: Generation, query: str) -> None:
    assert not len(named_rows(parse(query).topic, generation))
    assert pins(query, generation) == {}


def latin_words(text: str) -> str:
    return " ".join("".join(c if c.isalnum() and not "가" <= c <= "힣" else " " for c in text.lower()).split())


def test_a_latin_phrase_is_found_in_every_paper_that_holds_it_and_no_other(
    generation: Generation, analyze: WordAnalysis
) -> None:
    papers = [generation.paper(row) for row in range(generation.manifest.papers)]
    texts = [" | ".join(latin_words(t) for t in (p.title, *(s.text for s in p.sections))) for p in papers]
    pairs = {pair for p in papers for run in re.findall(r"[A-Za-z -]+", p.title) for pair in pairwise(run.split())}
    asked = [f"{one} {other}" for one, other in sorted(pairs) if not {one.lower(), other.lower()} <= STOP_WORDS]
    assert len(asked) > 200
    for phrase in asked:
        held = {p.id for p, text in zip(papers, texts, strict=True) if f" {latin_words(phrase)} " in f" {text} "}
        assert ids(holding(phrase, generation, analyze), generation) == held


@pytest.mark.parametrize(
    "phrase", ["지식 증류", "LoRA 어댑터", "catastrophic forgetting", "Low rank Matrix", "low-RANK  matrix"]
)
def test_a_phrase_is_found_whatever_its_case_spaces_and_hyphens(
    generation: Generation, analyze: WordAnalysis, phrase: str
) -> None:
    found = ids(holding(phrase, generation, analyze), generation)
    assert found
    for paper_id in found:
        paper = generation.paper(generation.row_of(paper_id))
        texts = [paper.title, *(section.text for section in paper.sections)]
        assert any(
            " ".join(phrase.lower().replace("-", " ").split()) in text.lower().replace("-", " ") for text in texts
        )


def test_a_latin_phrase_is_matched_by_whole_words(generation: Generation, analyze: WordAnalysis) -> None:
    held = {p: ids(holding(p, generation, analyze), generation) for p in ("Language Models", "Language Model")}
    assert "2106.09685" in held["Language Models"]
    assert "2106.09685" not in held["Language Model"]


def test_papers_hold_all_of_several_phrases(generation: Generation, analyze: WordAnalysis) -> None:
    one, other = (ids(holding(p, generation, analyze), generation) for p in ("강화 학습", "파국적 망각"))
    assert other - one == set()
    both = restrict(("강화 학습", "파국적 망각"), (), generation, analyze)
    assert ids(both.papers, generation) == one & other != one
    assert restrict((), (), generation, analyze).papers is None


def test_authors_narrow_to_papers_by_all_of_them(generation: Generation, analyze: WordAnalysis) -> None:
    both = restrict((), ("Nils Reimers", "gurevych"), generation, analyze)
    assert ids(both.papers, generation) == {"1908.10084", "2104.08663"}
    other = restrict((), ("Reimers", "Thakur"), generation, analyze)
    assert ids(other.papers, generation) == {"2104.08663"}


def test_authors_who_wrote_nothing_together_are_taken_one_by_one(generation: Generation, analyze: WordAnalysis) -> None:
    found = restrict((), ("Nils Reimers", "Tim Dettmers"), generation, analyze)
    assert {"2104.08663", "2305.14314"} <= ids(found.papers, generation)
    assert found.warnings == ("no paper is by all of the query's authors; those by any of them are taken",)


def test_phrases_and_authors_restrict_together(generation: Generation, analyze: WordAnalysis) -> None:
    found = narrowed('"BEIR" author:Reimers', generation, analyze)
    assert ids(found.papers, generation) == {"2104.08663"}
    assert found.warnings == ()
    assert narrowed("plain words", generation, analyze).papers is None


def test_a_phrase_that_no_paper_holds_is_left_out_and_said(generation: Generation, analyze: WordAnalysis) -> None:
    found = narrowed('"forgetting catastrophic" author:Hadsell "to be"', generation, analyze)
    assert ids(found.papers, generation) == {"1612.00796"}
    assert found.warnings == (
        'the phrase "forgetting catastrophic" was found in no paper; its words were searched for instead',
        'the phrase "to be" was found in no paper; its words were searched for instead',
    )


def test_an_author_whom_no_paper_names_leaves_nothing_and_is_said(
    generation: Generation, analyze: WordAnalysis
) -> None:
    found = narrowed("author:Nobodyknows lora", generation, analyze)
    assert ids(found.papers, generation) == set()
    assert found.warnings == ('no paper has an author "Nobodyknows"',)


def test_phrases_that_never_meet_leave_nothing_and_it_is_said(generation: Generation, analyze: WordAnalysis) -> None:
    found = narrowed('"catastrophic forgetting" author:Dettmers', generation, analyze)
    assert ids(found.papers, generation) == set()
    assert found.warnings == ("no paper has all of the query's quoted phrases and authors",)
