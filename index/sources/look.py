"""What files are taken for, before anything is indexed: forms, fields, some papers, what is skipped and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.paper import Paper
from index.sources.files import find_files, read_text
from index.sources.forms import parse
from index.sources.parsed import Parsed, Skipped
from index.sources.values import clean_text, one_line

_PAPERS_SHOWN = 3
_SKIPPED_SHOWN = 10
_TEXT_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Looked:
    """One file as it would be read."""

    file: str
    parsed: Parsed

    @property
    def lost(self) -> int:
        """Return how many of its entries become no paper."""
        return self.parsed.entries - len(self.parsed.papers)

    def as_dict(self) -> dict[str, object]:
        """Return what was seen as JSON-ready values."""
        read = self.parsed
        return {
            "file": self.file,
            "form": read.form,
            "entries": read.entries,
            "papers": len(read.papers),
            "left_out": self.lost,
            "fields": list(read.fields),
            "fields_left": list(read.left),
            "examples": [paper.as_dict() for paper in read.papers[:_PAPERS_SHOWN]],
            "skipped": [{"line": skip.line, "reason": skip.reason} for skip in read.skipped],
            "why": read.why,
        }

    def lines(self) -> list[str]:
        """Return what was seen as lines for people; long lists are cut short and say so."""
        read = self.parsed
        if read.why:
            return [f"{self.file}: {read.why}"]
        counts = f"{read.entries:,} entries, {len(read.papers):,} papers, {self.lost:,} left out"
        more = len(read.skipped) - _SKIPPED_SHOWN
        return [
            f"{self.file}: {read.form or 'text'}, {counts}",
            *([f"  fields read: {', '.join(read.fields)}"] if read.fields else []),
            *([f"  fields left: {', '.join(read.left)}"] if read.left else []),
            *(line for paper in read.papers[:_PAPERS_SHOWN] for line in _paper_lines(paper)),
            *(f"  {skip.text()}" for skip in read.skipped[:_SKIPPED_SHOWN]),
            *([f"  ... and {more:,} more"] if more > 0 else []),
        ]


def look_at(sources: Sequence[Path], skipped: list[Skipped]) -> Iterator[Looked]:
    """Yield each file as it would be read; what cannot be listed is added to `skipped`.

    Raises:
        SourceError: a source does not exist.
    """
    for path in find_files(sources, skipped):
        text, damage = read_text(path)
        if text is None:
            skipped.extend(damage)
            continue
        parsed = parse(clean_text(text), str(path))
        skipped.extend(damage)
        yield Looked(str(path), parsed)


def _paper_lines(paper: Paper) -> Iterator[str]:
    facts = (paper.id, paper.date or "no date", ", ".join(paper.authors[:3]), ", ".join(paper.fields[:3]))
    yield f"  > {paper.title}"
    yield f"    {' · '.join(fact for fact in facts if fact)}"
    if paper.url:
        yield f"    {paper.url}"
    for section in paper.sections:
        text = one_line(section.text)
        yield f"    {section.heading}: {text[:_TEXT_SHOWN]}{'...' if len(text) > _TEXT_SHOWN else ''}"
