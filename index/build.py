"""From sources to a published generation; what did not change is not computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from index import korean
from index.atlas import write_map
from index.background import background
from index.cache import Cache, open_cache, passage_key
from index.corpus import Corpus, Report, read_corpus
from index.draft import PaperVectors, all_texts, draft, publish, write_papers, write_vectors
from index.encoder import Encoder, Passage
from index.errors import SourceError
from index.generation import Layout
from index.lexical import Morpheme, hangul_words
from index.manifest import LAYOUT, SECTIONS, Manifest
from index.paper import Paper, split_sentences
from index.vectors import VectorIndex

CACHE = "cache.sqlite"
_BATCH = 64

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
    corpus = read_corpus(sources)
    if strict and corpus.report.skipped:
        raise SkippedError(corpus.report)
    if not corpus.papers:
        names = ", ".join(str(source) for source in sources)
        raise SourceError(f"{names}: no paper found in {corpus.report.files} files; see README.md for the formats")
    store.mkdir(parents=True, exist_ok=True)
    with open_cache(store / CACHE) as cache:
        words = _analyze(corpus.papers, cache, progress)
        encoded = _encode(corpus.papers, encoder, cache, progress)
        with draft(store) as folder:
            progress("write", 0, 1)
            words_said = write_papers(folder, corpus.papers, words)
            vectors = _stored_vectors(corpus.papers, encoder, cache)
            write_vectors(folder, vectors, corpus.papers, words_said)
            write_map(folder)
            named = [str(source.resolve()) for source in sources]
            manifest = publish(store, folder, asdict(encoder.fingerprint), named, _background(folder, corpus, encoder))
            progress("write", 1, 1)
    return Built(manifest, corpus.report, encoded)


def _background(folder: Path, corpus: Corpus, encoder: Encoder) -> dict[str, float]:
    layout = Layout.read(folder / LAYOUT)
    return background(corpus.papers, layout, VectorIndex(folder / SECTIONS), encoder)


def _analyze(papers: Sequence[Paper], cache: Cache, progress: Progress) -> dict[str, tuple[Morpheme, ...]]:
    seen = sorted({word for text in all_texts(papers) for word, _ in hangul_words(text)})
    analysis = korean.analysis_version()
    known = cache.words(analysis, seen)
    new = [word for word in seen if word not in known]
    progress("analyze words", 0, len(new))
    found = korean.analyze_words(new)
    cache.put_words(analysis, found)
    progress("analyze words", len(new), len(new))
    return known | found


def passages(paper: Paper) -> list[Passage]:
    """Return what is encoded of a paper: its title, then its sections with their sentences."""
    sections = [Passage(s.text, split_sentences(s.text)) for s in paper.sections]
    return [Passage(paper.title), *sections]


def _encode(papers: Sequence[Paper], encoder: Encoder, cache: Cache, progress: Progress) -> int:
    unique = {passage_key(encoder.fingerprint, p): p for paper in papers for p in passages(paper)}
    keys = list(unique)
    new = [keys[i] for i in cache.missing(keys)]
    stream = ((new[i], vectors) for i, vectors in encoder.encode_passages([unique[key] for key in new]))
    done = 0
    progress("encode", 0, len(new))
    while batch := list(islice(stream, _BATCH)):
        cache.put(batch)
        done += len(batch)
        progress("encode", done, len(new))
    return done


def _stored_vectors(papers: Sequence[Paper], encoder: Encoder, cache: Cache) -> Iterator[PaperVectors]:
    for paper in papers:
        (title, _), *sections = cache.vectors(passage_key(encoder.fingerprint, p) for p in passages(paper))
        yield PaperVectors(title, [vector for vector, _ in sections], [codes for _, codes in sections])
