"""What papers say that they do without."""

from __future__ import annotations

import pytest

from index.words.lacking import lacking, plain_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It learns without human labels, from video.", {"human", "human label"}),
        ("Tuning without requiring any reward model is cheap.", {"reward", "reward model", "reward model is"}),
        ("A training-free method.", {"train"}),
        ("사람이 붙인 라벨 없이 배웁니다.", {"라벨", "붙인 라벨", "사람이 붙인 라벨"}),
        ("추가 학습이 필요 없는 방법", {"학습", "추가 학습"}),
        ("A method within reach.", set()),
        ("없이", set()),
    ],
)
def test_each_noun_phrase_that_may_be_meant_is_told(text: str, found: set[str]) -> None:
    assert lacking(text) == found


def test_words_are_told_by_their_stems() -> None:
    assert plain_words("Human Labels") == plain_words("human label") == "human label"
    assert plain_words("라벨") == "라벨"
