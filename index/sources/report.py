"""What a reading of the sources found, for machines and for people."""

from __future__ import annotations

from dataclasses import dataclass

from index.sources.parsed import Skipped

_HEADINGS_SHOWN = 10
_SKIPPED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a read found.

    `files` hold entries, `other_files` none (a licence, a read-me), and say why; `forms` counts entries by the form
    they were read in. `merged` counts entries that another entry of the same paper has taken in: with the papers and
    those `left_out` they are all the entries. `titles_alone` are papers of which only the title is known,
    `unlabelled` ones have nothing but bullets without a heading; `controls` counts control characters taken out;
    `headings` goes from frequent to rare.
    """

    files: int
    entries: int
    papers: int
    sections: int
    merged: int
    forms: dict[str, int]
    titles_alone: int
    unlabelled: int
    controls: int
    headings: dict[str, int]
    skipped: tuple[Skipped, ...]
    other_files: tuple[Skipped, ...]

    @property
    def left_out(self) -> int:
        """Return how many entries became no paper."""
        return self.entries - self.papers - self.merged

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-ready values."""
        return {
            "files": self.files,
            "entries": self.entries,
            "papers": self.papers,
            "sections": self.sections,
            "merged": self.merged,
            "left_out": self.left_out,
            "forms": dict(self.forms),
            "titles_alone": self.titles_alone,
            "unlabelled": self.unlabelled,
            "controls": self.controls,
            "headings": dict(self.headings),
            "skipped": [{"file": s.file, "line": s.line, "reason": s.reason} for s in self.skipped],
            "other_files": [{"file": s.file, "reason": s.reason} for s in self.other_files],
        }

    def lines(self) -> list[str]:
        """Return the report as lines for people; long lists are cut short and say so."""
        counts = (
            f"{self.files:,} files, {self.entries:,} entries, {self.papers:,} papers, {self.sections:,} sections",
            f"{self.merged:,} duplicates merged, {self.left_out:,} entries left out",
            f"{self.unlabelled:,} papers without headings, {self.titles_alone:,} of a title alone",
        )
        forms = [f"  {count:>8,}  {form}" for form, count in self.forms.items()]
        shown = [f"  {count:>8,}  {heading}" for heading, count in self.headings.items()]
        skipped = [f"  {skip.text()}" for skip in self.skipped]
        others = [f"  {skip.text()}" for skip in self.other_files]
        return [
            *counts,
            *([f"{self.controls:,} control characters taken out"] if self.controls else []),
            *(_listed("entries by form", forms, len(forms)) if len(forms) > 1 else []),
            *_listed("headings seen", shown, _HEADINGS_SHOWN),
            *_listed("skipped or repaired", skipped, _SKIPPED_SHOWN),
            *_listed("files without entries", others, _SKIPPED_SHOWN),
        ]


def _listed(title: str, lines: list[str], most: int) -> list[str]:
    rest = [f"  ... and {len(lines) - most:,} more"] if len(lines) > most else []
    return [f"{title}: {len(lines):,}", *lines[:most], *rest] if lines else []
