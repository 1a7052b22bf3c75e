"""`benchmark.py quality`: how good a store's answers are, beside other systems on the same papers and queries.

The systems, on every file of search queries:
  nonmun          the engine as it is
  dense           papers by their best section vector
  dense + title   the same, each section vector plus half its paper's title vector
  BM25            over a paper's title and sections in one field; terms are lower-cased words between white space
  txtai hybrid    txtai with its defaults (hybrid=True, no content); one document a section, its text with the
                  title in front; its vectors are those of `dense + title`, the query's that of nonmun; 1,000
                  documents are asked for and grouped to papers by their best one
Files of similar and highlight queries, and KorQuAD, are measured for nonmun alone. `p` compares with nonmun.
With --untuned, a store of the same papers made with --model multilingual-e5-small, every file also says what nonmun
(`untuned`) and `dense + title` (`untuned dense + title`) reach there.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encoding.encoder import Encoder
from index.paper import Paper
from index.publishing.opening import open_generation
from index.store.generation import Generation
from index.words import bm25
from scripts.bench.common import WORK, add_common, lacking, provenance, save, say
from scripts.bench.korquad import build_paragraphs, measure, read_korquad
from search.cli.eval_command import score_lines
from search.engine import Engine, encoder_of
from search.evaluation.ablation import ablate
from search.evaluation.labelled import (
    DEPTH,
    Comparison,
    Outcome,
    QueryFile,
    evaluate,
    ranking_metrics,
    read_queries,
    require_metrics,
)
from search.evaluation.remembering import RememberingEncoder
from search.evaluation.selfcheck import SectionRanking
from search.ranking.fusion import best, best_per_paper

Ranker = Callable[[str], list[str]]
"""Returns the ids of the best DEPTH papers for a query."""

DOCUMENTS = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("queries", nargs="*", type=Path, metavar="QUERIES.jsonl", help="files of labelled queries")
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store")
    parser.add_argument("--limit", type=int, metavar="N", help="ask a fixed sample of N queries of each file")
    parser.add_argument("--ablate", action="store_true", help="also leave out each part of the ranking in turn")
    parser.add_argument("--untuned", type=Path, metavar="DIR", help="a store of the same papers with the untuned model")
    parser.add_argument("--korquad", type=Path, metavar="FILE", help="also measure on this file of KorQuAD 1.0")
    parser.add_argument("--korquad-store", type=Path, default=WORK / "korquad", metavar="DIR")
    add_common(parser)


def run(chosen: argparse.Namespace) -> None:
    """Measure, print and write."""
    require_metrics()
    body = benchmark(chosen)
    print("\n".join(score_lines(body)))
    say(f"written to {save(body, 'quality', chosen.out)}")


def dense_ranker(generation: Generation, encoder: Encoder) -> Ranker:
    """Rank papers by their best section vector."""
    ranking = SectionRanking(generation)
    return lambda query: ids(ranking.rows(encoder.encode_query(query).vector), generation)


def titled_ranker(generation: Generation, encoder: Encoder) -> Ranker:
    """Rank papers by their best section vector plus half the title's."""

    def rank(query: str) -> list[str]:
        scores, found = generation.index.search(encoder.encode_query(query).vector, DOCUMENTS)
        return ids(best_per_paper(scores, generation.layout.section_papers[found], DEPTH).rows, generation)

    return rank


def words_ranker(generation: Generation) -> Ranker:
    """Rank papers by BM25 over words between white space."""
    from scipy import sparse

    papers = [generation.paper(row) for row in range(generation.manifest.papers)]
    counts = [Counter(whole_text(paper).casefold().split()) for paper in papers]
    columns = {word: i for i, word in enumerate(sorted(set().union(*counts)))}
    triples = [(n, row, columns[word]) for row, count in enumerate(counts) for word, n in count.items()]
    values, rows, places = (np.array(column) for column in zip(*triples, strict=True))
    matrix = sparse.csr_matrix((values.astype(np.float32), (rows, places)), (len(papers), len(columns)))
    postings = dict(zip(columns, bm25.postings(matrix), strict=True))

    def rank(query: str) -> list[str]:
        asked = {word: float(count) for word, count in Counter(query.casefold().split()).items()}
        return ids(best(bm25.score(asked, lambda terms: postings, len(papers)), DEPTH).rows, generation)

    return rank


def whole_text(paper: Paper) -> str:
    """Return a paper's title and sections as one text."""
    return "\n".join([paper.title, *(section.text for section in paper.sections)])


def txtai_ranker(generation: Generation, encoder: Encoder) -> Ranker:
    """Rank papers by txtai's hybrid search over sections; MissingExtra where txtai is not installed."""
    try:
        from txtai import Embeddings
    except ImportError:
        raise lacking("txtai") from None
    papers = (generation.paper(row) for row in range(generation.manifest.papers))
    texts = [f"{paper.title}\n{section.text}" for paper in papers for section in paper.sections]
    vectors = dict(zip(texts, generation.index.vectors(np.arange(len(texts))), strict=True))

    def transform(batch: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.stack([vectors[text] if text in vectors else encoder.encode_query(text).vector for text in batch])

    embeddings = Embeddings(method="external", transform=transform, hybrid=True, content=False)
    embeddings.index([(number, text, None) for number, text in enumerate(texts)])

    def rank(query: str) -> list[str]:
        found = embeddings.search(query, DOCUMENTS)
        scores = np.array([score for _, score in found], np.float32)
        owners = generation.layout.section_papers[np.array([number for number, _ in found], np.int64)]
        return ids(best_per_paper(scores, owners, DEPTH).rows, generation)

    return rank


def ids(rows: npt.NDArray[np.int64], generation: Generation) -> list[str]:
    """Return the ids of some papers."""
    return [generation.paper(int(row)).id for row in rows]


def compared(file: QueryFile, first: Outcome, rankers: Mapping[str, Ranker]) -> dict[str, Any]:
    """Return each other system's figures on a file."""
    found: dict[str, Any] = {}
    for name, rank in rankers.items():
        ranked = [rank(str(row["query"])) for row in file.rows]
        values = ranking_metrics(ranked, [row["relevant"] for row in file.rows])
        body = Comparison(name, first, Outcome(file.name, file.kind, values)).as_dict()
        found[body.pop("name")] = body
    return found


def described(generation: Generation) -> dict[str, Any]:
    """Return what the figures depend on."""
    manifest = generation.manifest
    return {
        **provenance("kiwipiepy", "ir-measures", "txtai"),
        "model": manifest.encoder,
        "papers": manifest.papers,
        "sections": manifest.sections,
        "sentences": manifest.sentences,
        "bytes": sum(int(file["bytes"]) for file in manifest.files.values()),
    }


def benchmark(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure everything that the command line asks for."""
    files = [read_queries(path).sample(chosen.limit) for path in chosen.queries]
    generation = open_generation(chosen.store)
    body = described(generation)
    encoder = RememberingEncoder(encoder_of(generation))
    rankers = {
        "dense": dense_ranker(generation, encoder),
        "dense + title": titled_ranker(generation, encoder),
        "BM25": words_ranker(generation),
        "txtai hybrid": txtai_ranker(generation, encoder),
    }
    engine = Engine(generation, encoder)
    body["files"] = [measured(file, engine, rankers) for file in files]
    if chosen.ablate:
        add_ablation(body["files"], generation, encoder, files)
    encoders: list[Encoder] = [encoder]
    if chosen.untuned:
        encoders.append(add_untuned(body["files"], chosen.untuned, engine, files))
    if chosen.korquad:
        body["files"] += [korquad(chosen, each) for each in encoders]
    generation.close()
    return body


def measured(file: QueryFile, engine: Engine, rankers: Mapping[str, Ranker]) -> dict[str, Any]:
    """Return nonmun's figures on a file, with those of the other systems where it holds search queries."""
    say(f"{file.name}: {len(file.rows)} queries")
    first = evaluate(engine, file)
    return first.as_dict() | ({"others": compared(file, first, rankers)} if file.kind == "search" else {})


def add_ablation(
    bodies: Sequence[dict[str, Any]], generation: Generation, encoder: Encoder, files: Sequence[QueryFile]
) -> None:
    """Add to each file of search queries what leaving out each part of the ranking costs."""
    for body, file in zip(bodies, files, strict=True):
        if file.kind == "search":
            body["ablation"] = [one.as_dict() for one in ablate(generation, encoder, file)]


def add_untuned(bodies: Sequence[dict[str, Any]], store: Path, tuned: Engine, files: Sequence[QueryFile]) -> Encoder:
    """Add to each file what a store of another encoder reaches; return that encoder."""
    generation = open_generation(store)
    encoder = RememberingEncoder(encoder_of(generation))
    engine = Engine(generation, encoder)
    rankers = {"untuned dense + title": titled_ranker(generation, encoder)}
    for body, file in zip(bodies, files, strict=True):
        first = evaluate(tuned, file)
        other = Comparison("untuned", first, evaluate(engine, file)).as_dict()
        others = compared(file, first, rankers) if file.kind == "search" else {}
        body["others"] = body.get("others", {}) | {other.pop("name"): other} | others
    generation.close()
    return encoder


def korquad(chosen: argparse.Namespace, encoder: Encoder) -> dict[str, Any]:
    """Return the figures of an encoder on KorQuAD, its name with them."""
    asked = read_korquad(chosen.korquad).sample(chosen.limit)
    store = chosen.korquad_store / encoder.fingerprint.model.rpartition("/")[2]
    build_paragraphs(asked.paragraphs, store, encoder)
    return measure(asked, store, encoder).as_dict() | {"model": encoder.fingerprint.model}
