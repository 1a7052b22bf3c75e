"""What a new reading of the sources changes in a store, and when that is too much to be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from index.errors import SourceError
from index.paper import Paper, text_digest
from index.sources.corpus import Corpus
from index.sources.parsed import Skipped

MOST_DELETED = 0.5
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of the papers that are new, say something else, only stand under another date, or are gone.

    `held` is how many papers there were before.
    """

    held: int = 0
    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    def by_kind(self) -> dict[str, tuple[str, ...]]:
        """Return the ids under the name of what has become of them."""
        return {"new": self.new, "changed": self.changed, "moved": self.moved, "deleted": self.deleted}

    def __bool__(self) -> bool:
        return any(self.by_kind().values())

    def counts(self) -> dict[str, int]:
        """Return how many papers there are of each kind."""
        return {kind: len(ids) for kind, ids in self.by_kind().items()}

    def line(self) -> str:
        """Return the counts as a line for people."""
        return ", ".join(f"{count:,} {kind}" for kind, count in self.counts().items())

    def lines(self) -> list[str]:
        """Return the ids as lines for people; long lists are cut short and say so."""
        return [line for kind, ids in self.by_kind().items() if ids for line in _listed(kind, ids)]


class RefusedError(SourceError):
    """A run would delete papers that its sources may still hold; `changes` says which."""

    def __init__(self, message: str, changes: Changes) -> None:
        super().__init__(message)
        self.changes = changes


def _listed(kind: str, ids: Sequence[str]) -> list[str]:
    rest = [f"  ... and {len(ids) - _SHOWN:,} more"] if len(ids) > _SHOWN else []
    return [f"{kind}: {len(ids):,}", *(f"  {id_}" for id_ in ids[:_SHOWN]), *rest]


def compare(before: Iterable[tuple[str, str]], after: Mapping[str, str], read: Callable[[str], Paper]) -> Changes:
    """Return what has become of the papers of a store in a new reading of its sources.

    `before` are ids and what `Paper.to_json` gave, `after` is the digest of each paper by its id, `read` gives the
    paper of an id whose digest is another than before.
    """
    coming = dict(after)
    held = 0
    changed: list[str] = []
    moved: list[str] = []
    deleted: list[str] = []
    for id_, text in before:
        held += 1
        digest = coming.pop(id_, None)
        if digest is None:
            deleted.append(id_)
        elif digest != text_digest(text):
            (moved if _has_only_moved(Paper.from_json(text), read(id_)) else changed).append(id_)
    return Changes(held, tuple(coming), tuple(changed), tuple(moved), tuple(deleted))


def _has_only_moved(old: Paper, new: Paper) -> bool:
    return new == replace(old, date=new.date)


def require_meant(changes: Changes, skipped: Sequence[Skipped]) -> None:
    """Raise RefusedError where papers would be deleted that the sources may still hold.

    That is so where a file or folder cannot be read, and where more than half of the papers would go.
    """
    gone = len(changes.deleted)
    unread = next((skip for skip in skipped if skip.unread), None)
    if gone and unread is not None:
        why = f"while {unread.file} {unread.reason}"
    elif gone > MOST_DELETED * changes.held:
        why = "which is more than half; is a source missing?"
    else:
        return
    papers = f"{gone:,} of the store's {changes.held:,} papers would be deleted"
    raise RefusedError(f"{papers}, {why}; nothing was published; if it is meant, add --allow-empty", changes)


def changes_of(corpus: Corpus, before: Iterable[tuple[str, str]]) -> Changes:
    """Return what has become in a corpus of papers, given by ids and what `Paper.to_json` gave."""
    places = {entry.id: place for place, entry in enumerate(corpus.entries)}
    digests = {entry.id: entry.digest.hex() for entry in corpus.entries}
    return compare(before, digests, lambda id_: corpus.papers[places[id_]])
