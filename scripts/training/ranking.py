"""Fits the trees that have the last word on the best papers of a query: LambdaMART over what `search.ranking` looks at.

    python -m scripts.training.ranking --on STORE QUERIES.jsonl... [--on STORE QUERIES.jsonl...]

A store is one that `nonmun index` made of the archive that the queries are about. Figures are of queries on other
papers than those fitted on: the papers are dealt into FOLDS by their ids, and each fold is judged by trees that were
fitted on the others. What is written was fitted on all. The same queries and stores give the same file.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.arrays import FloatArray
from index.errors import MissingExtra
from index.publishing.opening import open_generation
from index.store.generation import Generation
from search.answers import Filters
from search.engine import encoder_of
from search.evaluation.labelled import DEPTH, Comparison, Outcome, ranking_metrics, read_queries
from search.query.question import word_analysis
from search.query.understanding import Interpreter, Query
from search.ranking.features import COLUMNS, OWNERS, PARTS, Evidence, features
from search.ranking.fusion import RECIPE, Ranked, with_part
from search.ranking.hybrid import looked_at, named, nearest
from search.ranking.learned import LOOKED_AT, TREES_FILE, improved, observed
from search.ranking.trees import Trees, parse_trees

FOLDS = 5
FREE = {"agreement", "rarest", "recalled", "sections_standing"}
"""Features of which more may be worse; of all others, more never hurts."""
FITTED = {"objective": "lambdarank", "label_gain": [0, 1], "lambdarank_truncation_level": 10}
REPEATABLE = {"deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1}


@dataclass(frozen=True, slots=True)
class Settings:
    """How the trees are grown."""

    rounds: int = 200
    leaves: int = 7
    rate: float = 0.05
    least_in_leaf: int = 80
    columns: float = 0.7
    seed: int = 1

    def parameters(self) -> dict[str, Any]:
        """Return LightGBM's names for it all."""
        return {
            **FITTED,
            **REPEATABLE,
            "num_leaves": self.leaves,
            "learning_rate": self.rate,
            "min_data_in_leaf": self.least_in_leaf,
            "feature_fraction": self.columns,
            "monotone_constraints": [int(name not in FREE) for name in COLUMNS],
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A labelled query: its ranking before the trees, what they look at, and what it names exactly."""

    file: str
    relevant: tuple[str, ...]
    ids: tuple[str, ...]
    ranked: Ranked
    found: Evidence
    table: FloatArray
    exact: FloatArray

    @property
    def fold(self) -> int:
        """The fold that the wanted paper is in."""
        return zlib.crc32(min(self.relevant).encode()) % FOLDS

    @property
    def labels(self) -> FloatArray:
        """1 for each paper looked at that is wanted, else 0."""
        return np.isin(self.ids[:LOOKED_AT], self.relevant).astype(np.float32)

    def answer(self, model: Trees | None) -> list[str]:
        """Return the ids of the best papers, with a model's last word or without."""
        names = dict(zip(self.ranked.rows.tolist(), self.ids, strict=True))
        named_exactly = dict(zip(self.ranked.rows.tolist(), self.exact.tolist(), strict=True))
        ranked = improved(self.ranked, self.found, RECIPE.shares, model) if model else self.ranked
        exact = np.array([named_exactly[row] for row in ranked.rows.tolist()], np.float32)
        return [names[row] for row in with_part(ranked, "exact", exact).rows[:DEPTH].tolist()]


def ask(store: Path, files: Sequence[Path]) -> Iterator[Asked]:
    """Yield every query of some files as a store ranks it."""
    generation = open_generation(store)
    encoder = encoder_of(generation)
    interpreter = Interpreter(generation, word_analysis(generation), encoder.encode_query)
    ids = generation.ids()
    for file in map(read_queries, files):
        for row in file.rows:
            query = interpreter.understand(str(row["query"]), Filters())
            if not query.lists:
                yield _looked_at(file.name, tuple(row["relevant"]), query, ids, generation)
    generation.close()


def _looked_at(file: str, relevant: tuple[str, ...], query: Query, ids: Sequence[str], generation: Generation) -> Asked:
    asked = query.question
    _, _, dense = nearest(asked.vector, generation, query.allowed)
    pool = looked_at(asked, dense, generation, RECIPE, query.allowed, query.pins)
    ranked = pool.fused(RECIPE.shares)
    found = observed(ranked, pool, asked, generation)
    names = tuple(ids[row] for row in ranked.rows.tolist())
    return Asked(file, relevant, names, ranked, found, features(found), named(ranked, query.pins))


def fitted(queries: Sequence[Asked], settings: Settings) -> str:
    """Return LightGBM's text of the trees that rank some queries best; MissingExtra where it is not installed."""
    try:
        import lightgbm
    except ImportError:
        raise MissingExtra("fitting needs the library lightgbm: pip install -e '.[train]'") from None
    told = [query for query in queries if query.labels.any()]
    data = lightgbm.Dataset(
        np.concatenate([query.table for query in told]),
        np.concatenate([query.labels for query in told]),
        group=[len(query.table) for query in told],
        feature_name=list(COLUMNS),
    )
    text: str = lightgbm.train(settings.parameters(), data, settings.rounds).model_to_string()
    return text.partition("\nend of trees")[0] + "\nend of trees\n"


def grown(text: str) -> Trees:
    """Return the trees of a text."""
    return parse_trees(text, [PARTS.index(owner) for owner in OWNERS], len(PARTS))


def judged(queries: Sequence[Asked], settings: Settings) -> list[dict[str, Any]]:
    """Return each file's figures without trees, and with those that were fitted on the papers of other folds."""
    models = [grown(fitted([q for q in queries if q.fold != fold], settings)) for fold in range(FOLDS)]
    answers = {None: [q.answer(None) for q in queries], "learned": [q.answer(models[q.fold]) for q in queries]}
    found = []
    for file in dict.fromkeys(query.file for query in queries):
        places = [place for place, query in enumerate(queries) if query.file == file]
        wanted = [queries[place].relevant for place in places]
        plain, learned = (
            Outcome(file, "search", ranking_metrics([ranked[place] for place in places], wanted))
            for ranked in answers.values()
        )
        best = float(np.mean([_reach(queries[place]) for place in places]))
        compared = Comparison("fused", learned, plain).as_dict()
        found.append({**learned.as_dict(), "oracle": round(best, 4), "others": [compared]})
    return found


def _reach(query: Asked) -> float:
    """Return the nDCG@10 of the best order of what is looked at."""
    ranked = [*query.relevant, "another"] if query.labels.any() else ["another"]
    held = [one for one in ranked if one in query.ids[:LOOKED_AT]]
    return float(ranking_metrics([held or ["another"]], [query.relevant])["ndcg@10"][0])


def card(queries: Sequence[Asked], settings: Settings, figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is known of the trees: what they were fitted on, how, and what they reach on other papers."""
    from importlib.metadata import version

    return {
        "method": "LambdaMART over the first papers of the fused ranking",
        "looked_at": LOOKED_AT,
        "settings": asdict(settings),
        "free": sorted(FREE),
        "folds": FOLDS,
        "lightgbm": version("lightgbm"),
        "queries": len(queries),
        "with_an_answer_among_them": sum(bool(query.labels.any()) for query in queries),
        "files": list(figures),
    }


def parse_arguments() -> argparse.Namespace:
    """Return the command line's options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--on", type=Path, nargs="+", action="append", required=True, metavar="PATH", help="a store, and its queries"
    )
    parser.add_argument("--out", type=Path, default=TREES_FILE, help="the trees to write; default: %(default)s")
    return parser.parse_args()


def main() -> None:
    """Fit, judge, and write the trees and their card."""
    arguments = parse_arguments()
    queries = [query for store, *files in arguments.on for query in ask(store, files)]
    settings = Settings()
    figures = judged(queries, settings)
    for row in figures:
        print(f"{row['file']:20s} {row['others'][0]['ndcg@10']:.4f} -> {row['ndcg@10']:.4f}  of {row['oracle']:.4f}")
    arguments.out.write_text(fitted(queries, settings), encoding="utf-8")
    body = json.dumps(card(queries, settings, figures), indent=1)
    arguments.out.with_suffix(".json").write_text(body + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
