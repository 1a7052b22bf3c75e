"""What one file gives: papers, and what of it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from index.paper import Paper

SUMMARY_HEADING = "Summary"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of a file that could not be used as it stands; `line` counts from 1, 0 means the whole file.

    `unread` says that the disk did not give the file or folder, whatever it holds.
    """

    file: str
    line: int
    reason: str
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file holds: papers in file order (an id may come twice), entries seen, entries skipped."""

    papers: tuple[Paper, ...]
    skipped: tuple[Skipped, ...]
    entries: int
