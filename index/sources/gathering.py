"""Entries of one file as they are read: papers, what was skipped, which fields were used; for every form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.paper import Paper
from index.sources.aliases import part_of
from index.sources.parsed import Parsed, Skipped
from index.sources.records import Given, ReadPaper, RecordError, paper_of, record_of, renamed_apart, sections_of
from index.sources.values import clean_text


class Gathering:
    """What has been read of a file so far; each entry becomes a paper or is skipped with its line."""

    def __init__(self, file: str, form: str, given: Given) -> None:
        self._file = file
        self._form = form
        self._given = given
        self._papers: list[Paper] = []
        self._others: list[tuple[str, str]] = []
        self._skipped: list[Skipped] = []
        self._entries = 0
        self._names: dict[str, None] = {}
        self._titles: dict[str, str] = {}

    def row(self, row: Mapping[str, object], line: int, given: Given | None = None) -> None:
        """Read one entry given by its fields."""
        notes: list[str] = []
        self._names.update(dict.fromkeys(clean_text(str(name)) for name in row))
        try:
            read = paper_of(record_of(row), given or self._given, notes)
        except RecordError as error:
            self.skip(line, str(error))
        else:
            self.paper(read, line, notes)

    def note_of(self, row: Mapping[str, object], sections: Sequence[Mapping[str, object]], line: int) -> None:
        """Read one entry whose sections are known beside its fields."""
        notes: list[str] = []
        try:
            read = paper_of(record_of(row), self._given, notes)
        except RecordError as error:
            self.skip(line, str(error))
        else:
            written = tuple(sections_of(sections)) or read.paper.sections
            self.paper(replace(read, paper=replace(read.paper, sections=written)), line, notes)

    def paper(self, read: ReadPaper, line: int, notes: list[str]) -> None:
        """Take a paper; what of its entry could not be used is reported with it."""
        self._entries += 1
        read = renamed_apart(read, self._titles)
        self._papers.append(read.paper)
        self._others += [(other, read.paper.id) for other in read.others]
        self._skipped += [Skipped(self._file, line, note, kept=True) for note in notes]

    def skip(self, line: int, reason: str) -> None:
        """Report an entry that cannot become a paper."""
        self._entries += 1
        self._skipped.append(Skipped(self._file, line, reason))

    def note(self, line: int, reason: str) -> None:
        """Report what is no entry, or no loss."""
        self._skipped.append(Skipped(self._file, line, reason, kept=True))

    def named(self, *names: str) -> None:
        """Say that fields were read."""
        self._names.update(dict.fromkeys(names))

    def parsed(self) -> Parsed:
        """Return what was read."""
        fields = tuple(name for name in self._names if part_of(name))
        left = tuple(name for name in self._names if not part_of(name))
        skipped = tuple(sorted(self._skipped, key=lambda skip: skip.line))
        read = Parsed(tuple(self._papers), skipped, self._entries, self._form)
        return replace(read, others=tuple(self._others), fields=fields, left=left)
