"""What one file gives: papers, and what of it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass

from index.paper import Paper

SUMMARY_HEADING = "Summary"
TITLE_HEADING = "Title"
"""Of the one section of a paper of which no more than its title is known."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of a file that could not be used as it stands; `line` counts from 1, 0 means the whole file.

    `unread` says that the disk did not give the file or folder, whatever it holds; `kept` that an entry's paper
    is read all the same.
    """

    file: str
    line: int
    reason: str
    unread: bool = False
    kept: bool = False

    def text(self) -> str:
        """Return where and why, as a line for people."""
        return f"{self.file}{f':{self.line}' if self.line else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one file holds: papers in file order (an id may come twice), entries seen, entries skipped.

    `form` is what the file was taken for. `others` are ids that papers have besides their own, by it; `fields` the
    names that were read, `left` those that were not. A file without entries says in `why` what would be read.
    """

    papers: tuple[Paper, ...]
    skipped: tuple[Skipped, ...]
    entries: int
    form: str = ""
    others: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    why: str = ""
