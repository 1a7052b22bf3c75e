"""What a reading of the sources found, for machines and for people."""

from __future__ import annotations

from dataclasses import dataclass

from index.sources.parsed import Skipped

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


def _listed(title: str, lines: list[str], most: int) -> list[str]:
    rest = [f"  ... and {len(lines) - most:,} more"] if len(lines) > most else []
    return [f"{title}: {len(lines):,}", *lines[:most], *rest] if lines else []
