"""Folders and files -> papers, and a report of everything that was read, merged or skipped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import BusyError
from index.files import Stamp, read_text, stamps
from index.jsonl import parse_jsonl
from index.markdown import SUMMARY_HEADING, Parsed, Skipped, parse_markdown
from index.paper import Kind, Paper
from index.values import CONTROL, clean_text, unique

_HEADINGS_SHOWN = 10
_SKIPPED_SHOWN = 20
_TURNS = 20
_SECONDS_MORE_EACH_TURN = 0.05
_NO_FILE = Stamp(0, -1, 0, 0)


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
class Corpus:
    """Papers by date, then id, each once, and the report of their reading."""

    papers: tuple[Paper, ...]
    report: Report


@dataclass(frozen=True, slots=True)
class _Read:
    """What one file gave."""

    parsed: Parsed
    controls: int = 0
    other: bool = False


def read_corpus(sources: Sequence[Path]) -> Corpus:
    """Read every paper of some folders and files.

    Folders are walked in sorted order for `.md` and `.jsonl` files, hidden ones left out; a file that is
    named itself is read whatever its name, and each file once. What cannot be read is reported. Files that
    come, go or change meanwhile are read again, so that all are as they were at one moment.

    Raises:
        SourceError: a source does not exist.
        BusyError: files go on changing.
    """
    reads, skipped = _read_all(sources)
    skipped += [skip for read in reads.values() for skip in read.parsed.skipped]
    found = [paper for read in reads.values() for paper in read.parsed.papers]
    papers = merge_papers(found)
    headings = Counter(section.heading for paper in papers for section in paper.sections)
    report = Report(
        files=sum(read.parsed.entries > 0 for read in reads.values()),
        entries=sum(read.parsed.entries for read in reads.values()),
        papers=len(papers),
        sections=headings.total(),
        merged=len(found) - len(papers),
        unlabelled=sum(map(_is_unlabelled, papers)),
        controls=sum(read.controls for read in reads.values()),
        headings=dict(sorted(headings.items(), key=lambda item: (-item[1], item[0]))),
        skipped=tuple(skipped),
        other_files=tuple(file for file, read in reads.items() if read.other),
    )
    return Corpus(papers, report)


def _read_all(sources: Sequence[Path]) -> tuple[dict[str, _Read], list[Skipped]]:
    """Return what each file gave, and what could not be listed; nothing has changed since the last look at it."""
    known: dict[Path, tuple[Stamp | None, _Read]] = {}
    for turn in range(_TURNS):
        skipped: list[Skipped] = []
        found, now = stamps(sources, skipped), time.time_ns()
        restless = [path for path, stamp in found.items() if path not in known or known[path][0] != stamp]
        if not restless and known.keys() == found.keys():
            return {str(path): known[path][1] for path in found}, skipped
        time.sleep(_SECONDS_MORE_EACH_TURN * turn)
        fresh = {path: (_certain(found[path], now), _read(path)) for path in restless}
        known = {path: fresh.get(path) or known[path] for path in found}
    raise BusyError(f"{restless[0] if restless else sources[0]}: keeps changing; run again when it is at rest")


def _certain(stamp: Stamp | None, now: int) -> Stamp | None:
    """Return the stamp of a file that is about to be read, or one that no file has where an edit might not show."""
    return stamp if stamp is None or stamp.is_certain(now) else _NO_FILE


def merge_papers(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    """Return each paper once, by date, then id, whatever the order they come in.

    Of several entries the newest gives the text, the highest vote counts, and fields are united.
    """
    entries: dict[str, list[Paper]] = {}
    for paper in papers:
        entries.setdefault(paper.id, []).append(paper)
    merged = (same[0] if len(same) == 1 else _merge(same) for same in entries.values())
    return tuple(sorted(merged, key=lambda paper: (paper.date or "", paper.id)))


def _merge(same: list[Paper]) -> Paper:
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


def _is_unlabelled(paper: Paper) -> bool:
    return [(s.kind, s.heading) for s in paper.sections] == [(Kind.SUMMARY, SUMMARY_HEADING)]


def _listed(title: str, lines: list[str], most: int) -> list[str]:
    rest = [f"  ... and {len(lines) - most:,} more"] if len(lines) > most else []
    return [f"{title}: {len(lines):,}", *lines[:most], *rest] if lines else []


def _read(path: Path) -> _Read:
    text, damage = read_text(path)
    if text is None:
        return _Read(Parsed((), damage, 0))
    controls = len(CONTROL.findall(text)) - text.count("\r")
    parsed = _parse(clean_text(text), str(path))
    other = not parsed.entries and not parsed.skipped
    return _Read(replace(parsed, skipped=damage + parsed.skipped), controls, other)


def _parse(text: str, file: str) -> Parsed:
    """Read a text in the dialect that its content shows; the name decides only where there is no content to go by."""
    start = text.lstrip()
    markdown = start.startswith("###") or "\n###" in start
    if start.startswith("{") or (not markdown and file.lower().endswith(".jsonl")):
        return parse_jsonl(text, file)
    return parse_markdown(text, file)
