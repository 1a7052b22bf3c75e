"""From sources to a published generation; what did not change is not computed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from index import korean
from index.atlas import write_map
from index.background import background
from index.cache import Cache, open_cache, passage_key
from index.changes import Changes, compare, require_meant
from index.corpus import Corpus, Report, read_corpus
from index.draft import PaperVectors, all_texts, write_papers, write_vectors
from index.encoder import Encoder, Passage
from index.errors import SourceError
from index.generation import Layout
from index.history import current_name, newest_sound, prune
from index.lexical import Morpheme, hangul_words
from index.lock import locked
from index.manifest import CACHE, KEPT, LAYOUT, SECTIONS, Manifest
from index.paper import Paper, split_sentences
from index.provenance import made_with
from index.publish import draft, publish, remove_database, sweep
from index.vectors import VectorIndex

_BATCH = 64

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""


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
            corpus = _read(sources, progress)
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
    wanted = list(_unique_passages(corpus.papers, encoder))
    if not rules.full and (store / CACHE).is_file():
        with open_cache(store / CACHE) as cache:
            to_encode = len(cache.missing(wanted))
    else:
        to_encode = len(wanted)
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


def _read(sources: Sequence[Path], progress: Progress) -> Corpus:
    progress("read", 0, 1)
    corpus = read_corpus(sources)
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
        raise SourceError(f"{names}: no paper found in {corpus.report.files} files; see README.md for the formats")
    is_same = manifest and not (changes or rules.full) and _would_say_the_same(manifest, store, sources, encoder)
    return _Plan(changes, manifest if is_same else None)


def _compared(corpus: Corpus, store: Path) -> tuple[Changes, Manifest | None]:
    """Return what is new since the last sound generation, and its manifest."""
    before = newest_sound(store)
    if before is None:
        return changes_of(corpus, ()), None
    with closing(before):
        return changes_of(corpus, before.papers()), before.manifest


def changes_of(corpus: Corpus, before: Iterable[Paper]) -> Changes:
    """Return what has become of some papers in a corpus."""
    papers = {paper.id: paper for paper in corpus.papers}
    return compare(before, {id_: paper.digest() for id_, paper in papers.items()}, papers.__getitem__)


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
    words = _analyze(corpus.papers, cache, progress)
    encoded = _encode(corpus.papers, encoder, cache, progress)
    with draft(store) as folder:
        progress("write", 0, 1)
        words_said = write_papers(folder, corpus.papers, words)
        write_vectors(folder, _stored_vectors(corpus.papers, encoder, cache), corpus.papers, words_said)
        write_map(folder)
        progress("write", 1, 1)
        progress("publish", 0, 1)
        measured = _background(folder, corpus, encoder)
        manifest = publish(store, folder, asdict(encoder.fingerprint), _named(sources), measured)
        progress("publish", 1, 1)
    return manifest, encoded


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


def _unique_passages(papers: Sequence[Paper], encoder: Encoder) -> dict[bytes, Passage]:
    return {passage_key(encoder.fingerprint, p): p for paper in papers for p in passages(paper)}


def _encode(papers: Sequence[Paper], encoder: Encoder, cache: Cache, progress: Progress) -> int:
    unique = _unique_passages(papers, encoder)
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
