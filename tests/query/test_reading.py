"""How a query is read: names, days, exclusions, an order, asking; every character stays in a reading or the topic."""

from __future__ import annotations

import time
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.query.reading import LONGEST, literal, read
from search.query.request import Request
from tests.support.knowing import Knows

TODAY = date(2026, 11, 27)
KNOWS = Knows(
    authors=(
        "Kaiming He",
        "Song Han",
        "Romann M. Weber",
        "Łukasz Kaiser",
        "Jean-Baptiste Alayrac",
        "Geoffrey Hinton",
        "Ting Zhang",
        "김민준",
    ),
    ids=("2410.07133", "cs/0112017"),
    lacking=("train", "라벨"),
)


def reading(query: str) -> Request:
    return read(query, KNOWS, TODAY)


@pytest.mark.parametrize(
    ("query", "topic", "authors"),
    [
        ("Kaiming He", "", ("Kaiming He",)),
        ("kaiming he", "", ("kaiming he",)),
        ("He Kaiming", "", ("He Kaiming",)),
        ("He, Kaiming", "", ("He, Kaiming",)),
        ("K. He residual networks", "residual networks", ("K. He",)),
        ("papers by Song Han", "", ("Song Han",)),
        ("Song Han 논문", "", ("Song Han",)),
        ("Song Han가 쓴 논문", "", ("Song Han",)),
        ("Song Han의 양자화 논문", "양자화", ("Song Han",)),
        ("what has Song Han published", "", ("Song Han",)),
        ("Song Han quantization", "quantization", ("Song Han",)),
        ("quantization by song han", "quantization", ("song han",)),
        ("author:Romann M. Weber", "", ("Romann M. Weber",)),
        ("저자:Song Han 양자화", "양자화", ("Song Han",)),
        ("author:Hinton distillation", "distillation", ("Hinton",)),
        ("Romann Weber", "", ("Romann Weber",)),
        ("Lukasz Kaiser", "", ("Lukasz Kaiser",)),
        ("Jean Baptiste Alayrac vision", "vision", ("Jean Baptiste Alayrac",)),
        ("distillation by Hinton", "distillation", ("Hinton",)),
        ("Hinton et al. distillation", "distillation", ("Hinton",)),
        ("Song Han and Kaiming He", "", ("Song Han", "Kaiming He")),
        ("Song Han과 Kaiming He가 쓴 논문", "", ("Song Han", "Kaiming He")),
        ("김민준 논문", "", ("김민준",)),
        ("카이밍 허 논문 추천해줘", "", ("Kaiming He",)),
        ("카이밍 허가 쓴 잔차 신경망 논문", "잔차 신경망", ("Kaiming He",)),
        ("Nobody Atall", "Nobody Atall", ()),
        ("papers by Nobody Atall", "Nobody Atall", ()),
        ("the ting of a zhang", "the ting of a zhang", ()),
        ("Hinton", "Hinton", ()),
        ("networks learned by distillation", "networks learned by distillation", ()),
        ("models that han song", "models that han song", ()),
    ],
)
def test_authors_whom_the_archive_has_are_read(query: str, topic: str, authors: tuple[str, ...]) -> None:
    found = reading(query)
    assert (found.topic, found.authors) == (topic, authors)


@pytest.mark.parametrize(
    ("query", "topic", "without"),
    [
        ("RAG 말고 긴 문맥 언어 모델", "긴 문맥 언어 모델", ("RAG",)),
        ("트랜스포머가 아닌 언어 모델", "언어 모델", ("트랜스포머",)),
        ("LLM 추론 가속 중 양자화 빼고", "LLM 추론 가속", ("양자화",)),
        ("GPT-4를 쓰지 않는 멀티모달 모델", "멀티모달 모델", ("GPT-4",)),
        ("확산 없이 비디오 생성", "비디오 생성", ("확산",)),
        ("라벨 없이 배우는 모델", "라벨 없이 배우는 모델", ()),
        ("음성을 글자 없이 바로 이해하는 모델", "음성을 글자 없이 바로 이해하는 모델", ()),
        ("image editing but not video editing", "image editing", ("video editing",)),
        ("multimodal models other than LLaVA", "multimodal models", ("LLaVA",)),
        ("agents without web browsing", "agents", ("web browsing",)),
        ("video generation, no diffusion", "video generation", ("diffusion",)),
        ("models without transformers or attention", "models", ("transformers", "attention")),
        ("확산이나 GAN이 아닌 이미지 생성", "이미지 생성", ("확산", "GAN")),
        ("RAG와 에이전트는 빼고 긴 문맥", "긴 문맥", ("RAG", "에이전트")),
        ("agents without training", "agents without training", ()),
        ("a method that does not need labels", "a method that does not need labels", ()),
        ("not without reason", "not without reason", ()),
        ("diffusion -video", "diffusion", ("video",)),
        ("pre-training text-to-image", "pre-training text-to-image", ()),
        ("without diffusion", "without diffusion", ()),
        (
            "We propose a factual model that explores queries without excessive iterations.",
            "We propose a factual model that explores queries without excessive iterations.",
            (),
        ),
    ],
)
def test_what_is_not_wanted_is_read_and_a_usual_phrase_is_a_topic(
    query: str, topic: str, without: tuple[str, ...]
) -> None:
    found = reading(query)
    assert (found.topic, found.without) == (topic, without)


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("find me papers on sparse attention", "sparse attention"),
        ("Can you recommend some papers about agents?", "agents"),
        ("a survey of diffusion models", "diffusion models"),
        ("희소 어텐션에 대한 논문 추천해줘", "희소 어텐션"),
        ("희소 어텐션 논문 있나요?", "희소 어텐션"),
        ("희소 어텐션을 다룬 논문 찾아줘", "희소 어텐션"),
        ("논문", "논문"),
        ("papers", "papers"),
        ("deep research agents", "deep research agents"),
        ("What is attention?", "What is attention?"),
    ],
)
def test_words_that_only_ask_are_no_topic(query: str, topic: str) -> None:
    assert reading(query).topic == topic


@pytest.mark.parametrize(
    ("query", "topic", "order"),
    [
        ("latest papers on agents", "agents", "date"),
        ("에이전트 최신 논문", "에이전트", "date"),
        ("최신 강화 학습 논문 추천해줘", "강화 학습", "date"),
        ("latest diffusion model papers", "diffusion model", "date"),
        ("에이전트 최신순으로", "에이전트", "date"),
        ("most popular papers on agents", "agents", "votes"),
        ("추천을 많이 받은 로봇 논문", "로봇", "votes"),
        ("최신 언어 모델", "최신 언어 모델", None),
        ("state of the art agents", "state of the art agents", None),
    ],
)
def test_an_order_is_read(query: str, topic: str, order: str | None) -> None:
    found = reading(query)
    assert (found.topic, found.order) == (topic, order)


@pytest.mark.parametrize(
    ("query", "topic", "ids"),
    [
        ("https://arxiv.org/abs/2410.07133v2", "", ("2410.07133",)),
        ("https://huggingface.co/papers/2410.07133", "", ("2410.07133",)),
        ("https://www.alphaxiv.org/abs/2410.07133?x=1", "", ("2410.07133",)),
        ("https://doi.org/10.48550/arXiv.2410.07133", "", ("2410.07133",)),
        ("arXiv:2410.07133v3 의 후속 연구", "후속 연구", ("2410.07133",)),
        ("2410.99999", "2410.99999", ("2410.99999",)),
    ],
)
def test_addresses_of_papers_are_read_whole(query: str, topic: str, ids: tuple[str, ...]) -> None:
    found = reading(query)
    assert (found.topic, found.ids) == (topic, ids)


def test_a_request_of_several_kinds_keeps_the_words_of_each_reading() -> None:
    query = "Song Han이 2024년 5월에 쓴 양자화 논문, LLM 말고"
    found = reading(query)
    assert found.topic == "양자화"
    kinds = [(one.kind, query[one.start : one.end].strip(), one.value) for one in found.readings if one.kind != "words"]
    assert kinds == [
        ("author", "Song Han이", "Song Han"),
        ("days", "2024년 5월에 쓴", "2024-05-01/2024-05-31"),
        ("without", "LLM 말고", "LLM"),
    ]


PARTS = ["attention ", "모델을 ", " ", "2024 ", "by A B ", "a-b", "http://x/2410.07133 ", "not "]


@pytest.mark.parametrize("part", PARTS)
def test_the_longest_queries_are_read_in_no_time(part: str) -> None:
    text = part * (30_000 // len(part))
    started = time.perf_counter()
    reading(text)
    reading(text[:LONGEST])
    assert time.perf_counter() - started < 5


def test_a_literal_query_is_all_topic() -> None:
    found = literal('Song Han "low  rank" 2024년 -video')
    assert found == Request(found.query, 'Song Han "low rank" 2024년 -video')


def test_decomposed_hangul_is_read_as_composed() -> None:
    query = "확산 없이 비디오 생성, 2024년 5월"
    assert reading(unicodedata.normalize("NFD", query)) == reading(query)


NAMES = ["Song Han", "by", "papers by", "논문", "가 쓴", "and", "et al.", "K.", "He", "author:", "저자:", "what has"]
DAYS = ["2024년", "5월", "최근 3개월", "in", "March", "2024", "since", "부터", "까지", "~", "published"]
MARKS = ["(", ")", ",", ".", '"', "“", "”", "「", "\0", "\1", "ＡＢ", "é", "e\u0301"]
OTHERS = [
    "말고",
    "without",
    "not",
    "-x",
    "없이",
    "최신",
    "newest papers",
    "추천해줘",
    "find me",
    "2410.07133",
    "https://x/",
]
PIECES = st.lists(st.sampled_from([*NAMES, *DAYS, *MARKS, *OTHERS]), max_size=9)


@given(st.one_of(st.text(max_size=60), PIECES.map(" ".join), PIECES.map("".join)))
def test_reading_never_raises_and_never_loses_a_character(query: str) -> None:
    found = reading(query)
    written = unicodedata.normalize("NFC", query)
    assert len(found.query) == len(written)
    within = {place for one in found.readings for place in range(one.start, one.end)}
    assert all(0 <= one.start < one.end <= len(written) for one in found.readings)
    outside = [c for place, c in enumerate(found.query) if place not in within and not c.isspace()]
    topic = iter(found.topic)
    assert all(c in topic for c in outside)
    assert found.topic or found.readings or not found.query.strip()
