"""Hangul words find the Latin terms that they spell, and ordinary Korean words find nothing."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.words.lexical import latin_tokens
from index.words.loans import Sound, Written, loans, sounds
from index.words.sound_costs import slot_cost
from index.words.sounds import hangul_reading, latin_readings

BORROWED = {
    word: written
    for line in """
        딥시크 DeepSeek | 큐원 Qwen | 라마 Llama | 맘바 Mamba | 로라 LoRA | 큐로라 QLoRA | 제미나이 Gemini
        클로드 Claude | 미스트랄 Mistral | 믹스트랄 Mixtral | 팔콘 Falcon | 알파카 Alpaca | 비쿠나 Vicuna | 올모 OLMo
        지피티 GPT | 쥐피티 GPT | 챗지피티 ChatGPT | 디피오 DPO | 피피오 PPO | 알엘에이치에프 RLHF | 엘엘엠 LLM
        비이엠 BM | 위스퍼 Whisper | 젬마 Gemma | 허깅페이스 HuggingFace | 파이토치 PyTorch
        오픈에이아이 OpenAI | 컨트롤넷 ControlNet | 레즈넷 ResNet | 유넷 UNet | 스윈 Swin | 디노 DINO | 클립 CLIP
        어텐션 attention | 싱크 sink | 스페큘러티브 speculative | 디코딩 decoding | 제일브레이크 jailbreak
        리워드 reward | 해킹 hacking | 그록킹 grokking | 그로킹 grokking | 디퓨전 diffusion | 파인튜닝 finetuning
        프리트레이닝 pretraining | 인스트럭션 instruction | 할루시네이션 hallucination | 퀀타이제이션 quantization
        디스틸레이션 distillation | 프루닝 pruning | 백프로퍼게이션 backpropagation | 옵티마이저 optimizer
        드롭아웃 dropout | 소프트맥스 softmax | 토크나이저 tokenizer | 리트리버 retriever | 믹스처 mixture
        텍스처 texture | 엑스퍼트 experts | 세그멘테이션 segmentation | 디텍션 detection | 베이지안 bayesian
        마르코프 Markov | 벤치마크 benchmark | 리더보드 leaderboard | 리즈닝 reasoning | 플래시어텐션 FlashAttention
        가우시안 Gaussian | 스플래팅 splatting | 휴머노이드 humanoid | 워터마크 watermark | 백도어 backdoor
        롱포머 Longformer | 드림부스 DreamBooth | 코파일럿 copilot | 마인크래프트 Minecraft | 그래디언트 gradient
        욜로 YOLO | 카이밍 Kaiming | 벤지오 Bengio
    """.strip().splitlines()
    for pair in line.split("|")
    for word, written in [pair.split()]
}
NATIVE = """
    나무 바다 하늘 사랑 고양이 강아지 김치 비빔밥 나라 사람 어른 학교 교실 선생님 친구 가족 어머니 아버지 동생 누나
    오빠 형제 가을 겨울 봄비 눈사람 바람 구름 무지개 소나기 태풍 지진 화산 바위 모래 호수 강물 다리 도로 기차 비행기
    자동차 버섯 사과 배추 당근 고추 마늘 소금 설탕 간장 두부 국수 만두 떡볶이 불고기 갈비 치마 바지 모자 신발 양말
    장갑 우산 가방 지갑 열쇠 시계 안경 거울 베개 의자 책상 연필 지우개 가위 종이 우표 봉투 사진 그림 노래 소리
    도자기 항아리 마루 부엌 마당 대문 울타리 농부 목수 의사 경찰 군인 판사 기자 작가 화가 가수 배우 정치 경제 사회
    문화 역사 지리 과학 수학 물리 화학 생물 음악 미술 체육 도덕 철학 종교 주식 금리 환율 세금 보험 연금 대출 저축
    투자 수출 무역 공장 회사 은행 나비 노루 사슴 토끼 여우 늑대 호랑이 사자 기린 다람쥐 고래 상어 문어 새우 조개
    미역 거북이 개구리 지네 거미 개미 모기
"""


@pytest.fixture(scope="module")
def archive() -> dict[str, list[Sound]]:
    """How the terms of a small archive sound; each is held by as many papers as most are in a large one."""
    written = {text: Written(latin_tokens(text)[0].term, text, 10) for text in BORROWED.values()}
    found = defaultdict(list)
    for skeleton, sound in sounds(written.values(), lambda term: 10):
        found[skeleton].append(Sound(sound.reading, sound.term, sound.prior - 3))
    return found


@pytest.mark.parametrize(("hangul", "written"), BORROWED.items())
def test_a_borrowed_word_finds_the_term_that_it_spells(
    archive: dict[str, list[Sound]], hangul: str, written: str
) -> None:
    assert loans(hangul, lambda skeleton: archive[skeleton])[0].term == latin_tokens(written)[0].term


def test_ordinary_words_find_nothing(archive: dict[str, list[Sound]]) -> None:
    found = {word: some for word in NATIVE.split() if (some := loans(word, lambda skeleton: archive[skeleton]))}
    assert len(found) <= 0.01 * len(NATIVE.split()), found


@pytest.mark.parametrize("word", ["값", "의사", "없다", "밝기"])
def test_a_word_with_letters_that_borrowed_words_lack_has_no_sound(word: str) -> None:
    assert hangul_reading(word) is None


@pytest.mark.parametrize("word", ["", "x", "日本", "a" * 25, "3.5"])
def test_what_is_no_word_of_latin_letters_has_no_sound(word: str) -> None:
    assert latin_readings(word) == []


def test_a_spelling_costs_more_the_less_usual_it_is() -> None:
    assert slot_cost("ㅏㅣ", "i") == 0 < slot_cost("ㅓ", "o") < slot_cost("ㅐ", "i") < slot_cost("ㅛ", "i")


def test_nothing_is_found_in_an_archive_without_the_term() -> None:
    assert loans("딥시크", lambda skeleton: ()) == []


@given(st.text(alphabet=[chr(code) for code in range(ord("가"), ord("힣") + 1)], max_size=12))
def test_any_hangul_is_read_or_refused(word: str) -> None:
    heard = hangul_reading(word)
    assert heard is None or len(heard.slots) == len(heard.consonants) + 1


@given(st.text(max_size=30))
def test_any_text_has_readings_of_one_slot_more_than_consonants(word: str) -> None:
    assert all(len(r.slots) == len(r.consonants) + 1 and r.skeleton is not None for r in latin_readings(word))
