"""How the adapter is trained: examples from papers, the low-rank model, and a run that goes on where it stopped."""

from __future__ import annotations

import json
import lzma
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from index.encoding.default_model import bundled_files
from index.encoding.encoder import BASE_MODEL
from index.encoding.tokenizer import Tokenizer, unigram_backend
from index.errors import NonmunError
from scripts.training.lora import LoraBert, alike, attention
from scripts.training.pairs import (
    Sampler,
    Source,
    abstract_query,
    example,
    few_words,
    read_digests,
    read_pairs,
    section_query,
)
from scripts.training.trainer import Settings, Trainer, best_of_group, passage_of, schedule, sentence_of_token

TEXT = "이 논문은 지식 증류(knowledge distillation)로 작은 모델을 학습합니다. 실험에서 정확도가 3% 올랐습니다."
PAPERS = [
    Source(
        f"{i}", f"Paper {name}", (f"We study {name} in depth and at length.",), (f"{name}: {TEXT}", f"{name}. {TEXT}")
    )
    for i, name in enumerate(["retrieval", "diffusion", "robots", "speech", "proteins", "graphs", "agents", "games"])
]
SETTINGS = Settings(steps=4, batch=4, rank=2, rate=1e-2, temperature=0.05, tokens=32, clusters=2, seed=1)


@pytest.fixture
def trainer() -> Trainer:
    return make_trainer(SETTINGS)


def make_trainer(settings: Settings) -> Trainer:
    return Trainer(settings, Sampler(PAPERS, np.arange(len(PAPERS), dtype=np.int32) % 2, settings.seed), "cpu")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(unigram_backend(bundled_files(BASE_MODEL).read().pieces), 64)


def test_pairs_and_digests_become_sources(tmp_path: Path, examples: Path) -> None:
    row = {
        "id": "1",
        "title": " A\n title",
        "abstract": "One long enough sentence stands here. And another one of some length. No.",
        "sections": {"What's New": TEXT, "Other": "short"},
    }
    with lzma.open(tmp_path / "pairs.xz", "wt") as file:
        file.write(json.dumps(row))
    (paper,) = read_pairs(tmp_path / "pairs.xz")
    assert (paper.title, len(paper.abstract), paper.sections) == ("A title", 2, (TEXT,))
    allowed = {"2106.09685"}
    assert [found.id for found in read_digests(examples, allowed)] == sorted(allowed)


def test_an_example_has_two_queries_of_its_own_paper() -> None:
    for seed in range(50):
        made = example(PAPERS[0], random.Random(seed))
        assert len(made.queries) == len(made.titled) == 2
        assert made.titled == tuple(query != made.title for query in made.queries)
        assert all(made.passage[s.start : s.end].strip() for s in made.sentences)


def test_the_section_that_is_the_passage_is_not_asked_from() -> None:
    paper = Source("1", "Title", (), ("a b c d e f g h " * 6, "i j k l m n o p " * 6))
    for seed in range(50):
        made = example(paper, random.Random(seed))
        asked = set(" ".join(made.queries).split()) - {"Title"}
        assert not asked & set(made.passage.split())


def test_a_named_thing_is_asked_for_in_one_language_or_in_both() -> None:
    asked = {section_query(TEXT.partition(".")[0] + ".", random.Random(seed)) for seed in range(60)}
    assert any("지식 증류로" in query for query in asked)
    assert any("knowledge distillation로" in query and "증류" not in query for query in asked)
    assert any("지식 증류(knowledge distillation)로" in query for query in asked)


def test_texts_of_like_length_are_computed_together() -> None:
    assert list(alike([100, 20, 30, 140, 200])) == [[1, 2], [0, 3], [4]]


def test_queries_are_sometimes_a_few_words() -> None:
    lengths = {len(abstract_query(PAPERS[0].abstract, random.Random(seed)).split()) for seed in range(60)}
    assert min(lengths) >= 3
    assert len(lengths) > 2
    assert few_words("a b", random.Random(0), 3, 8) == "a b"


def test_a_batch_depends_on_the_seed_and_the_step_alone() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1], np.int32)
    first, again = (Sampler(PAPERS, labels, 1) for _ in range(2))
    assert first.batch(3, 6) == again.batch(3, 6)
    assert first.batch(3, 6) != first.batch(4, 6)
    assert first.batch(3, 6) != Sampler(PAPERS, labels, 2).batch(3, 6)
    titles = [made.title for made in first.batch(3, 6)]
    assert len(set(titles)) == len(titles) == 6


def test_before_training_the_model_says_what_the_encoder_says(tokenizer: Tokenizer) -> None:
    from index.encoding.models import load_encoder

    base = bundled_files(BASE_MODEL).read()
    model = LoraBert(base.weights, base.shape, 4, 0)
    texts = ["query: 지식 증류", "query: a longer query about distillation of knowledge"]
    tokens = tokenizer.encode(texts)
    with torch.no_grad():
        states = torch.split(model.states([t.ids for t in tokens]), [len(t.ids) for t in tokens])
    for text, own in zip(texts, states, strict=True):
        vector = own.mean(0).numpy() / np.linalg.norm(own.mean(0).numpy())
        assert vector @ load_encoder(BASE_MODEL).encode_query(text.removeprefix("query: ")).vector > 0.99


def test_attention_is_what_torch_computes() -> None:
    query, key, value = torch.randn(3, 2, 4, 5, 8, generator=torch.Generator().manual_seed(0)).unbind(0)
    bias = torch.zeros(2, 1, 1, 5)
    bias[0, ..., 3:] = -1e4
    expected = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    assert torch.allclose(attention(query, key, value, bias), expected, atol=1e-5)


def test_tokens_belong_to_their_sentences(tokenizer: Tokenizer) -> None:
    made = passage_of(TEXT)
    (tokens,) = tokenizer.encode(["passage: " + TEXT])
    numbers = sentence_of_token(tokens, made)
    assert numbers[0] == numbers[-1] == -1
    inside = numbers[numbers >= 0].tolist()
    assert inside == sorted(inside)
    assert set(inside) == {0, 1}
    starts = tokens.offsets[:, 0] - len("passage: ")
    assert all(
        TEXT[starts[i] :].lstrip()[0] in TEXT[made.sentences[n].start : made.sentences[n].end]
        for i, n in enumerate(numbers)
        if n >= 0
    )


def test_tokens_of_a_title_in_front_belong_to_no_sentence(tokenizer: Tokenizer) -> None:
    made = next(e for seed in range(99) if (e := example(PAPERS[0], random.Random(seed))).passage.startswith(e.title))
    (tokens,) = tokenizer.encode(["passage: " + made.passage])
    ends = tokens.offsets[:, 1] - len("passage: ")
    assert (sentence_of_token(tokens, made)[ends <= len(made.title)] == -1).all()


def test_the_best_of_each_group_is_found() -> None:
    scores = torch.tensor([[0.1, 0.9, 0.3], [0.5, 0.2, 0.4]])
    best = best_of_group(scores, torch.tensor([0, 0, 1]), 2)
    assert torch.equal(best, torch.tensor([[0.9, 0.3], [0.5, 0.4]]))


def test_the_rate_rises_then_falls() -> None:
    assert schedule(0) < 0.1 < schedule(0.02) < schedule(0.05) > schedule(0.5) > schedule(0.9) > schedule(1) > 0


def test_a_few_steps_lower_the_loss_and_change_every_update(trainer: Trainer) -> None:
    before = trainer.adapter()
    losses = [trainer.step() for _ in range(4)]
    after = trainer.adapter()
    assert losses[-1] < losses[0]
    assert all(values.dtype == np.float16 for values in after.values())
    assert all(not np.array_equal(before[name], after[name]) for name in before)


def test_a_run_that_was_stopped_goes_on_to_the_same_end(trainer: Trainer, tmp_path: Path) -> None:
    straight = make_trainer(SETTINGS)
    for _ in range(2):
        straight.step()
        trainer.step()
    trainer.save(tmp_path / "checkpoint.pt")
    resumed = make_trainer(SETTINGS)
    resumed.resume(tmp_path / "checkpoint.pt")
    assert straight.step() == resumed.step()
    assert resumed.progress.step == 3
    expected = straight.adapter()
    assert all(np.array_equal(values, expected[name]) for name, values in resumed.adapter().items())


def test_a_checkpoint_of_other_settings_is_refused(trainer: Trainer, tmp_path: Path) -> None:
    trainer.save(tmp_path / "checkpoint.pt")
    with pytest.raises(NonmunError, match="other settings"):
        make_trainer(replace(SETTINGS, rate=1e-3)).resume(tmp_path / "checkpoint.pt")
