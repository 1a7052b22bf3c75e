"""What is worked out of new papers: their words counted and their passages encoded, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
import numpy.typing as npt

from index.arrays import batches
from index.cache.counts import count_papers, uncounted
from index.cache.database import Cache, open_cache
from index.cache.paper_facts import PaperFacts, passages
from index.cache.papers import papers_of
from index.cache.vocabulary import Vocabulary
from index.encoding.encoder import Encoder, Passage

_BATCH = 64
_WINDOW = 4096

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""


def learn_papers(papers: Sequence[bytes], facts: PaperFacts, encoder: Encoder, cache: Cache, progress: Progress) -> int:
    """Count and encode what of some papers is not in the cache yet; return how many passages were encoded."""
    with _counting(papers, cache, progress):
        return _encode(papers, facts, encoder, cache, progress)


def unknown_passages(facts: PaperFacts, cache: Cache) -> npt.NDArray[np.int64]:
    """Return the places of the passages without vectors, each text once, ascending."""
    unknown = np.flatnonzero(cache.places(facts.keys) < 0)
    _, first = np.unique(facts.keys[unknown], return_index=True)
    return np.sort(unknown[first])


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


def _encode(papers: Sequence[bytes], facts: PaperFacts, encoder: Encoder, cache: Cache, progress: Progress) -> int:
    new, done = unknown_passages(facts, cache), 0
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
    wanted: npt.NDArray[np.int64], papers: Sequence[bytes], facts: PaperFacts, cache: Cache
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
