"""Saved searches: the queries of a file, what each digest of them has reported, and what is new since."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.durable import replace_text
from index.errors import SourceError
from search.answers import News, Result

FORMAT = 1
SUFFIX = ".seen"

Ask = Callable[[str], News]


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

    def is_new(self, paper: str) -> bool:
        """Return whether a paper came after the last digest, and was never reported."""
        return paper not in self.papers and paper not in self.reported


@dataclass(frozen=True, slots=True)
class Part:
    """What is new for some queries: papers that answer all of them, the first of them surely, or else perhaps."""

    queries: tuple[str, ...]
    strong: bool
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """The queries of a file, what is new for them, and one line on each that was not read as it is written."""

    queries: tuple[str, ...]
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


def compile_digest(queries: Sequence[Saved], ask: Ask, file: str) -> Digest:
    """Ask every query, and report each paper once, under all queries that it answers; the surer ones come first."""
    news = [ask(query.text) for query in queries]
    tiers = [(strong, one.query, one.strong if strong else one.weaker) for strong in (True, False) for one in news]
    answered: dict[str, list[str]] = {}
    for _, query, results in tiers:
        for result in results:
            answered.setdefault(result.paper.id, []).append(query)
    groups: dict[tuple[bool, tuple[str, ...]], list[Result]] = {}
    for strong, query, results in tiers:
        for result in results:
            if (all_of := tuple(answered[result.paper.id]))[0] == query:
                groups.setdefault((strong, all_of), []).append(result)
    parts = tuple(Part(asked, strong, tuple(results)) for (strong, asked), results in groups.items())
    said = [f"{file}:{query.line}: {text}" for query, one in zip(queries, news, strict=True) for text in one.warnings]
    return Digest(tuple(query.text for query in queries), parts, tuple(said))


def after(seen: Seen, digest: Digest, generation: str, papers: Collection[str]) -> Seen:
    """Return what has been read once a digest of a generation with these papers was delivered."""
    queries = frozenset(digest.queries)
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
