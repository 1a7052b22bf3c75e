"""The encoder's promises, held by every runtime, on real text."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from index.arrays import normalized
from index.encoding import default_model as bundled
from index.encoding.default_model import bundled_files, read_model, save_sentence_transformer
from index.encoding.encoder import (
    DEFAULT_MODEL,
    E5_PREFIXES,
    Encoder,
    Passage,
    PassageVectors,
    Prefixes,
    Runtime,
    model_folder,
    prefixes_for,
)
from index.encoding.models import load_encoder
from index.encoding.pooling import length_batches, sentence_means
from index.encoding.tokenizer import Tokenizer, unigram_backend
from index.errors import ModelError
from index.paper import Span, split_sentences
from tests.support.paths import ARCHIVE

ROUNDED = 0.996
"""What 8-bit integers leave of a vector of the wider adapter, at the least; .998 of the narrower one before it."""
TEXTS = (
    "이 논문은 긴 문맥을 다루는 언어 모델의 추론 비용을 줄이는 방법을 제안합니다. 캐시를 줄여 메모리를 아꼈습니다.",
    "We train a small encoder on Korean and English summaries. It finds papers by meaning, not by words.",
    "확산 모델(Diffusion Model)로 고해상도 이미지를 빠르게 생성합니다.",
    "Robots learn to fold laundry from ten demonstrations; success rises from 41% to 78%.",
    "그래프 신경망은 분자 구조의 성질을 예측한다! 실험에서 오차가 12% 줄었다.",
    "ok",
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model in float32, as sentence-transformers saves one."""
    made = tmp_path_factory.mktemp("model")
    save_sentence_transformer(bundled_files(DEFAULT_MODEL).read(), made)
    return made


@pytest.fixture(scope="session")
def reference(folder: Path) -> SentenceTransformer:
    return SentenceTransformer(str(folder), device="cpu")


@pytest.fixture(scope="session")
def tokenizer(folder: Path) -> Tokenizer:
    file = bundled.find_weights()
    assert file is not None
    return Tokenizer(unigram_backend(read_model(file).pieces), 512)


@pytest.fixture(scope="session")
def onnx(folder: Path) -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session", params=["onnx", "torch", "folder on torch"])
def encoder(request: pytest.FixtureRequest, folder: Path) -> Encoder:
    if request.param == "folder on torch":
        return load_encoder(str(folder))
    runtime: Runtime = request.param
    return load_encoder(runtime=runtime)


def encode(encoder: Encoder, texts: list[str] | tuple[str, ...]) -> list[PassageVectors]:
    found = dict(encoder.encode_passages([Passage(text, split_sentences(text)) for text in texts]))
    return [found[i] for i in range(len(texts))]


def archive_sections(count: int) -> list[str]:
    if not ARCHIVE.is_dir():
        pytest.skip("../shared/data/daily_papers is missing")
    files = sorted(ARCHIVE.rglob("*.md"))[:: max(1, 357 // count)]
    found = [re.findall(r"^- (?:\*+[^*]+\*+: )?(.{60,})$", f.read_text(encoding="utf-8"), re.M) for f in files]
    return [sections[0] for sections in found if sections][:count]


def cosines(reference: SentenceTransformer, made: list[PassageVectors], texts: list[str]) -> np.ndarray:
    expected = reference.encode(texts, prompt=E5_PREFIXES.passage, normalize_embeddings=True)
    return np.array([vectors.section @ row for vectors, row in zip(made, expected, strict=True)])


def test_sections_agree_with_sentence_transformers(encoder: Encoder, reference: SentenceTransformer) -> None:
    assert cosines(reference, encode(encoder, TEXTS), list(TEXTS)).min() >= ROUNDED


def test_real_sections_agree_with_sentence_transformers(onnx: Encoder, reference: SentenceTransformer) -> None:
    texts = archive_sections(40)
    found = cosines(reference, encode(onnx, texts), texts)
    assert found.min() >= 0.995
    assert found.mean() >= 0.9975


def test_torch_gives_the_very_vectors_of_sentence_transformers(folder: Path, reference: SentenceTransformer) -> None:
    assert cosines(reference, encode(load_encoder(str(folder)), TEXTS), list(TEXTS)).min() >= 0.99999


def test_queries_agree_with_sentence_transformers(encoder: Encoder, reference: SentenceTransformer) -> None:
    for text in TEXTS:
        expected = reference.encode(text, prompt=E5_PREFIXES.query, normalize_embeddings=True)
        assert encoder.encode_query(text).vector @ expected >= ROUNDED


def test_vectors_are_float32_units_in_the_shape_promised(encoder: Encoder) -> None:
    for text, made in zip(TEXTS, encode(encoder, TEXTS), strict=True):
        assert made.section.shape == (encoder.fingerprint.dimensions,)
        assert made.sentences.shape == (len(split_sentences(text)), encoder.fingerprint.dimensions)
        assert made.section.dtype == made.sentences.dtype == np.float32
        lengths = np.linalg.norm(np.vstack([made.section, made.sentences]), axis=1)
        np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_sentence_vectors_are_means_of_the_sentences_own_token_states(
    encoder: Encoder, reference: SentenceTransformer
) -> None:
    text = TEXTS[0]
    tokens = reference.tokenizer(E5_PREFIXES.passage + text, return_offsets_mapping=True)
    states = reference.encode(E5_PREFIXES.passage + text, output_value="token_embeddings").numpy()
    made = encode(encoder, [text])[0]
    for span, vector in zip(split_sentences(text), made.sentences, strict=True):
        shift = len(E5_PREFIXES.passage)
        own = [
            i for i, (a, b) in enumerate(tokens["offset_mapping"]) if span.start < b - shift and a - shift < span.end
        ]
        assert vector @ normalized(states[own].mean(axis=0)) >= 0.998


def test_a_meaning_is_nearest_to_its_own_translation(encoder: Encoder) -> None:
    korean = ["로봇이 빨래를 개는 법을 배운다", "분자의 성질을 그래프 신경망으로 예측", "긴 문맥 언어 모델의 캐시 압축"]
    english = ["robots learn to fold laundry", "molecular properties by graph networks", "compressing the KV cache"]
    sections = np.array([made.section for made in encode(encoder, english)])
    queries = np.array([encoder.encode_query(text).vector for text in korean])
    assert (queries @ sections.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_a_long_text_is_cut_and_says_so(encoder: Encoder) -> None:
    text = " ".join(f"Sentence number {i} tells of something else." for i in range(120))
    long, short = encode(encoder, [text, "Short."])
    assert long.truncated
    assert not short.truncated
    np.testing.assert_allclose(long.sentences[-1], long.section, atol=1e-6)
    assert long.sentences[0] @ long.section < 0.999
    query = encoder.encode_query(text)
    assert (query.truncated, query.tokens) == (True, encoder.fingerprint.max_tokens)
    assert not encoder.encode_query("short").truncated


def test_a_query_of_several_sentences_has_the_vector_of_its_first_one_too(encoder: Encoder) -> None:
    first, rest = "Robots learn to fold laundry.", "They saw ten demonstrations of it. That was enough."
    alone, both = encoder.encode_query(first), encoder.encode_query(f"{first} {rest}")
    assert alone.lead is None
    assert both.lead is not None
    np.testing.assert_allclose(both.lead, alone.vector, atol=1e-6)
    assert both.lead @ both.vector < 0.999


def test_queries_that_come_at_once_have_the_vectors_they_have_alone(onnx: Encoder) -> None:
    texts = [f"{text} {other}" for text in TEXTS for other in TEXTS]
    expected = [onnx.encode_query(text) for text in texts]
    with ThreadPoolExecutor(8) as pool:
        for found, alone in zip(pool.map(onnx.encode_query, texts), expected, strict=True):
            np.testing.assert_array_equal(found.vector, alone.vector)
            assert (found.lead is None) == (alone.lead is None)
            if found.lead is not None and alone.lead is not None:
                np.testing.assert_array_equal(found.lead, alone.lead)


def test_empty_texts_and_sentences_still_get_unit_vectors(encoder: Encoder) -> None:
    passages = [Passage("", (Span(0, 0),)), Passage(" \u200b\n", (Span(0, 1),)), Passage("a \ud800 b", (Span(0, 5),))]
    for _, made in encoder.encode_passages(passages):
        np.testing.assert_allclose(np.linalg.norm(made.sentences, axis=1), 1, atol=1e-5)
    assert np.isfinite(encoder.encode_query("").vector).all()


def test_no_passages_give_no_vectors(encoder: Encoder) -> None:
    assert list(encoder.encode_passages([])) == []


def test_every_passage_comes_exactly_once(onnx: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoding.onnx_encoder.WINDOW", 4)
    made = encode(onnx, TEXTS * 3)
    for i, vectors in enumerate(made):
        np.testing.assert_array_equal(vectors.section, made[i % len(TEXTS)].section)
    rows = [row for row, _ in onnx.encode_passages([Passage(text) for text in TEXTS * 3])]
    assert sorted(rows) == list(range(3 * len(TEXTS)))


def test_a_text_has_the_same_vectors_alone_and_among_others(encoder: Encoder) -> None:
    for text, among in zip(TEXTS, encode(encoder, TEXTS), strict=True):
        (alone,) = encode(encoder, [text])
        np.testing.assert_allclose(alone.section, among.section, rtol=0, atol=1e-6)
        np.testing.assert_allclose(alone.sentences, among.sentences, rtol=0, atol=1e-6)


def test_vectors_on_onnx_do_not_depend_on_company_or_threads_by_a_single_bit(onnx: Encoder) -> None:
    texts = archive_sections(40)
    for made in (encode(onnx, texts[::-1])[::-1], encode(load_encoder(threads=3), texts)):
        for expected, found in zip(encode(onnx, texts), made, strict=True):
            np.testing.assert_array_equal(found.section, expected.section)
            np.testing.assert_array_equal(found.sentences, expected.sentences)


def test_passages_left_half_way_are_no_trouble(onnx: Encoder) -> None:
    rows = onnx.encode_passages([Passage(text) for text in TEXTS * 50])
    assert next(rows)[0] == 0
    del rows
    assert encode(onnx, TEXTS[:1])[0].section.any()


def test_the_fingerprint_is_json_and_the_same_for_two_loads(onnx: Encoder) -> None:
    assert json.loads(json.dumps(asdict(onnx.fingerprint))) == asdict(load_encoder().fingerprint)
    assert re.fullmatch(r"[0-9a-f]{64}", onnx.fingerprint.weights)


def test_another_runtime_or_model_has_another_fingerprint(onnx: Encoder, folder: Path) -> None:
    assert load_encoder(runtime="torch").fingerprint != onnx.fingerprint
    assert load_encoder(str(folder)).fingerprint != onnx.fingerprint


def test_a_saved_bert_runs_on_onnx_as_well(folder: Path, reference: SentenceTransformer) -> None:
    encoder = load_encoder(str(folder), runtime="onnx")
    assert cosines(reference, encode(encoder, TEXTS), list(TEXTS)).min() >= ROUNDED
    assert encoder.fingerprint.query_prefix == "query: "


@pytest.mark.parametrize(("file", "change"), [("config.json", {"model_type": "mpnet"}), ("modules.json", None)])
def test_a_model_that_onnx_cannot_run_says_to_use_torch(
    folder: Path, tmp_path: Path, file: str, change: dict[str, str] | None
) -> None:
    for source in folder.rglob("*.json"):
        (tmp_path / source.relative_to(folder)).parent.mkdir(exist_ok=True)
        (tmp_path / source.relative_to(folder)).write_bytes(source.read_bytes())
    (tmp_path / "model.safetensors").symlink_to(folder / "model.safetensors")
    kept = json.loads((tmp_path / file).read_text())
    (tmp_path / file).write_text(json.dumps({**kept, **change} if change else kept[:1]))
    with pytest.raises(ModelError, match="--runtime torch"):
        load_encoder(str(tmp_path), runtime="onnx")


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=re.escape(str(tmp_path))):
        load_encoder(str(tmp_path))
    with pytest.raises(ModelError, match="is not a folder"):
        load_encoder(str(tmp_path / "absent"))


def test_a_model_of_the_hub_that_cannot_be_had_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"nobody/no-such-model.*connect once"):
        model_folder("nobody/no-such-model")


@pytest.mark.parametrize(
    ("model", "prompts", "expected"),
    [
        ("intfloat/e5-base-v2", {}, E5_PREFIXES),
        ("intfloat/multilingual-e5-large", {"query": "", "document": ""}, E5_PREFIXES),
        ("intfloat/multilingual-e5-large-instruct", {}, Prefixes("", "")),
        ("sentence-transformers/all-MiniLM-L6-v2", {}, Prefixes("", "")),
        ("some/model", {"query": "Q: ", "document": "D: "}, Prefixes("Q: ", "D: ")),
        ("some/model", {"query": "Q: ", "passage": "P: "}, Prefixes("Q: ", "P: ")),
    ],
)
def test_prefixes_are_the_models_own_or_e5s(model: str, prompts: dict[str, str], expected: Prefixes) -> None:
    assert prefixes_for(model, prompts) == expected


def test_ids_begin_and_end_with_the_special_ones(tokenizer: Tokenizer) -> None:
    for tokens in tokenizer.encode([*TEXTS, ""]):
        assert (tokens.ids[0], tokens.ids[-1]) == (0, 2)
        assert not {0, 2} & set(tokens.ids[1:-1].tolist())


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("ＡＢＣ １２３", "ABC 123"),
        ("ﬁne", "fine"),
        ("a\x01\x08b\x7fc", "abc"),
        ("a \t\n\u3000 b", "a b"),
        ("  a b  ", "a b"),
        ("a\u200bb", "a b"),
        ("\ufeffa", "a"),
        ("\u1112\u1161\u11ab글", "한글"),
    ],
)
def test_texts_are_normalised_as_xlm_roberta_does(tokenizer: Tokenizer, text: str, same_as: str) -> None:
    left, right = tokenizer.encode([text, same_as])
    assert left.ids.tolist() == right.ids.tolist()


def test_ids_are_those_that_xlm_roberta_gives(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode(["Hello world"])[0].ids.tolist() == [0, 35378, 8999, 2]


def test_ids_of_real_text_agree_with_transformers_own_tokenizer(tokenizer: Tokenizer) -> None:
    from transformers.models.xlm_roberta.tokenization_xlm_roberta import XLMRobertaTokenizer

    file = bundled.find_weights()
    assert file is not None
    theirs = XLMRobertaTokenizer(vocab=list(read_model(file).pieces))
    for text, tokens in zip(texts := archive_sections(60), tokenizer.encode(texts), strict=True):
        assert theirs(re.sub(r"\s+", " ", text))["input_ids"][:512] == tokens.ids.tolist()[:512]


@pytest.mark.parametrize(
    "text",
    [
        "😀 첫 문장입니다. 👨\u200d👩\u200d👧 둘째 문장이다.",
        "ＡＩ 모델이다． ①번 실험은 ㎏ 단위다. 끝났다.",
        "a\u200b b\u200d c.  Next\u00a0one starts. ﬁn.",
    ],
)
def test_offsets_are_code_points_of_the_original_text(tokenizer: Tokenizer, text: str) -> None:
    (tokens,) = tokenizer.encode([text])
    for word in re.finditer(r"[0-9A-Za-z가-힣]+", text):
        inside = (tokens.offsets[:, 0] < word.end()) & (tokens.offsets[:, 1] > word.start())
        assert inside.any()
        covered = text[tokens.offsets[inside, 0].min() : tokens.offsets[inside, 1].max()]
        assert word.group() in covered
    assert tokens.offsets.max() <= len(text)


def test_sentence_means_take_only_tokens_that_overlap_and_never_the_prefix() -> None:
    states = np.arange(10, dtype=np.float32).reshape(5, 2)
    offsets = np.array([[-9, -9], [-9, -1], [0, 3], [3, 7], [-9, -9]])
    means, found = sentence_means(states, offsets, (Span(0, 3), Span(0, 7), Span(8, 9)))
    assert means[:2].tolist() == [[4, 5], [5, 6]]
    assert found.tolist() == [True, True, False]


@pytest.fixture
def lengths() -> list[int]:
    made: list[int] = np.random.default_rng(3).integers(1, 512, 200).tolist()
    return made


def test_batches_hold_every_row_once_within_the_budget(lengths: list[int]) -> None:
    made = list(length_batches(lengths, 1000))
    assert sorted(row for batch in made for row in batch) == list(range(200))
    assert all(len(batch) * max(lengths[row] for row in batch) <= 1000 for batch in made)


def test_a_row_longer_than_the_budget_is_a_batch_of_its_own() -> None:
    assert list(length_batches([5, 50, 5], 10)) == [[1], [0, 2]]
