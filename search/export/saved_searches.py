"""Saved searches: the queries of a file, what each digest of them has reported, and what is new since."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.durable import replace_text
from index.errors import SourceError
from search.answers import Answer, Result

FORMAT = 1
SUFFIX = ".seen"

Ask = Callable[[str], Answer]
IsNew = Callable[[str, Result], bool]


@dataclass(frozen=True, slots=True)
class Saved:
    """A query, and the line of the file that it stands on."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the digests of a file have read: the generation, its queries, the papers there were, those reported."""

    generation: str = ""
    queries: frozenset[str] = frozenset()
    papers: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()

    def is_new(self, query: str, result: Result) -> bool:
        """Return whether a paper came after the query was last read; to a query that never was, all papers did."""
        paper = result.paper.id
        return paper not in self.reported and (query not in self.queries or paper not in self.papers)


@dataclass(frozen=True, slots=True)
class Part:
    """What is new for one query."""

    query: str
    results: tuple[Result, ...]
    confident: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """What is new for the queries of a file, and one line on each that was not read as it is written."""

    parts: tuple[Part, ...]
    warnings: tuple[str, ...]

    def ids(self) -> list[str]:
        """Return the papers that are reported, in order."""
        return [result.paper.id for part in self.parts for result in part.results]


def read_queries(path: Path) -> tuple[Saved, ...]:
    """Return the queries of a file, one a line, each once; SourceError where it cannot be read or holds none."""
    text = _text_of(path).removeprefix("\ufeff")
    lines = [(number, " ".join(line.split())) for number, line in enumerate(text.split("\n"), 1)]
    first: dict[str, int] = {}
    for number, line in lines:
        if line and not line.startswith("#"):
            first.setdefault(line, number)
    if not first:
        raise SourceError(f"{path}: no query in it; write one a line")
    return tuple(Saved(number, line) for line, number in first.items())


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; name a file with one query a line") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None


def compile_digest(queries: Iterable[Saved], ask: Ask, is_new: IsNew, file: str) -> Digest:
    """Ask every query and keep what is new, each paper under the first query that finds it."""
    parts: list[Part] = []
    warnings: list[str] = []
    taken: set[str] = set()
    for query in queries:
        answer = ask(query.text)
        warnings += [f"{file}:{query.line}: {warning}" for warning in answer.warnings]
        new = [one for one in answer.results if one.paper.id not in taken and is_new(query.text, one)]
        taken.update(one.paper.id for one in new)
        parts.append(Part(query.text, tuple(new), answer.confident))
    return Digest(tuple(parts), tuple(warnings))


def after(seen: Seen, digest: Digest, generation: str, papers: Collection[str]) -> Seen:
    """Return what has been read once a digest of a generation with these papers was delivered."""
    queries = frozenset(part.query for part in digest.parts)
    return Seen(generation, queries, seen.papers | frozenset(papers), seen.reported | frozenset(digest.ids()))


def seen_path(queries: Path) -> Path:
    """Return the file that remembers what the digests of a file have read."""
    return queries.with_name(queries.name + SUFFIX)


def read_seen(path: Path) -> Seen:
    """Return what was read before, nothing where there is no such file; SourceError where it is damaged."""
    try:
        return _seen_of(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return Seen()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; it remembers what was reported") from None
    except (ValueError, KeyError, TypeError):
        raise SourceError(f"{path}: damaged; remove it, and the next digest reports every paper anew") from None


def _seen_of(values: dict[str, Any]) -> Seen:
    if values["format"] != FORMAT:
        raise ValueError("another format")
    sets = (_texts(values[name]) for name in ("queries", "papers", "reported"))
    return Seen(str(values["generation"]), *sets)


def _texts(values: Sequence[object]) -> frozenset[str]:
    if not (isinstance(values, list) and all(isinstance(value, str) for value in values)):
        raise TypeError("not a list of texts")
    return frozenset(map(str, values))


def write_seen(path: Path, seen: Seen) -> None:
    """Remember what has been read, by one rename; SourceError where that cannot be written."""
    sets = {name: sorted(getattr(seen, name)) for name in ("queries", "papers", "reported")}
    values = {"format": FORMAT, "generation": seen.generation, **sets}
    try:
        replace_text(path, json.dumps(values, ensure_ascii=False) + "\n")
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be written: {error.strerror or error}; it remembers what was reported"
        ) from None
