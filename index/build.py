"""From sources to a published generation; what did not change is not computed again."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from index.background import background, sample_of
from index.cache import Cache, batches, open_cache
from index.corpus import Corpus, Report, read_corpus
from index.counting import count_papers, uncounted
from index.draft import draft, publish, write_files
from index.encoder import Encoder, Passage
from index.errors import SourceError
from index.facts import Facts, gather_facts, passages
from index.generation import Layout
from index.manifest import LAYOUT, SECTIONS, Manifest
from index.shelf import CacheShelf, papers_of
from index.vectors import VectorIndex
from index.vocabulary import Vocabulary

CACHE = "cache.sqlite"
_BATCH = 64
_WINDOW = 4096

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Built:
    """A new generation, and what went into it."""

    manifest: Manifest
    report: Report
    encoded: int


class SkippedError(SourceError):
    """A strict build met something that it would have to skip or repair; `report` says what."""

    def __init__(self, report: Report) -> None:
        first, count = report.skipped[0], len(report.skipped)
        place = f"{first.file}:{first.line}" if first.line else first.file
        super().__init__(f"{place}: {first.reason} (skipped or repaired: {count:,}); nothing was published")
        self.report = report


def build(sources: Sequence[Path], store: Path, encoder: Encoder, progress: Progress, *, strict: bool = False) -> Built:
    """Read sources and publish a new generation of the store.

    Raises:
        SourceError: the sources hold no paper; or SkippedError, where `strict` and anything was skipped or repaired.
    """
    made = not store.exists()
    store.mkdir(parents=True, exist_ok=True)
    try:
        with open_cache(store / CACHE) as cache:
            corpus = read_corpus(sources, CacheShelf(cache))
            _check(corpus, sources, strict)
            return _build(corpus, sources, store, encoder, cache, progress)
    except SourceError:
        if made:
            shutil.rmtree(store)
        raise


def _check(corpus: Corpus, sources: Sequence[Path], strict: bool) -> None:
    if strict and corpus.report.skipped:
        raise SkippedError(corpus.report)
    if not corpus.papers:
        names = ", ".join(str(source) for source in sources)
        raise SourceError(f"{names}: no paper found in {corpus.report.files} files; see README.md for the formats")


def _build(
    corpus: Corpus, sources: Sequence[Path], store: Path, encoder: Encoder, cache: Cache, progress: Progress
) -> Built:
    papers = [entry.digest for entry in corpus.entries]
    facts = gather_facts(cache, papers, encoder.fingerprint)
    with _counting(papers, cache, progress):
        encoded = _encode(papers, facts, encoder, cache, progress)
    with draft(store) as folder:
        progress("write", 0, 1)
        write_files(folder, corpus.entries, facts, cache, encoder.fingerprint.dimensions)
        named = [str(source.resolve()) for source in sources]
        figures = _background(folder, corpus, encoder, cache)
        manifest = publish(store, folder, asdict(encoder.fingerprint), named, figures)
        progress("write", 1, 1)
    return Built(manifest, corpus.report, encoded)


def _background(folder: Path, corpus: Corpus, encoder: Encoder, cache: Cache) -> dict[str, float]:
    sample = sample_of([entry.id for entry in corpus.entries])
    index, layout = VectorIndex(folder / SECTIONS), Layout.read(folder / LAYOUT)
    return background(corpus.papers, sample, layout, index, partial(cache.query_vector, encoder))


@contextmanager
def _counting(papers: Sequence[bytes], cache: Cache, progress: Progress) -> Iterator[None]:
    """Count the words of new papers while the block runs, and be done with them when it ends well."""
    new = uncounted(cache, Vocabulary(cache), papers)
    stopped = Event()
    progress("analyze words", 0, len(new))
    with ThreadPoolExecutor(1) as pool:
        counted = pool.submit(_count, cache.path, new, stopped)
        try:
            yield
        except BaseException:
            stopped.set()
            raise
        counted.result()
    progress("analyze words", len(new), len(new))


def _count(cache: Path, papers: Sequence[bytes], stopped: Event) -> None:
    with open_cache(cache) as opened:
        count_papers(opened, Vocabulary(opened), papers, lambda: not stopped.is_set())


def _encode(papers: Sequence[bytes], facts: Facts, encoder: Encoder, cache: Cache, progress: Progress) -> int:
    """Encode and keep what has no vectors yet; return how many passages that were."""
    unknown = np.flatnonzero(cache.places(facts.keys) < 0)
    _, first = np.unique(facts.keys[unknown], return_index=True)
    new, done = np.sort(unknown[first]), 0
    progress("encode", 0, len(new))
    for start in range(0, len(new), _WINDOW):
        window = list(_passages(new[start : start + _WINDOW], papers, facts, cache))
        stream = ((window[i][0], vectors) for i, vectors in encoder.encode_passages([passage for _, passage in window]))
        for batch in batches(stream, _BATCH):
            cache.put(batch)
            done += len(batch)
            progress("encode", done, len(new))
    return done


def _passages(
    wanted: npt.NDArray[np.int64], papers: Sequence[bytes], facts: Facts, cache: Cache
) -> Iterator[tuple[bytes, Passage]]:
    """Yield the keys and the texts of some passages, which are counted over all papers."""
    starts = facts.section_offsets + np.arange(len(facts.section_offsets))
    owners = np.searchsorted(starts, wanted, side="right") - 1
    rows, firsts = np.unique(owners, return_index=True)
    for row, places, paper in zip(
        rows.tolist(), np.split(wanted, firsts[1:]), papers_of(cache, [papers[row] for row in rows]), strict=True
    ):
        texts = passages(paper)
        for place in places.tolist():
            yield facts.keys[place : place + 1].tobytes(), texts[place - int(starts[row])]
