"""From sources to a published generation; what did not change is not computed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from index.cache.database import Cache, missing_in, open_cache, passage_key
from index.cache.paper_facts import gather_facts, passages
from index.cache.papers import PaperCache
from index.encoding.encoder import Encoder
from index.errors import SourceError
from index.map.regions import write_map
from index.paper import sample_of
from index.pipeline.background import Measured, background, said_in
from index.pipeline.learn import Progress, learn_papers
from index.pipeline.write import write_files
from index.publishing.history import current_name, newest_sound, prune
from index.publishing.lock import locked
from index.publishing.publish import draft, publish, remove_database, sweep
from index.sources.changes import Changes, changes_of, require_meant
from index.sources.corpus import Corpus, Shelf, read_corpus
from index.sources.report import Report
from index.store.layout import Layout
from index.store.manifest import CACHE, KEPT, LAYOUT, PAPERS, SECTIONS, SENTENCES, Background, Manifest
from index.store.stored_rows import StoredRows
from index.store.vectors import VectorIndex
from index.versions import made_with


@dataclass(frozen=True, slots=True)
class Rules:
    """How a run goes about it.

    `strict` refuses sources of which anything would be skipped or repaired, `full` uses nothing that was worked
    out before, `allow_empty` deletes papers even where that may not be meant, `keep` is how many generations
    are kept besides the one in force.
    """

    strict: bool = False
    full: bool = False
    allow_empty: bool = False
    keep: int = KEPT


@dataclass(frozen=True, slots=True)
class Built:
    """The generation in force after a run, and what went into it.

    `published` says whether it is new, `pruned` names generations that were removed.
    """

    manifest: Manifest
    report: Report
    changes: Changes
    encoded: int
    published: bool
    pruned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would do: change papers, encode passages, publish or not."""

    report: Report
    changes: Changes
    to_encode: int
    publishes: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a run changes, and the generation in force where a new one would say the same."""

    changes: Changes
    stays: Manifest | None


class SkippedError(SourceError):
    """A strict build met something that it would have to skip or repair; `report` says what."""

    def __init__(self, report: Report) -> None:
        first, count = report.skipped[0], len(report.skipped)
        place = f"{first.file}:{first.line}" if first.line else first.file
        super().__init__(f"{place}: {first.reason} (skipped or repaired: {count:,}); nothing was published")
        self.report = report


def build(
    sources: Sequence[Path], store: Path, encoder: Encoder, progress: Progress, rules: Rules | None = None
) -> Built:
    """Read sources and publish a new generation of the store; where nothing has changed, the old one stays.

    Raises:
        SourceError: the sources hold no paper; SkippedError or RefusedError, where the rules forbid what they hold.
        BusyError: another run is writing the store, or a source keeps changing.
    """
    rules = rules or Rules()
    with locked(store):
        sweep(store)
        with _cache_of(store, rules.full) as cache:
            corpus = _read(sources, progress, PaperCache(cache))
            plan = _plan(corpus, sources, store, encoder, progress, rules)
            if plan.stays:
                manifest, encoded = plan.stays, 0
            else:
                manifest, encoded = _publish(corpus, sources, store, encoder, cache, progress)
        progress("prune", 0, 1)
        pruned = prune(store, rules.keep)
        progress("prune", 1, 1)
    return Built(manifest, corpus.report, plan.changes, encoded, not plan.stays, pruned)


def preview(
    sources: Sequence[Path], store: Path, encoder: Encoder, progress: Progress, rules: Rules | None = None
) -> Preview:
    """Return what `build` would do, without writing anything; it raises what `build` would raise."""
    rules = rules or Rules()
    corpus = _read(sources, progress)
    plan = _plan(corpus, sources, store, encoder, progress, rules)
    keys = {passage_key(encoder.fingerprint, passage) for paper in corpus.papers for passage in passages(paper)}
    to_encode = len(keys) if rules.full else missing_in(store / CACHE, keys)
    return Preview(corpus.report, plan.changes, to_encode, not plan.stays)


@contextmanager
def _cache_of(store: Path, full: bool) -> Iterator[Cache]:
    """Yield the store's cache, or an empty one that takes its place when the block ends well."""
    path = store / (f".{CACHE}" if full else CACHE)
    is_new = not path.exists()
    try:
        with open_cache(path) as cache:
            yield cache
    except SourceError:
        if is_new:
            remove_database(path)
        raise
    if full:
        remove_database(store / CACHE)
        path.rename(store / CACHE)


def _read(sources: Sequence[Path], progress: Progress, shelf: Shelf | None = None) -> Corpus:
    progress("read", 0, 1)
    corpus = read_corpus(sources, shelf)
    progress("read", 1, 1)
    return corpus


def _plan(
    corpus: Corpus, sources: Sequence[Path], store: Path, encoder: Encoder, progress: Progress, rules: Rules
) -> _Plan:
    if rules.strict and corpus.report.skipped:
        raise SkippedError(corpus.report)
    progress("compare", 0, 1)
    changes, manifest = _compared(corpus, store)
    progress("compare", 1, 1)
    if not rules.allow_empty:
        require_meant(changes, corpus.report.skipped)
    if not corpus.papers:
        names = ", ".join(str(source) for source in sources)
        raise SourceError(
            f"{names}: no paper found in {corpus.report.files} files; docs/commands.md lists the forms that are read, "
            "and --look shows what was found"
        )
    is_same = manifest and not (changes or rules.full) and _would_say_the_same(manifest, store, sources, encoder)
    return _Plan(changes, manifest if is_same else None)


def _compared(corpus: Corpus, store: Path) -> tuple[Changes, Manifest | None]:
    """Return what is new since the last sound generation, and its manifest."""
    before = newest_sound(store)
    if before is None:
        return changes_of(corpus, ()), None
    with closing(before):
        return changes_of(corpus, before.texts()), before.manifest


def _would_say_the_same(manifest: Manifest, store: Path, sources: Sequence[Path], encoder: Encoder) -> bool:
    is_in_force = current_name(store) == manifest.name
    made = (asdict(encoder.fingerprint), made_with(), _named(sources))
    return is_in_force and made == (manifest.encoder, manifest.made_with, manifest.sources)


def _named(sources: Sequence[Path]) -> tuple[str, ...]:
    return tuple(str(source.resolve()) for source in sources)


def _publish(
    corpus: Corpus, sources: Sequence[Path], store: Path, encoder: Encoder, cache: Cache, progress: Progress
) -> tuple[Manifest, int]:
    """Write a generation and put it in force; return its manifest, and how many passages were encoded for it."""
    papers = [entry.digest for entry in corpus.entries]
    facts = gather_facts(cache, papers, encoder.fingerprint)
    encoded = learn_papers(papers, facts, encoder, cache, progress)
    with draft(store) as folder:
        progress("write", 0, 1)
        write_files(folder, corpus.entries, facts, cache, encoder.fingerprint.dimensions)
        write_map(folder, corpus.entries, facts, cache)
        progress("write", 1, 1)
        progress("publish", 0, 1)
        measured = _background(folder, corpus, encoder, cache)
        manifest = publish(store, folder, asdict(encoder.fingerprint), _named(sources), measured)
        progress("publish", 1, 1)
    return manifest, encoded


def _background(folder: Path, corpus: Corpus, encoder: Encoder, cache: Cache) -> Background:
    sample = sample_of([entry.id for entry in corpus.entries])
    layout, index = Layout.read(folder / LAYOUT), VectorIndex(folder / SECTIONS)
    measured = Measured(layout, index, StoredRows(folder / SENTENCES))
    with closing(sqlite3.connect(folder / PAPERS)) as database:
        encode, said = partial(cache.query_vector, encoder), said_in(database)
        return background(corpus.papers, sample, measured, encode, said)
