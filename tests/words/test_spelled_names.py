"""Hangul words find the authors whose names they spell, and words of other queries find nobody."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words.name_sounds import name_readings
from index.words.spelled_names import Author, ends_of, name_sounds, spelled_names

SPELLED = {
    spelled.strip(): name.strip()
    for line in """
        카이밍 허 = Kaiming He | 카이밍허 = Kaiming He | 허카이밍 = Kaiming He | 송한 = Song Han | 한 송 = Song Han
        얀 르쿤 = Yann LeCun | 르쿤 얀 = Yann LeCun | 요슈아 벤지오 = Yoshua Bengio | 최예진 = Yejin Choi
        예진 최 = Yejin Choi | 조경현 = Kyunghyun Cho | 서민준 = Minjoon Seo | 황성주 = Sung Ju Hwang
        김지훈 = Ji-Hoon Kim | 세르게이 레빈 = Sergey Levine | 첼시 핀 = Chelsea Finn | 퍼시 량 = Percy Liang
        노엄 샤지어 = Noam Shazeer | 존 슐만 = John Schulman | 트리 다오 = Tri Dao | 알버트 구 = Albert Gu
        다화 린 = Dahua Lin | 지웨이 류 = Ziwei Liu | 그레이엄 뉴빅 = Graham Neubig | 피터 아벨 = Pieter Abbeel
        크리스토퍼 매닝 = Christopher D. Manning | 지에 탕 = Jie Tang | 쑨마오쑹 = Maosong Sun | 유 차오 = Yu Qiao
        샤오강 왕 = Xiaogang Wang | 로스 거쉭 = Ross Girshick | 페이페이 리 = Li Fei-Fei | 쿠옥 레 = Quoc V. Le
    """.strip().splitlines()
    for pair in line.split("|")
    for spelled, name in [pair.split("=")]
}
PARTICLES = "의 가 으로 서 에"
NOUNS = "여기 이미지 거리 자신 파이썬"
PIECES = dict.fromkeys(PARTICLES.split(), "") | {noun: noun for noun in NOUNS.split()}


def piece(surface: str) -> tuple[str, float] | None:
    """Return a piece of a small archive; all are as frequent."""
    return (PIECES[surface], 7.0) if surface in PIECES else None


@pytest.fixture(scope="module")
def named() -> dict[str, list[Author]]:
    """The authors of an archive by their keys, with some whose names sound like Korean words."""
    names = [*dict.fromkeys(SPELLED.values()), "Miji Lee", "Lei Ke", "Yuge Shi", "Jiaxin Ai", "Fei Sun"]
    found = defaultdict(list)
    for key, name, prior in name_sounds((name, 10) for name in names):
        found[key].append(Author(name, prior))
    return found


@pytest.mark.parametrize(("spelled", "name"), SPELLED.items())
def test_a_name_is_found_as_it_is_said_in_korean(named: dict[str, list[Author]], spelled: str, name: str) -> None:
    assert spelled_names(spelled.split(), named.__getitem__, piece)[0].name == name


def test_a_name_among_other_words_says_which_words_are_its_own(named: dict[str, list[Author]]) -> None:
    (found,) = spelled_names(["attention", "카이밍", "허의", "논문"], named.__getitem__, piece)
    assert (found.name, found.first, found.last) == ("Kaiming He", 1, 2)


def test_one_end_of_a_name_is_not_enough(named: dict[str, list[Author]]) -> None:
    assert [spelled_names([word], named.__getitem__, piece) for word in ("카이밍", "르쿤", "벤지오")] == [[], [], []]


@pytest.mark.parametrize(
    "words", ["이미지", "이미지 생성", "거리의 측정", "자신에 대한", "파이썬으로 쓴", "여기서 본", ""]
)
def test_words_that_the_archive_writes_are_nobodys_name(named: dict[str, list[Author]], words: str) -> None:
    assert spelled_names(words.split(), named.__getitem__, piece) == []


def test_a_name_is_likelier_where_the_query_says_nothing_else(named: dict[str, list[Author]]) -> None:
    (alone,), (among,) = (spelled_names(words, named.__getitem__, piece) for words in (["송한"], ["송한", "모델"]))
    assert alone.evidence > among.evidence


def test_initials_are_no_end_of_a_name() -> None:
    assert ends_of("Quoc V. Le") == [("Quoc", "Le")]
    assert ends_of("Sung Ju Hwang") == [("Sung", "Hwang"), ("SungJu", "Hwang")]
    assert ends_of("OpenAI") == []


def test_pinyin_and_korean_names_are_read_as_such() -> None:
    assert "C" in {reading.consonants for reading in name_readings("Cai")}
    assert "" in {reading.consonants for reading in name_readings("Lee")}


@given(st.lists(st.text(alphabet="가힣닭않 의서a1", max_size=9), max_size=4))
def test_any_words_are_read(words: list[str]) -> None:
    spelled_names(words, lambda key: [Author("Kaiming He", -9.0)], piece)
