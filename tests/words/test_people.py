"""Names of people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words.people import key_of, name_keys, name_parts, query_keys


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Kaiming He", "he, kaiming"),
        ("Kaiming He", "K. He"),
        ("Romann M. Weber", "Romann Weber"),
        ("Romann M. Weber", "R. M. Weber"),
        ("Romann M. Weber", "R Weber"),
        ("Łukasz Kaiser", "Lukasz Kaiser"),
        ("Jürgen Schmidhuber", "Jurgen Schmidhuber"),
        ("Jean-Baptiste Alayrac", "Jean Baptiste Alayrac"),
        ("Jean Baptiste Alayrac", "Jean-Baptiste Alayrac"),
        ("Yee-Whye Teh", "YeeWhye Teh"),
        ("Kimberly O'Neil", "kimberly oneil"),
        ("Juan Carlos Niebles", "Juan Niebles"),
        ("김민준", "김민준"),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, written: str) -> None:
    assert name_keys(name) & query_keys(written)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Kaiming He", "Kaiming Ha"),
        ("Kaiming He", "He"),
        ("Kaiming He", "Kaiming"),
        ("Song Han", "Song Hang"),
        ("", ""),
    ],
)
def test_a_part_of_a_name_or_another_is_not_it(name: str, other: str) -> None:
    assert not name_keys(name) & query_keys(other)


@given(st.text(max_size=30))
def test_a_name_in_full_always_finds_itself(name: str) -> None:
    assert (query_keys(name) & name_keys(name)) or not name_parts(name)
    assert key_of(name_parts(name)) == key_of(reversed(name_parts(name)))
