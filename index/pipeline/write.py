"""The data files of a generation, written into a draft's folder."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from index.cache.counts import read_counts
from index.cache.database import Cache, open_cache
from index.cache.paper_facts import PaperFacts
from index.cache.vocabulary import Vocabulary
from index.pipeline.lexicon import Lexicon
from index.pipeline.write_papers import write_papers
from index.pipeline.write_vectors import Columns, write_vectors
from index.sources.corpus import SourceEntry
from index.store import manifest as m
from index.words.agreement import WORDS_SHARE


def write_files(folder: Path, papers: Sequence[SourceEntry], facts: PaperFacts, cache: Cache, dimensions: int) -> None:
    """Write all that a generation holds of papers that are counted and encoded, words and vectors at the same time."""
    digests = [paper.digest for paper in papers]
    with ThreadPoolExecutor(1) as pool:
        vectors = pool.submit(_vector_columns, folder, facts, cache.path, dimensions)
        lexicon = Lexicon(Vocabulary(cache), read_counts(cache, digests))
        words_said = write_papers(folder, papers, facts, lexicon, cache)
        columns = vectors.result()
    columns["agreement"] = columns["agreement"] + np.float32(WORDS_SHARE) * words_said
    np.savez(folder / m.LAYOUT, allow_pickle=False, **columns)


def _vector_columns(folder: Path, facts: PaperFacts, cache: Path, dimensions: int) -> Columns:
    with open_cache(cache) as opened:
        return write_vectors(folder, facts, opened, dimensions)
