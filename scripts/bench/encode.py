"""`benchmark.py encode`: passages a second, beside sentence-transformers with the same weights and texts.

`nonmun` is what `nonmun index` does, sentence vectors included; the others are `SentenceTransformer.encode` with
its defaults, in 32-bit floats and in bfloat16. `cosine` is against the first of these, for section vectors. The
texts are passages spread over an archive by length; each system encodes them in a process of its own.
With --against, a store of the same papers whose vectors are 32-bit floats (`nonmun index --runtime torch`), the
queries of --queries are answered from both stores, and what 8-bit integers cost in nDCG@10 is told.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.arrays import FloatArray
from index.encoding.encoder import E5_PREFIXES, Passage
from index.encoding.models import available_cores, load_encoder
from index.paper import split_sentences
from index.publishing.opening import open_generation
from scripts.bench.common import Row, add_common, alone, lacking, provenance, report, save, say
from search.engine import Engine
from search.evaluation.labelled import QueryFile, evaluate, read_queries, require_metrics

ST_FLOAT32 = "SentenceTransformer.encode, float32"
ST_BFLOAT16 = "SentenceTransformer.encode, bfloat16"
WARM_UP = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="the store whose texts are encoded")
    parser.add_argument("--count", type=int, default=400, metavar="N", help="how many passages; 400")
    parser.add_argument("--against", type=Path, metavar="DIR", help="a store of the same papers, built on torch")
    parser.add_argument("--queries", type=Path, nargs="*", default=(), metavar="FILE", help="files of labelled queries")
    add_common(parser)


def run(chosen: argparse.Namespace) -> None:
    """Measure, print and write."""
    texts = passages(chosen.store, chosen.count)
    body: dict[str, Any] = {**provenance("torch", "sentence-transformers"), "passages": len(texts)}
    body["letters"] = sum(map(len, texts))
    body["encoding"] = encoding(texts)
    report("encoding", body["encoding"])
    if chosen.against and chosen.queries:
        require_metrics()
        files = [read_queries(file) for file in chosen.queries]
        body["quality"] = quality(chosen.store, chosen.against, files)
        report("nDCG@10", body["quality"])
    say(f"written to {save(body, 'encode', chosen.out)}")


def passages(store: Path, count: int) -> list[str]:
    """Return passages of a store, spread over their lengths, in the store's order."""
    generation = open_generation(store)
    papers = (generation.paper(row) for row in range(generation.manifest.papers))
    texts = [text for paper in papers for text in (paper.title, *(section.text for section in paper.sections))]
    generation.close()
    by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    kept = np.unique(np.linspace(0, len(texts) - 1, count).astype(int))
    return [texts[place] for place in sorted(by_length[int(i)] for i in kept)]


def encoding(texts: Sequence[str]) -> list[Row]:
    """Return each system's speed and how far its vectors are from those of 32-bit floats."""
    systems = {ST_FLOAT32: sentence_transformer_float32, ST_BFLOAT16: sentence_transformer_bfloat16, "nonmun": nonmun}
    if cuda():
        systems["nonmun on torch and CUDA"] = nonmun_torch
    rows: list[Row] = []
    reference: FloatArray | None = None
    base = 0.0
    for name, encode in systems.items():
        say(name)
        done = alone(encode, list(texts))
        seconds, vectors = done.result
        reference, base = (vectors, seconds) if reference is None else (reference, base)
        cosines = np.sum(vectors * reference, axis=1)
        speed = {"passages_per_s": round(len(texts) / seconds, 1), "times_float32": round(base / seconds, 2)}
        closeness = {"cosine_mean": round(float(cosines.mean()), 4), "cosine_least": round(float(cosines.min()), 4)}
        rows.append({"system": name, **speed, **closeness, "peak_mb": done.peak_mb})
    return rows


def nonmun(texts: Sequence[str], runtime: str = "auto") -> tuple[float, FloatArray]:
    """Encode as `nonmun index` does; return the seconds and the section vectors, (texts, d)."""
    encoder = load_encoder(runtime="torch" if runtime == "torch" else "auto", threads=available_cores())
    work = [Passage(text, split_sentences(text)) for text in texts]
    list(encoder.encode_passages(work[:WARM_UP]))
    started = time.perf_counter()
    found = dict(encoder.encode_passages(work))
    seconds = time.perf_counter() - started
    return seconds, np.stack([found[place].section for place in range(len(texts))])


def nonmun_torch(texts: Sequence[str]) -> tuple[float, FloatArray]:
    """Encode on torch, as `nonmun index --runtime torch` does."""
    return nonmun(texts, "torch")


def sentence_transformer_float32(texts: Sequence[str]) -> tuple[float, FloatArray]:
    """Encode with sentence-transformers' defaults."""
    return _sentence_transformer(texts, "float32")


def sentence_transformer_bfloat16(texts: Sequence[str]) -> tuple[float, FloatArray]:
    """Encode with sentence-transformers in bfloat16."""
    return _sentence_transformer(texts, "bfloat16")


def _sentence_transformer(texts: Sequence[str], kind: str) -> tuple[float, FloatArray]:
    import torch

    from index.encoding.torch_encoder import TorchEncoder

    encoder = load_encoder(runtime="torch", threads=available_cores())
    assert isinstance(encoder, TorchEncoder)
    model = encoder.model.to(getattr(torch, kind))
    written = [E5_PREFIXES.passage + text for text in texts]
    model.encode(written[:WARM_UP])
    started = time.perf_counter()
    vectors = model.encode(written, normalize_embeddings=True, convert_to_numpy=False, convert_to_tensor=True)
    seconds = time.perf_counter() - started
    return seconds, np.asarray(vectors.float().cpu().numpy(), np.float32)


def cuda() -> bool:
    """Return whether torch finds a CUDA device; MissingExtra where there is no torch."""
    try:
        import torch
    except ImportError:
        raise lacking("torch") from None
    return bool(torch.cuda.is_available())


def quality(store: Path, against: Path, files: Sequence[QueryFile]) -> list[Row]:
    """Return nDCG@10 of each file of queries from two stores, and the difference."""
    rows: list[Row] = []
    found = []
    for folder in (store, against):
        engine = Engine.open(folder)
        found.append([evaluate(engine, file) for file in files])
        engine.generation.close()
    for ours, theirs in zip(*found, strict=True):
        left, right = (float(outcome.values[outcome.metric].mean()) for outcome in (ours, theirs))
        figures = {"nonmun": round(left, 4), "float32": round(right, 4), "difference": round(left - right, 4)}
        rows.append({"queries": ours.name, **figures})
    return rows
