"""Days as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.days import read_days

FRIDAY = date(2026, 11, 27)


def spans(text: str) -> list[tuple[str, str, str]]:
    """Return the words that say days, and the first and the last day."""
    found = read_days(text, FRIDAY)
    return [(text[one.start : one.end].strip(), str(one.first or ".."), str(one.last or "..")) for one in found]


@pytest.mark.parametrize(
    ("text", "words", "first", "last"),
    [
        ("2024년 4월에 나온 논문: 시각 언어 모델", "2024년 4월에 나온", "2024-04-01", "2024-04-30"),
        ("에이전트 강화 학습 (2024년 11월)", "(2024년 11월)", "2024-11-01", "2024-11-30"),
        ("2024년 상반기 확산 모델", "2024년 상반기", "2024-01-01", "2024-06-30"),
        ("2024년 3분기에 발표된 논문", "2024년 3분기에 발표된", "2024-07-01", "2024-09-30"),
        ("2023년 3월 5일 이후 논문", "2023년 3월 5일 이후", "2023-03-05", ".."),
        ("2023년 이전의 양자화", "2023년 이전의", "..", "2022-12-31"),
        ("2024년 5월까지 나온 것", "2024년 5월까지 나온", "..", "2024-05-31"),
        ("2023년부터 2024년까지 나온 논문", "2023년부터 2024년까지 나온", "2023-01-01", "2024-12-31"),
        ("2024-05~2024-07 양자화", "2024-05~2024-07", "2024-05-01", "2024-07-31"),
        ("2024년 5월과 7월 사이 로봇", "2024년 5월과 7월 사이", "2024-05-01", "2024-07-31"),
        ("2024년 5월부터 7월까지 나온 로봇", "2024년 5월부터 7월까지 나온", "2024-05-01", "2024-07-31"),
        ("2024년 봄 로봇 논문", "2024년 봄", "2024-03-01", "2024-05-31"),
        ("2023년 말에 나온 로봇", "2023년 말에 나온", "2023-09-01", "2023-12-31"),
        ("reasoning models in early 2025", "in early 2025", "2025-01-01", "2025-04-30"),
        ("작년 논문", "작년", "2025-01-01", "2025-12-31"),
        ("올해 나온 논문", "올해 나온", "2026-01-01", "2026-12-31"),
        ("지난달 로봇 논문", "지난달", "2026-10-01", "2026-10-31"),
        ("최근 일주일 논문", "최근 일주일", "2026-11-20", "2026-11-27"),
        ("최근 3개월간 나온 논문", "최근 3개월간 나온", "2026-08-27", "2026-11-27"),
        ("5월에 나온 논문", "5월에 나온", "2026-05-01", "2026-05-31"),
        ("12월에 나온 논문", "12월에 나온", "2025-12-01", "2025-12-31"),
        ("sparse attention, February 2025", ", February 2025", "2025-02-01", "2025-02-28"),
        ("papers from March 2024 on agents", "from March 2024", "2024-03-01", "2024-03-31"),
        (
            "tokenizers published in the first half of 2024",
            "published in the first half of 2024",
            "2024-01-01",
            "2024-06-30",
        ),
        ("agents since 2024 Q3", "since 2024 Q3", "2024-07-01", ".."),
        ("agents after January 2025", "after January 2025", "2025-02-01", ".."),
        ("quantization before 2024", "before 2024", "..", "2023-12-31"),
        ("between March 2024 and May 2024", "between March 2024 and May 2024", "2024-03-01", "2024-05-31"),
        ("12 March 2024", "12 March 2024", "2024-03-12", "2024-03-12"),
        ("video models in 2025", "in 2025", "2025-01-01", "2025-12-31"),
        ("diffusion models 2024", "2024", "2024-01-01", "2024-12-31"),
        ("2024 papers on agents", "2024", "2024-01-01", "2024-12-31"),
        ("last year's agents", "last year", "2025-01-01", "2025-12-31"),
        ("agents of the past three months", "of the past three months", "2026-08-27", "2026-11-27"),
        ("papers of last week", "of last week", "2026-11-16", "2026-11-22"),
    ],
)
def test_days_are_read_in_both_languages(text: str, words: str, first: str, last: str) -> None:
    assert spans(text) == [(words, first, last)]


@pytest.mark.parametrize(
    "text",
    [
        "problems of AIME 2024",
        "ImageNet 2012 pretraining",
        "Llama 3.1 2024B",
        "오늘날의 언어 모델",
        "language models today are large",
        "models that we may need",
        "1200년 된 문서",
        "a survey that follows work from pretraining (2018) to tuning (2019), reasoning (2022) and agents (2023) now.",
        "models of many kinds have made much progress in the last year, and this one shows how they are made smaller",
    ],
)
def test_numbers_that_belong_to_something_else_are_no_days(text: str) -> None:
    assert spans(text) == []


def test_relative_days_say_so() -> None:
    assert [one.relative for one in read_days("작년 논문", FRIDAY)] == [True]
    assert [one.relative for one in read_days("2025년 논문", FRIDAY)] == [False]


@given(
    st.text(alphabet="0123456789년월일주 최근지난작부터까이후in since2024-.,()MayQ1~half", max_size=40),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
)
def test_reading_never_raises_and_days_are_in_order(text: str, today: date) -> None:
    reached = 0
    for one in read_days(text, today):
        assert reached <= one.start < one.end <= len(text)
        assert one.first is None or one.last is None or one.first <= one.last
        reached = one.end
