"""Labelled queries that are watched while an encoder is trained, and never trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.training.trainer import TITLE_WEIGHT, Trainer, best_of_group


class Check:
    """Labelled queries over the papers they want and a sample of others, ranked by the best sentence and the title."""

    def __init__(self, archive: Path, files: Sequence[Path], queries: int = 100, others: int = 200) -> None:
        from index.sources.corpus import read_corpus

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
        from search.evaluation.labelled import ranking_metrics

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
