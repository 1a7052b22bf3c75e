"""The commands that write a store or look it over: index, rollback, doctor, snapshot, restore."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from index.durable import cache_folder
from index.encoding.encoder import DEFAULT_MODEL, Encoder
from index.encoding.models import load_encoder
from index.errors import BusyError, NonmunError, StoreError
from index.pipeline.build import Built, Preview, Rules, SkippedError, build, preview
from index.publishing.doctor import Finding, State, examine
from index.publishing.history import roll_back
from index.publishing.lock import require_free
from index.publishing.opening import bring_in_step
from index.publishing.snapshot import restore, write_snapshot
from index.sources.changes import RefusedError
from index.sources.look import look_at
from index.sources.parsed import Skipped
from index.sources.watch import watch
from index.sources.zotero import fetch_library, is_zotero
from index.store.generation import Generation
from index.store.manifest import Manifest
from search.cli import options
from search.cli.arguments import DoctorArguments, IndexArguments, RestoreArguments, RollbackArguments, SnapshotArguments
from search.cli.opening import named_store
from search.cli.output import print_body, print_outcome, warn
from search.cli.progress import ProgressPrinter
from search.engine import Engine, encoder_of
from search.text import one_line, plain


def run_index(arguments: IndexArguments) -> int | None:
    """Run `nonmun index`; with --watch, until it is interrupted."""
    try:
        arguments = replace(arguments, sources=[_file_of(source) for source in arguments.sources])
        if arguments.look:
            _look(arguments)
            return None
        with _opened(arguments.store, "written") as store:
            _index(arguments, store)
    except NonmunError as error:
        print_failure(arguments, error)
        if not isinstance(error, SkippedError):
            raise
        warn(str(error))
        return options.SKIPPED
    return None


def _file_of(source: Path) -> Path:
    return fetch_library(source, cache_folder() / "zotero") if is_zotero(source) else source


def _look(arguments: IndexArguments) -> None:
    skipped: list[Skipped] = []
    looked = list(look_at(arguments.sources, skipped))
    lines = [line for one in looked for line in (*one.lines(), "")]
    lines += [skip.text() for skip in skipped]
    body = {"files": [one.as_dict() for one in looked], "skipped": [asdict(skip) for skip in skipped]}
    print_body(arguments.json, body, [plain(line) for line in lines])


@contextmanager
def _opened(store: Path | None, done: str) -> Iterator[Path]:
    """Yield the folder of a store, in step with what it stands for."""
    with named_store(store, done) as folder:
        bring_in_step(folder, whole=True)
        yield folder


def _index(arguments: IndexArguments, store: Path) -> None:
    if not arguments.dry_run:
        require_free(store)  # before the model is loaded, which takes seconds
    rules = Rules(arguments.strict, arguments.full, arguments.allow_empty, arguments.prune)
    with _encoder(arguments) as encoder:
        if arguments.watch:
            _follow(arguments, store, encoder, rules)
        _run(arguments, store, encoder, rules)


@contextmanager
def _encoder(arguments: IndexArguments) -> Iterator[Encoder]:
    chosen = (arguments.model or DEFAULT_MODEL, arguments.runtime)
    if arguments.ray is None:
        yield load_encoder(*chosen)
        return
    from index.encoding.ray_encoder import RayEncoder

    with closing(RayEncoder(load_encoder(*chosen), arguments.ray)) as encoder:
        yield encoder


def _run(arguments: IndexArguments, store: Path, encoder: Encoder, rules: Rules) -> None:
    began = time.monotonic()
    with closing(ProgressPrinter(sys.stderr)) as progress:
        given = (arguments.sources, store, encoder, progress, rules)
        done = preview(*given) if arguments.dry_run else build(*given)
    body, lines = previewed(done) if isinstance(done, Preview) else built(done)
    body["seconds"] = round(time.monotonic() - began, 1)
    details = {"report": done.report.as_dict(), "changes": done.changes.by_kind()}
    print_outcome(arguments, body, details, lines if arguments.watch else [*done.report.lines(), *lines])


def built(done: Built) -> tuple[dict[str, Any], list[str]]:
    """Return what a run has done, for machines and as lines."""
    manifest, counts = done.manifest, done.changes.counts()
    body = {
        "outcome": "published" if done.published else "unchanged",
        "generation": manifest.name,
        "papers": manifest.papers,
        "sections": manifest.sections,
        **counts,
        "skipped": len(done.report.skipped),
        "encoded": done.encoded,
        "pruned": len(done.pruned),
    }
    news = f"published {manifest.name}: {done.changes.line()}; {done.encoded:,} passages newly encoded"
    line = news if done.published else f"nothing has changed: {manifest.name} stays in force"
    removed = [f"removed {len(done.pruned):,} old generations"] if done.pruned else []
    return body, [line, *removed]


def previewed(done: Preview) -> tuple[dict[str, Any], list[str]]:
    """Return what a run would do, for machines and as lines."""
    body = {
        "outcome": "would publish" if done.publishes else "unchanged",
        "papers": done.report.papers,
        "sections": done.report.sections,
        **done.changes.counts(),
        "skipped": len(done.report.skipped),
        "to_encode": done.to_encode,
    }
    news = f"would publish a generation: {done.changes.line()}; {done.to_encode:,} passages to encode"
    return body, [*done.changes.lines(), news if done.publishes else "nothing would change"]


def print_failure(arguments: IndexArguments, error: Exception) -> None:
    """Print that a run has failed, for machines, and all that it had found out."""
    body = {"outcome": _outcome(error), "error": one_line(str(error))}
    match error:
        case SkippedError(report=report):
            print_outcome(arguments, body, {"report": report.as_dict()}, report.lines())
        case RefusedError(changes=changes):
            print_outcome(arguments, body, {"changes": changes.by_kind()}, changes.lines())
        case _:
            print_outcome(arguments, body, {}, [])


def _outcome(error: Exception) -> str:
    match error:
        case SkippedError() | RefusedError():
            return "refused"
        case BusyError():
            return "busy"
    return "failed"


def _follow(arguments: IndexArguments, store: Path, encoder: Encoder, rules: Rules) -> None:
    turns = chain([rules], repeat(replace(rules, full=False)))

    def run() -> bool:
        try:
            _run(arguments, store, encoder, next(turns))
        except BrokenPipeError:
            raise
        except (NonmunError, OSError, sqlite3.Error) as error:
            warn(str(error))
            print_failure(arguments, error)
            return False
        return True

    watch(arguments.sources, run)


def run_rollback(arguments: RollbackArguments) -> None:
    """Run `nonmun rollback`."""
    with _opened(arguments.store, "written") as store:
        done = roll_back(store, arguments.generation)
    body, lines = _in_force(done.manifest)
    print_body(arguments.json, {**body, "passed_over": done.passed_over}, [*map(one_line, done.passed_over), *lines])


def run_snapshot(arguments: SnapshotArguments) -> None:
    """Run `nonmun snapshot`."""
    with _opened(arguments.store, "read") as store:
        manifest = write_snapshot(store, arguments.file)
        size = arguments.file.stat().st_size
    body = {"generation": manifest.name, "papers": manifest.papers, "file": str(arguments.file), "bytes": size}
    line = f"{arguments.file}: {manifest.name}, {manifest.papers:,} papers, {size / 1e6:,.1f} MB"
    print_body(arguments.json, body, [one_line(line)])


def run_restore(arguments: RestoreArguments) -> None:
    """Run `nonmun restore`."""
    with _opened(arguments.store, "written") as store:
        body, lines = _in_force(restore(store, arguments.file))
    print_body(arguments.json, body, lines)


def _in_force(manifest: Manifest) -> tuple[dict[str, Any], list[str]]:
    body = {"generation": manifest.name, "created": manifest.created, "papers": manifest.papers}
    return body, [f"{manifest.name}, made {manifest.created}, is in force: {manifest.papers:,} papers"]


def run_doctor(arguments: DoctorArguments) -> int:
    """Run `nonmun doctor`."""
    with _opened(arguments.store, "read") as store:
        findings = list(examine(store, _ask))
    is_healthy = not any(finding.state is State.BAD for finding in findings)
    body = {"healthy": is_healthy, "findings": [asdict(finding) for finding in findings]}
    print_body(arguments.json, body, [line for finding in findings for line in finding_lines(finding)])
    return options.OK if is_healthy else options.STORE


def finding_lines(finding: Finding) -> Sequence[str]:
    """Return a finding as lines: how it is and about what, and what to run about it."""
    run = [f"{'':18}run: {one_line(finding.run)}"] if finding.run and finding.state is not State.OK else []
    return [f"{finding.state.value:<6}{finding.about:<12}{one_line(finding.says)}", *run]


def _ask(generation: Generation) -> None:
    encoder = encoder_of(generation)
    try:
        Engine(generation, encoder).search(generation.paper(0).title, k=1)
    except NonmunError:
        raise
    except Exception as error:
        raise StoreError(f"{generation.folder}: cannot answer a question: {error}") from error
