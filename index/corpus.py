"""Folders and files -> papers, and a report of everything that was read, merged or skipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from index.files import find_files, read_text
from index.jsonl import parse_jsonl
from index.markdown import SUMMARY_HEADING, Parsed, Skipped, parse_markdown
from index.paper import Paper
from index.values import CONTROL, clean_text, unique

_HEADINGS_SHOWN = 10
_SKIPPED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a read found.

    `files` hold entries, `other_files` none (a licence, a read-me); `merged` counts entries that another
    entry of the same paper has taken in; `unlabelled` papers have nothing but bullets without a heading;
    `controls` counts control characters taken out; `headings` goes from frequent to rare.
    """

    files: int
    entries: int
    papers: int
    sections: int
    merged: int
    unlabelled: int
    controls: int
    headings: dict[str, int]
    skipped: tuple[Skipped, ...]
    other_files: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return {
            "files": self.files,
            "entries": self.entries,
            "papers": self.papers,
            "sections": self.sections,
            "merged": self.merged,
            "unlabelled": self.unlabelled,
            "controls": self.controls,
            "headings": dict(self.headings),
            "skipped": [{"file": s.file, "line": s.line, "reason": s.reason} for s in self.skipped],
            "other_files": list(self.other_files),
        }

    def lines(self) -> list[str]:
        """Return the report as lines for people; long lists are cut short and say so."""
        counts = (
            f"{self.files:,} files, {self.entries:,} entries, {self.papers:,} papers, {self.sections:,} sections",
            f"{self.merged:,} duplicates merged, {self.unlabelled:,} papers without headings",
        )
        shown = [f"  {count:>8,}  {heading}" for heading, count in self.headings.items()]
        skipped = [f"  {s.file}{f':{s.line}' if s.line else ''}: {s.reason}" for s in self.skipped]
        return [
            *counts,
            *([f"{self.controls:,} control characters taken out"] if self.controls else []),
            *_listed("headings seen", shown, _HEADINGS_SHOWN),
            *_listed("skipped or repaired", skipped, _SKIPPED_SHOWN),
            *_listed("files without entries", [f"  {file}" for file in self.other_files], _SKIPPED_SHOWN),
        ]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a parsed paper without its text; `date` is empty where the paper has none."""

    digest: bytes
    id: str
    date: str
    headings: tuple[str, ...]

    @classmethod
    def of(cls, paper: Paper) -> Entry:
        """Return the entry of a paper."""
        headings = tuple(section.heading for section in paper.sections)
        return cls(bytes.fromhex(paper.digest()), paper.id, paper.date or "", headings)


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file's text gave: its papers, how many entries were seen, and what a `Report` says of them."""

    papers: tuple[Entry, ...]
    entries: int
    skipped: tuple[Skipped, ...]
    controls: int = 0
    other: bool = False


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
        self._papers.update((Entry.of(paper).digest, paper) for paper in papers)

    def papers(self, digests: Sequence[bytes]) -> tuple[Paper, ...]:
        """Return kept papers, in the order of their digests."""
        return tuple(self._papers[digest] for digest in digests)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Papers by date, then id, each once, with their entries, and the report of their reading."""

    papers: Sequence[Paper]
    report: Report
    entries: tuple[Entry, ...]


def read_corpus(sources: Sequence[Path], shelf: Shelf | None = None) -> Corpus:
    """Read every paper of some folders and files.

    Folders are walked in sorted order for `.md` and `.jsonl` files, hidden ones left out; a file that is
    named itself is read whatever its name, and each file once. What cannot be read is reported. Papers are put
    on the shelf; without one they stay in memory.

    Raises:
        SourceError: a source does not exist.
    """
    shelf = OpenShelf() if shelf is None else shelf
    skipped: list[Skipped] = []
    reads = {str(path): _read(path, shelf) for path in find_files(sources, skipped)}
    found = [entry for read in reads.values() for entry in read.papers]
    entries = merge_entries(found, shelf)
    headings = Counter(heading for entry in entries for heading in entry.headings)
    report = Report(
        files=sum(read.entries > 0 for read in reads.values()),
        entries=sum(read.entries for read in reads.values()),
        papers=len(entries),
        sections=headings.total(),
        merged=len(found) - len(entries),
        unlabelled=sum(entry.headings == (SUMMARY_HEADING,) for entry in entries),
        controls=sum(read.controls for read in reads.values()),
        headings=dict(sorted(headings.items(), key=lambda item: (-item[1], item[0]))),
        skipped=(*skipped, *(skip for read in reads.values() for skip in read.skipped)),
        other_files=tuple(file for file, read in reads.items() if read.other),
    )
    return Corpus(shelf.papers([entry.digest for entry in entries]), report, entries)


def merge_entries(entries: Iterable[Entry], shelf: Shelf) -> tuple[Entry, ...]:
    """Return each paper once, by date, then id, whatever the order they come in.

    Of several entries the newest gives the text, the highest vote counts, and fields are united; what comes
    of them is put on the shelf.
    """
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.id, []).append(entry)
    merged = (same[0] if len(same) == 1 else _merge_same(same, shelf) for same in by_id.values())
    return tuple(sorted(merged, key=lambda entry: (entry.date, entry.id)))


def _merge_same(same: Sequence[Entry], shelf: Shelf) -> Entry:
    paper = _merge(shelf.papers([entry.digest for entry in same]))
    shelf.add([paper])
    return Entry.of(paper)


def _merge(same: Sequence[Paper]) -> Paper:
    ordered = sorted(same, key=_age, reverse=True)
    fields = unique(field for paper in ordered for field in paper.fields)
    return replace(
        ordered[0],
        votes=max((paper.votes for paper in ordered if paper.votes is not None), default=None),
        authors=next((paper.authors for paper in ordered if paper.authors), ()),
        fields=tuple(sorted(fields)),
    )


def _age(paper: Paper) -> tuple[str, int, str]:
    """Order entries of one paper from old to new; of one day, the longer text and then the digest decides."""
    return paper.date or "", sum(len(section.text) for section in paper.sections), paper.digest()


def _listed(title: str, lines: list[str], most: int) -> list[str]:
    rest = [f"  ... and {len(lines) - most:,} more"] if len(lines) > most else []
    return [f"{title}: {len(lines):,}", *lines[:most], *rest] if lines else []


def _read(path: Path, shelf: Shelf) -> FileRead:
    text, damage = read_text(path)
    if text is None:
        return FileRead((), 0, damage)
    read = shelf.known(str(path), text) or _read_new(str(path), text, shelf)
    return replace(read, skipped=damage + read.skipped)


def _read_new(file: str, text: str, shelf: Shelf) -> FileRead:
    controls = len(CONTROL.findall(text)) - text.count("\r")
    parsed = _parse(clean_text(text), file)
    other = not parsed.entries and not parsed.skipped
    read = FileRead(tuple(map(Entry.of, parsed.papers)), parsed.entries, parsed.skipped, controls, other)
    shelf.keep(file, text, read, parsed.papers)
    return read


def _parse(text: str, file: str) -> Parsed:
    """Read a text in the dialect that its content shows; the name decides only where there is no content to go by."""
    start = text.lstrip()
    markdown = start.startswith("###") or "\n###" in start
    if start.startswith("{") or (not markdown and file.lower().endswith(".jsonl")):
        return parse_jsonl(text, file)
    return parse_markdown(text, file)
