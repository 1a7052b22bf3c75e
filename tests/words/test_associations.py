"""Terms of the two languages that stand for each other."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from index.words.associations import LEAST_SEEN, LEAST_WEIGHT, MOST, RELIABLE, Association, associations

SECTIONS = st.lists(
    st.frozensets(st.sampled_from(["증류", "지식", "검색", "distil", "knowledg", "search", "3.5", "4"])),
    min_size=1,
    max_size=40,
)


def archive(*groups: tuple[int, str], fillers: int = 60) -> list[frozenset[str]]:
    """Return sections that hold these words so often, among others that hold none of them."""
    found = [frozenset(words.split()) for count, words in groups for _ in range(count)]
    return [*found, *(frozenset({f"filler{i}", f"채움{i}"}) for i in range(fillers))]


def mined(sections: list[frozenset[str]]) -> list[Association]:
    terms = sorted({term for section in sections for term in section}, reverse=True)
    held = np.array([[term in section for term in terms] for section in sections], np.float32)
    matrix = sparse.csr_matrix(held.reshape(len(sections), len(terms)))
    return list(associations(matrix, matrix, terms))


def pairs(sections: list[frozenset[str]]) -> dict[tuple[str, str], Association]:
    return {(found.term, found.other): found for found in mined(sections)}


def is_korean(term: str) -> bool:
    return re.search("[가-힣]", term) is not None


def test_words_that_keep_turning_up_together_are_associated_both_ways() -> None:
    found = pairs(archive((8, "증류 distil"), (8, "검색 search")))
    assert ("증류", "distil") in found
    assert ("distil", "증류") in found
    assert found["증류", "distil"].together == 8
    assert found["증류", "distil"].weight == found["distil", "증류"].weight


def test_the_partner_that_is_there_more_often_comes_first() -> None:
    found = mined(archive((8, "증류 distil"), (4, "증류 search"), (4, "검색 search")))
    assert [one.other for one in found if one.term == "증류"] == ["distil", "search"]


def test_a_pair_seen_seldom_weighs_less() -> None:
    found = pairs(archive((RELIABLE, "증류 distil"), (3, "검색 search")))
    assert 0 < found["검색", "search"].weight < found["증류", "distil"].weight <= 1


def test_a_pair_that_chance_explains_is_left_out() -> None:
    apart = archive((10, "증류 지식"), (10, "search knowledg"), (1, "증류 search"))
    assert ("증류", "search") not in pairs(apart)


def test_terms_of_one_language_are_not_associated() -> None:
    assert pairs(archive((9, "증류 지식"), (9, "knowledg distil"))) == {}


def test_numbers_are_not_associated() -> None:
    assert pairs(archive((9, "증류 3.5"))) == {}


def test_a_term_in_most_sections_is_not_associated() -> None:
    assert pairs(archive((30, "증류 distil"), fillers=10)) == {}


def test_nothing_comes_of_nothing() -> None:
    assert mined([frozenset()]) == []
    assert mined([frozenset({"증류", "distil"})]) == []


def test_every_term_keeps_its_strongest_partners_best_first() -> None:
    partners = " ".join(f"word{letter}" for letter in "abcdefgh")
    found = [a for a in mined(archive((9, f"증류 {partners}"))) if a.term == "증류"]
    assert [a.other for a in found] == ["worda", "wordb", "wordc", "wordd"][:MOST]


@given(SECTIONS)
def test_associations_join_seen_words_of_two_languages(sections: list[frozenset[str]]) -> None:
    seen = Counter(term for section in sections for term in section)
    found = mined(sections)
    for one in found:
        assert is_korean(one.term) != is_korean(one.other)
        assert min(seen[one.term], seen[one.other]) >= LEAST_SEEN
        assert one.together == sum({one.term, one.other} <= section for section in sections)
        assert LEAST_WEIGHT - 0.001 <= one.weight <= 1
    assert len({(one.term, one.other) for one in found}) == len(found)
    assert max(Counter(one.term for one in found).values(), default=0) <= MOST


@given(SECTIONS)
def test_the_order_does_not_depend_on_the_order_of_the_sections(sections: list[frozenset[str]]) -> None:
    assert mined(sections) == mined(sections[::-1])
