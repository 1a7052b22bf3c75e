"""Folders and files -> papers, and a report of everything that was read, merged or skipped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from index.errors import BusyError
from index.paper import Paper
from index.sources.files import Stamp, read_text, stamps
from index.sources.forms import parse
from index.sources.parsed import SUMMARY_HEADING, TITLE_HEADING, Skipped
from index.sources.report import Report
from index.sources.values import CONTROL, clean_text, unique

_TURNS = 20
_SECONDS_MORE_EACH_TURN = 0.05
_NO_FILE = Stamp(0, -1, 0, 0)


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """What is known of a parsed paper without its text; `date` is empty where the paper has none."""

    digest: bytes
    id: str
    date: str
    headings: tuple[str, ...]

    @classmethod
    def of(cls, paper: Paper) -> SourceEntry:
        """Return the entry of a paper."""
        headings = tuple(section.heading for section in paper.sections)
        return cls(bytes.fromhex(paper.digest()), paper.id, paper.date or "", headings)


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file's text gave: its papers, how many entries were seen, and what a `Report` says of them.

    `others` are ids that papers have besides their own, each with that; `why` is why there is no entry.
    """

    papers: tuple[SourceEntry, ...]
    entries: int
    skipped: tuple[Skipped, ...]
    controls: int = 0
    form: str = ""
    others: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Shelf(Protocol):
    """Where parsed papers are put, to be read again one by one; it may know files from an earlier time."""

    def known(self, file: str, text: str) -> FileRead | None:
        """Return what a file of this text gave before."""

    def keep(self, file: str, text: str, read: FileRead, papers: Sequence[Paper]) -> None:
        """Keep what a file gave, and its papers."""

    def add(self, papers: Sequence[Paper]) -> None:
        """Keep some papers."""

    def papers(self, digests: Sequence[bytes]) -> Sequence[Paper]:
        """Return kept papers, in the order of their digests."""


class OpenShelf:
    """Keeps papers in memory."""

    def __init__(self) -> None:
        self._papers: dict[bytes, Paper] = {}

    def known(self, file: str, text: str) -> FileRead | None:
        """Return nothing: files are not kept."""
        return None

    def keep(self, file: str, text: str, read: FileRead, papers: Sequence[Paper]) -> None:
        """Keep a file's papers."""
        self._papers.update(zip((entry.digest for entry in read.papers), papers, strict=True))

    def add(self, papers: Sequence[Paper]) -> None:
        """Keep some papers."""
        self._papers.update((SourceEntry.of(paper).digest, paper) for paper in papers)

    def papers(self, digests: Sequence[bytes]) -> tuple[Paper, ...]:
        """Return kept papers, in the order of their digests."""
        return tuple(self._papers[digest] for digest in digests)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Papers by date, then id, each once, with their entries, and the report of their reading."""

    papers: Sequence[Paper]
    report: Report
    entries: tuple[SourceEntry, ...]


def read_corpus(sources: Sequence[Path], shelf: Shelf | None = None) -> Corpus:
    """Read every paper of some folders and files.

    Folders are walked in sorted order for files of the forms that are read, hidden ones left out; a file that is
    named itself is read whatever its name, and each file once. What cannot be read is reported. Files that
    come, go or change meanwhile are read again, so that all are as they were at one moment. Papers are put
    on the shelf; without one they stay in memory.

    Raises:
        SourceError: a source does not exist.
        BusyError: files go on changing.
    """
    shelf = OpenShelf() if shelf is None else shelf
    reads, skipped = _read_all(sources, shelf)
    found = [entry for read in reads.values() for entry in read.papers]
    entries = merge_entries(found, shelf, dict(pair for read in reads.values() for pair in read.others))
    headings = Counter(heading for entry in entries for heading in entry.headings)
    report = Report(
        files=sum(read.entries > 0 for read in reads.values()),
        entries=sum(read.entries for read in reads.values()),
        papers=len(entries),
        sections=headings.total(),
        merged=len(found) - len(entries),
        forms=_forms(reads.values()),
        titles_alone=sum(entry.headings == (TITLE_HEADING,) for entry in entries),
        unlabelled=sum(entry.headings == (SUMMARY_HEADING,) for entry in entries),
        controls=sum(read.controls for read in reads.values()),
        headings=dict(sorted(headings.items(), key=lambda item: (-item[1], item[0]))),
        skipped=(*skipped, *(skip for read in reads.values() for skip in read.skipped)),
        other_files=tuple(Skipped(file, 0, read.why) for file, read in reads.items() if read.why),
    )
    return Corpus(shelf.papers([entry.digest for entry in entries]), report, entries)


def _forms(reads: Iterable[FileRead]) -> dict[str, int]:
    """Return how many entries were read in each form, the most frequent in front."""
    counts = Counter[str]()
    for read in reads:
        if read.form and read.entries:
            counts[read.form] += read.entries
    return dict(counts.most_common())


def _read_all(sources: Sequence[Path], shelf: Shelf) -> tuple[dict[str, FileRead], list[Skipped]]:
    """Return what each file gave, and what could not be listed; nothing has changed since the last look at it."""
    known: dict[Path, tuple[Stamp | None, FileRead]] = {}
    for turn in range(_TURNS):
        skipped: list[Skipped] = []
        found, now = stamps(sources, skipped), time.time_ns()
        restless = [path for path, stamp in found.items() if path not in known or known[path][0] != stamp]
        if not restless and known.keys() == found.keys():
            return {str(path): known[path][1] for path in found}, skipped
        time.sleep(_SECONDS_MORE_EACH_TURN * turn)
        fresh = {path: (_certain(found[path], now), _read(path, shelf)) for path in restless}
        known = {path: fresh.get(path) or known[path] for path in found}
    raise BusyError(f"{restless[0] if restless else sources[0]}: keeps changing; run again when it is at rest")


def _certain(stamp: Stamp | None, now: int) -> Stamp | None:
    """Return the stamp of a file that is about to be read, or one that no file has where an edit might not show."""
    return stamp if stamp is None or stamp.is_certain(now) else _NO_FILE


def merge_entries(
    entries: Iterable[SourceEntry], shelf: Shelf, others: Mapping[str, str] | None = None
) -> tuple[SourceEntry, ...]:
    """Return each paper once, by date, then id, whatever the order they come in.

    Of several entries the newest gives the text, the highest vote counts, and fields are united; what comes
    of them is put on the shelf. Entries are of one paper by their id, or by another id that one of them says it
    has too: `others` gives for such an id that which the paper goes by.
    """
    by_id: dict[str, list[SourceEntry]] = {}
    for entry in entries:
        by_id.setdefault(_first_id(entry.id, others or {}), []).append(entry)
    merged = (_merge_same(name, same, shelf) for name, same in by_id.items())
    return tuple(sorted(merged, key=lambda entry: (entry.date, entry.id)))


def _first_id(name: str, others: Mapping[str, str]) -> str:
    seen: set[str] = set()
    while name in others and name not in seen:
        seen.add(name)
        name = others[name]
    return min(seen) if name in seen else name


def _merge_same(name: str, same: Sequence[SourceEntry], shelf: Shelf) -> SourceEntry:
    if len(same) == 1 and same[0].id == name:
        return same[0]
    paper = _merge(name, shelf.papers([entry.digest for entry in same]))
    shelf.add([paper])
    return SourceEntry.of(paper)


def _merge(name: str, same: Sequence[Paper]) -> Paper:
    ordered = sorted(same, key=_age, reverse=True)
    fields = unique(field for paper in ordered for field in paper.fields)
    return replace(
        ordered[0],
        id=name,
        votes=max((paper.votes for paper in ordered if paper.votes is not None), default=None),
        authors=next((paper.authors for paper in ordered if paper.authors), ()),
        fields=tuple(sorted(fields)),
    )


def _age(paper: Paper) -> tuple[bool, str, int, str]:
    """Order entries of one paper from old to new; of one day, the longer text and then the digest decides.

    An entry of a title alone is older than any with a text.
    """
    has_text = any(section.heading != TITLE_HEADING for section in paper.sections)
    return has_text, paper.date or "", sum(len(section.text) for section in paper.sections), paper.digest()


def _read(path: Path, shelf: Shelf) -> FileRead:
    text, damage = read_text(path)
    if text is None:
        return FileRead((), 0, damage)
    read = shelf.known(str(path), text) or _read_new(str(path), text, shelf)
    return replace(read, skipped=damage + read.skipped)


def _read_new(file: str, text: str, shelf: Shelf) -> FileRead:
    controls = len(CONTROL.findall(text)) - text.count("\r")
    parsed = parse(clean_text(text), file)
    papers = tuple(map(SourceEntry.of, parsed.papers))
    told = parsed.form, parsed.others, parsed.why
    read = FileRead(papers, parsed.entries, parsed.skipped, controls, *told)
    shelf.keep(file, text, read, parsed.papers)
    return read
