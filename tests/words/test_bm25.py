"""BM25 against the formula written out."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from index.words.bm25 import K1, B, Posting, postings, score

PAPERS = st.lists(
    st.dictionaries(st.sampled_from("abcdef가나"), st.integers(1, 30), max_size=8).map(Counter), min_size=1, max_size=12
)
QUERIES = st.dictionaries(st.sampled_from("abcdef가나z"), st.floats(0.1, 5), max_size=5)


def posting_table(papers: list[Counter[str]]) -> dict[str, Posting]:
    terms = sorted({term for paper in papers for term in paper})
    counts = np.array([[paper[term] for term in terms] for paper in papers], np.float32).reshape(
        len(papers), len(terms)
    )
    return dict(zip(terms, postings(sparse.csr_matrix(counts)), strict=True))


def scores(query: dict[str, float], papers: list[Counter[str]]) -> list[float]:
    found = posting_table(papers)
    return [float(value) for value in score(query, lambda _: found, len(papers))]


def formula(query: dict[str, float], papers: list[Counter[str]], paper: Counter[str]) -> float:
    mean = max(sum(map(Counter.total, papers)) / len(papers), 1.0)
    total = 0.0
    for term, weight in query.items():
        holders = sum(term in other for other in papers)
        idf = math.log(1 + (len(papers) - holders + 0.5) / (holders + 0.5))
        norm = K1 * (1 - B + B * paper.total() / mean)
        total += weight * idf * paper[term] * (K1 + 1) / (paper[term] + norm)
    return total


@given(QUERIES, PAPERS)
def test_every_score_is_the_formula(query: dict[str, float], papers: list[Counter[str]]) -> None:
    assert scores(query, papers) == pytest.approx(
        [formula(query, papers, paper) for paper in papers], rel=1e-4, abs=1e-6
    )


@given(PAPERS)
def test_a_posting_holds_every_paper_of_its_term_once(papers: list[Counter[str]]) -> None:
    for term, posting in posting_table(papers).items():
        assert list(posting.rows) == [row for row, paper in enumerate(papers) if term in paper]
        assert posting.rows.dtype == np.int32
        assert posting.weights.dtype == np.float32
        assert (posting.weights > 0).all()
        assert posting.idf > 0


def test_a_rare_term_counts_more_than_a_common_one() -> None:
    papers = [Counter({"common": 1, "rare": 1}), Counter({"common": 1, "x": 1}), Counter({"common": 1, "y": 1})]
    found = posting_table(papers)
    assert found["rare"].weights[0] > found["common"].weights[0] > 0


def test_a_longer_paper_gets_less_from_the_same_term() -> None:
    short, long = scores({"a": 1.0}, [Counter({"a": 2}), Counter({"a": 2, "b": 50})])
    assert short > long > 0


def test_an_unknown_term_and_an_empty_query_score_nothing() -> None:
    assert scores({"z": 1.0}, [Counter({"a": 1})]) == [0.0]
    assert scores({}, [Counter({"a": 1})]) == [0.0]


def test_no_terms_give_no_postings() -> None:
    assert posting_table([Counter(), Counter()]) == {}


def test_weights_scale_what_a_term_adds() -> None:
    posting = Posting(np.array([1], np.int32), np.array([2.0], np.float32), 1.0)
    assert list(score({"a": 0.5}, lambda _: {"a": posting}, 3)) == [0.0, 1.0, 0.0]
