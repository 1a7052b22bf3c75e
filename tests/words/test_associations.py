"""Terms of the two languages that stand for each other."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from index.words.associations import LEAST_PAPERS, LEAST_WEIGHT, Association, associations

PAPERS = st.lists(
    st.frozensets(st.sampled_from(["증류", "지식", "검색", "distil", "knowledg", "search", "3.5", "4"])),
    min_size=1,
    max_size=40,
)
SPELLED = {"배우다": "배우", "gpt": "GPT"}


def archive(*groups: tuple[int, str], fillers: int = 60) -> list[frozenset[str]]:
    """Return papers that hold these words so often, among others that hold none of them."""
    found = [frozenset(words.split()) for count, words in groups for _ in range(count)]
    return [*found, *(frozenset({f"filler{i}", f"채움{i}"}) for i in range(fillers))]


def mined(papers: list[frozenset[str]]) -> list[Association]:
    terms = sorted({term for paper in papers for term in paper}, reverse=True)
    held = np.array([[term in paper for term in terms] for paper in papers], np.float32)
    matrix = sparse.csr_matrix(held.reshape(len(papers), len(terms)))
    return list(associations(matrix, terms, [SPELLED.get(term, term) for term in terms]).translations)


def pairs(papers: list[frozenset[str]]) -> dict[tuple[str, str], Association]:
    return {(found.term, found.other): found for found in mined(papers)}


def is_korean(term: str) -> bool:
    return re.search("[가-힣]", term) is not None


def test_words_that_keep_turning_up_together_are_associated_both_ways() -> None:
    found = pairs(archive((8, "증류 distil"), (8, "검색 search")))
    assert ("증류", "distil") in found
    assert ("distil", "증류") in found
    assert found["증류", "distil"].together == 8
    assert found["증류", "distil"].weight == found["distil", "증류"].weight


def test_only_terms_that_choose_each_other_are_associated() -> None:
    found = pairs(archive((8, "증류 distil"), (4, "증류 search"), (6, "검색 search")))
    assert set(found) == {("증류", "distil"), ("distil", "증류"), ("검색", "search"), ("search", "검색")}


def test_what_is_chosen_by_a_term_that_has_a_better_partner_stands_alone() -> None:
    assert ("지식", "distil") not in pairs(archive((8, "증류 distil"), (5, "증류 지식 distil"), (5, "지식")))


def test_syllables_predicates_and_names_in_capitals_have_no_translation() -> None:
    assert pairs(archive((9, "층 layer"))) == {}
    assert pairs(archive((9, "배우다 learn"))) == {}
    assert pairs(archive((9, "모델 gpt"))) == {}
    assert pairs(archive((9, "모델 model"))) != {}


def test_a_pair_that_chance_explains_is_left_out() -> None:
    apart = archive((10, "증류 지식"), (10, "search knowledg"), (1, "증류 search"))
    assert ("증류", "search") not in pairs(apart)


def test_terms_of_one_language_are_not_associated() -> None:
    assert pairs(archive((9, "증류 지식"), (9, "knowledg distil"))) == {}


def test_numbers_are_not_associated() -> None:
    assert pairs(archive((9, "증류 3.5"))) == {}


def test_a_term_in_most_papers_is_not_associated() -> None:
    assert pairs(archive((30, "증류 distil"), fillers=2)) == {}


def test_nothing_comes_of_nothing() -> None:
    assert mined([frozenset()]) == []
    assert mined([frozenset({"증류", "distil"})]) == []


@given(PAPERS)
def test_associations_join_seen_words_of_two_languages(papers: list[frozenset[str]]) -> None:
    found = mined(papers)
    for one in found:
        assert is_korean(one.term) != is_korean(one.other)
        assert one.together == sum({one.term, one.other} <= paper for paper in papers) >= LEAST_PAPERS
        assert LEAST_WEIGHT - 0.001 <= one.weight <= 1
    assert {(one.other, one.term) for one in found} == {(one.term, one.other) for one in found}


@given(PAPERS)
def test_the_order_does_not_depend_on_the_order_of_the_papers(papers: list[frozenset[str]]) -> None:
    assert mined(papers) == mined(papers[::-1])


def test_words_of_the_same_subject_are_related_and_no_translations() -> None:
    papers = archive((6, "증류 압축 distil"), (6, "증류 distil"), (12, "모델 model"))
    terms = sorted({term for paper in papers for term in paper})
    held = np.array([[term in paper for term in terms] for paper in papers], np.float32)
    found = associations(sparse.csr_matrix(held), terms, terms)
    translations = {(one.term, one.other) for one in found.translations}
    related = {(one.term, one.other) for one in found.related}
    assert ("증류", "distil") in translations
    assert ("압축", "distil") in related - translations
    assert translations <= related
    assert related == {(other, term) for term, other in related}
