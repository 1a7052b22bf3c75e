"""What an archive's words are, counted by paper."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.cache.counts import count_papers, read_counts
from index.cache.database import Cache
from index.cache.papers import PaperCache
from index.cache.vocabulary import Analysis, Vocabulary
from index.paper import Kind, Paper, Section
from index.pipeline.lexicon import Lexicon
from index.sources.corpus import SourceEntry
from index.words.bm25 import TITLE_WEIGHT
from index.words.lexical import ATTACHED, Morpheme

WORDS: Analysis = {
    "검색기를": (Morpheme("검색", 0, 2), Morpheme("", 2, 3), Morpheme("", 3, 4)),
    "검색": (Morpheme("검색", 0, 2),),
    "모델": (Morpheme("모델", 0, 2),),
    "본다": (Morpheme("보다", 0, 1), Morpheme("", 1, 2)),
    f"{ATTACHED}를": (Morpheme("", 0, 1),),
}
WRITTEN = st.lists(
    st.sampled_from(["검색기를", "검색", "모델", "본다", "BERT를", "models", "Model", "3.5"]), max_size=6
)


def paper(title: str, *texts: str) -> Paper:
    sections = tuple(Section(Kind.SUMMARY, "Summary", text) for text in texts)
    return Paper("id", title, "", None, None, (), (), sections)


def counted(*papers: Paper) -> Lexicon:
    cache = Cache(Path(":memory:"))
    PaperCache(cache).add(papers)
    digests = [SourceEntry.of(one).digest for one in papers]
    vocabulary = Vocabulary(cache, lambda words: {word: WORDS[word] for word in words})
    count_papers(cache, vocabulary, digests)
    return Lexicon(vocabulary, read_counts(cache, digests))


def rows(matrix: Any, lexicon: Lexicon) -> list[dict[str, int]]:
    """Return a sparse matrix as what each row holds of each term."""
    return [{lexicon.terms[i]: int(row[i]) for i in np.flatnonzero(row)} for row in matrix.toarray()]


def test_a_title_counts_as_often_as_its_weight_says() -> None:
    lexicon = counted(paper("검색 BERT", "검색기를 본다. 모델", "모델 3.5"))
    assert rows(lexicon.papers, lexicon) == [
        {"검색": TITLE_WEIGHT + 1, "bert": TITLE_WEIGHT, "보다": 1, "모델": 2, "3.5": 1}
    ]


def test_titles_hold_their_own_terms_alone() -> None:
    lexicon = counted(paper("검색 BERT", "BERT 모델"), paper("모델 모델", "모델", "검색"), paper("3.5", "본다"))
    assert rows(lexicon.titles, lexicon) == [{"검색": 1, "bert": 1}, {"모델": 1}, {"3.5": 1}]


def test_terms_have_columns_in_the_order_in_which_they_are_first_said() -> None:
    assert counted(paper("모델 BERT", "검색기를 모델"), paper("3.5 검색")).terms == ["모델", "bert", "검색", "3.5"]


def test_a_term_is_spelled_as_it_is_written_most_often() -> None:
    lexicon = counted(paper("Models", "models models MODEL model"))
    assert lexicon.spellings()[lexicon.terms.index("model")] == "models"


def test_equally_frequent_spellings_are_told_apart_the_same_way_whatever_came_first() -> None:
    one, other = counted(paper("BERT", "Bert bert")), counted(paper("bert", "BERT Bert"))
    assert one.spellings() == other.spellings() == ["BERT"]


def test_pieces_are_what_hangul_words_were_read_as_with_their_cost() -> None:
    lexicon = counted(paper("검색", "검색기를 본다 BERT를"))
    found = {surface: (term, cost) for surface, term, cost in lexicon.pieces()}
    assert {surface: term for surface, (term, _) in found.items()} == {
        "검색": "검색",
        "기": "",
        "를": "",
        "본": "보다",
        "다": "",
    }
    assert found["검색"][1] == pytest.approx(math.log(7 / 2))
    assert found["본"][1] == pytest.approx(math.log(7))


def test_an_empty_lexicon_has_nothing() -> None:
    lexicon = counted()
    assert (lexicon.terms, lexicon.papers.shape, list(lexicon.pieces())) == ([], (0, 0), [])


def test_a_word_that_was_not_analysed_is_an_error() -> None:
    with pytest.raises(KeyError):
        counted(paper("몰라"))


@settings(deadline=None)
@given(st.lists(st.tuples(WRITTEN, WRITTEN, WRITTEN), max_size=5))
def test_the_counts_of_a_paper_are_those_of_its_parts(parts: list[tuple[list[str], ...]]) -> None:
    papers = [paper(" ".join(title), " ".join(one), " ".join(other)) for title, one, other in parts]
    lexicon = counted(*papers)
    found = rows(lexicon.papers, lexicon)
    assert len(found) == len(papers)
    for one, counts in zip(papers, found, strict=True):
        title, *bodies = ([*rows(alone.papers, alone)] for alone in map(counted, _alone(one)))
        expected = Counter(title[0])
        for body in bodies:
            expected.update({term: count // TITLE_WEIGHT for term, count in body[0].items()})
        assert counts == expected
    assert lexicon.papers.shape == (len(papers), len(lexicon.terms))


def _alone(whole: Paper) -> list[Paper]:
    """Return the title and each section as the title of a paper without sections."""
    return [paper(whole.title), *(paper(section.text) for section in whole.sections)]
