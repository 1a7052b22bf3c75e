"""Other search libraries, each as a function from texts and vectors to a function that answers queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, RowArray

Ask = Callable[[int, bool], RowArray]
"""Returns the best sections for a query, by its number; with True, of papers from the given day on only."""


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Sections with their vectors (sections, d), papers and days as yyyymmdd; queries with vectors (queries, d)."""

    texts: list[str]
    vectors: FloatArray
    owners: RowArray
    days: npt.NDArray[np.int32]
    day: int
    queries: list[str]
    query_vectors: FloatArray

    _ARRAYS = ("vectors", "owners", "days", "query_vectors")

    def write(self, folder: Path) -> None:
        """Write all to files in a folder."""
        for name in self._ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))
        words = {"texts": self.texts, "day": self.day, "queries": self.queries}
        (folder / "words.json").write_text(json.dumps(words), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Data:
        """Read what was written."""
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in cls._ARRAYS}
        return cls(**arrays, **json.loads((folder / "words.json").read_text(encoding="utf-8")))


def txtai(data: Data, folder: Path, limit: int) -> Ask:
    """Return txtai's hybrid search over its own copy of the texts."""
    from txtai import Embeddings

    vectors = dict(zip([*data.texts, *data.queries], [*data.vectors, *data.query_vectors], strict=True))

    def transform(batch: list[str]) -> FloatArray:
        return np.stack([vectors[text] for text in batch])

    embeddings = Embeddings(method="external", transform=transform, hybrid=True, content=True)
    rows = zip(data.texts, data.days.tolist(), strict=True)
    embeddings.index([(i, {"text": text, "day": day}, None) for i, (text, day) in enumerate(rows)])
    embeddings.save(str(folder / "index"))
    plain = f"SELECT id FROM txtai WHERE similar(:q, {limit}) LIMIT {limit}"
    newest = f"SELECT id FROM txtai WHERE similar(:q, {limit}) AND day >= {data.day} LIMIT {limit}"

    def ask(number: int, filtered: bool) -> RowArray:
        found = embeddings.search(newest if filtered else plain, limit, parameters={"q": data.queries[number]})
        return np.array([int(row["id"]) for row in found], np.int64)

    return ask


def chroma(data: Data, folder: Path, limit: int) -> Ask:
    """Return Chroma's vector search."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("sections", embedding_function=None, configuration={"hnsw": {"space": "ip"}})
    size = client.get_max_batch_size()
    for start in range(0, len(data.texts), size):
        part = slice(start, start + size)
        collection.add(
            ids=[str(i) for i in range(start, min(start + size, len(data.texts)))],
            embeddings=data.vectors[part],
            documents=data.texts[part],
            metadatas=[{"day": day} for day in data.days[part].tolist()],
        )

    def ask(number: int, filtered: bool) -> RowArray:
        where: Any = {"day": {"$gte": data.day}} if filtered else None
        found = collection.query(
            query_embeddings=[data.query_vectors[number]], n_results=limit, where=where, include=[]
        )
        return np.array(found["ids"][0], np.int64)

    return ask


def lancedb(data: Data, folder: Path, limit: int) -> Ask:
    """Return LanceDB's hybrid search."""
    import lancedb as lance
    import pyarrow as pa

    vectors = pa.FixedSizeListArray.from_arrays(pa.array(data.vectors.ravel()), data.vectors.shape[1])
    columns = {"row": pa.array(np.arange(len(data.texts))), "day": pa.array(data.days)}
    rows = pa.table({**columns, "text": pa.array(data.texts), "vector": vectors})
    table = lance.connect(folder).create_table("sections", rows)
    table.create_index(metric="dot", vector_column_name="vector")
    table.create_fts_index("text")
    table.create_scalar_index("day")

    def ask(number: int, filtered: bool) -> RowArray:
        query = table.search(query_type="hybrid").vector(data.query_vectors[number]).text(data.queries[number])
        if filtered:
            query = query.where(f"day >= {data.day}", prefilter=True)
        found: RowArray = query.limit(limit).to_arrow()["row"].to_numpy()
        return found

    return ask


def numpy_bm25s(data: Data, folder: Path, limit: int) -> Ask:
    """Return a product with all vectors and bm25s, summed half and half."""
    import bm25s

    words = bm25s.BM25()
    words.index(bm25s.tokenize(data.texts, stopwords=None, show_progress=False), show_progress=False)
    words.save(folder / "bm25s")
    np.save(folder / "vectors.npy", data.vectors)
    newest = data.days >= data.day

    def ask(number: int, filtered: bool) -> RowArray:
        dense = data.vectors @ data.query_vectors[number]
        (terms,) = bm25s.tokenize([data.queries[number]], stopwords=None, show_progress=False, return_ids=False)
        total = _scaled(dense) + _scaled(words.get_scores(terms))
        if filtered:
            total = np.where(newest, total, -1)
        best = np.argpartition(-total, min(limit, len(total) - 1))[:limit]
        return best[np.argsort(-total[best])]

    return ask


def _scaled(scores: FloatArray) -> FloatArray:
    low, high = float(scores.min()), float(scores.max())
    scaled: FloatArray = (scores - np.float32(low)) / np.float32(max(high - low, 1e-9))
    return scaled


MODULES = {"txtai": "txtai", "Chroma": "chromadb", "LanceDB": "lancedb", "numpy + bm25s": "bm25s"}
PEERS: dict[str, Callable[[Data, Path, int], Ask]] = {
    "txtai": txtai,
    "Chroma": chroma,
    "LanceDB": lancedb,
    "numpy + bm25s": numpy_bm25s,
}
