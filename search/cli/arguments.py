"""The commands of `nonmun`, each with what it does, the module that runs it, and what it is given."""

from __future__ import annotations

import math
import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from index.errors import StoreError
from index.paper import Kind
from index.store.address import located
from index.store.manifest import KEPT
from search.answers import Aspect, ExportFormat, Sort
from search.cli.declared import EXCLUSIVE, argument, command, part
from search.settings import DEFAULT_STORE, STORE_VARIABLE

if TYPE_CHECKING:
    from index.encoding.encoder import Runtime

FORMATS, SORTS, ASPECTS = get_args(ExportFormat), get_args(Sort), get_args(Aspect)
KINDS = tuple(kind.value for kind in Kind)
DIGESTS = ("md", "atom", "html")
SHELLS = ("bash", "zsh", "fish")

_FILTERS = "filters"
_WHERE = (
    "the store: a folder, milvus+http://HOST:PORT/COLLECTION, or a file FILE.db of milvus-lite "
    f"(default: ${STORE_VARIABLE}, else ./{DEFAULT_STORE})"
)


def _format() -> Any:
    return argument("--format", "write the papers for other programs, instead of for reading", choices=FORMATS)


def _color() -> Any:
    when = "default: auto, on a terminal unless NO_COLOR is set"
    return argument("--color", when, choices=("auto", "always", "never"), default="auto")


def _pager() -> Any:
    instead = "print all at once; else what is longer than a terminal goes through $PAGER (default: less)"
    return argument("--no-pager", instead, action="store_false")


def _store(text: str) -> Path:
    try:
        return located(text)
    except StoreError as error:
        raise ArgumentTypeError(str(error)) from None


def _words(text: str) -> str:
    if re.search("[\ud800-\udfff]", text):
        raise ArgumentTypeError("not valid text in this terminal's encoding")
    return text


def _whole(wanted: str, numbers: range, hint: str = "") -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not (text.isdecimal() and text.isascii() and int(text) in numbers):
            raise ArgumentTypeError(f"not {wanted}: {text!r}{hint}")
        return int(text)

    return convert


def _days(text: str) -> float:
    with suppress(ValueError):
        if 0 < (days := float(text)) < math.inf:
            return days
    raise ArgumentTypeError(f"not a number of days above 0: {text!r}")


_count = _whole("a whole number", range(sys.maxsize))
_positive = _whole("a positive whole number", range(1, sys.maxsize))
_port = _whole("a port", range(1 << 16), "; write a number from 0 to 65535")


@dataclass(frozen=True, slots=True)
class OfStore:
    """Which store; where none is given, the one that the environment names."""

    store: Path | None = argument("--store STORE", _WHERE, type=_store)  # noqa: RUF009 - a field


@dataclass(frozen=True, slots=True)
class StoreArguments(OfStore):
    """What every command on a store is given."""

    json: bool = argument("--json", "print JSON, and nothing else, on standard output")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer, through which filters, and how it is shown."""

    k: int = argument("-k N", "how many papers (default: 10)", type=int, default=10)
    offset: int = argument("--offset N", "how many to pass over first", type=int, default=0)
    format: str | None = _format()
    date_from: str | None = argument(
        "--from DATE", "first day: YYYY, YYYY-MM, YYYY-MM-DD, or 7d, 2w, 3m, 1y ago", group=_FILTERS
    )
    date_to: str | None = argument("--to DATE", "last day, inclusive", group=_FILTERS)
    min_votes: int | None = argument("--min-votes N", "papers with this many votes or more", type=int, group=_FILTERS)
    author: str | None = argument("--author NAME", "whole words of a name, in any case", type=_words, group=_FILTERS)
    field: str | None = argument("--field FIELD", "a field such as cs.CL", type=_words, group=_FILTERS)
    section: str | None = argument("--section", "match this kind of section only", group=_FILTERS, choices=KINDS)
    color: str = _color()
    pager: bool = _pager()


@command("index", "store_commands")
class IndexArguments(StoreArguments):
    """Build a store from summaries, reusing what did not change."""

    sources: list[Path] = argument(
        "SOURCE",
        "a folder or file: Markdown, JSON, BibTeX, RIS, CSV; or zotero: for the library of a running Zotero",
        nargs="+",
        type=Path,
    )
    model: str | None = argument("--model NAME|PATH", "a sentence-transformers model instead of the default")
    runtime: Runtime = argument("--runtime", "default: auto", choices=("auto", "onnx", "torch"), default="auto")
    ray: str | None = argument(
        "--ray ADDRESS|local", "encode on the Ray cluster at HOST:PORT, or on one of this machine alone (local)"
    )
    strict: bool = argument("--strict", "publish nothing, and exit with 1, where anything would be skipped or repaired")
    full: bool = argument("--full", "use nothing that was worked out before")
    allow_empty: bool = argument(
        "--allow-empty",
        "delete papers even where that may not be meant: more than half, or while a file cannot be read",
    )
    prune: int = argument(
        "--prune N", f"keep N generations besides the one in force (default: {KEPT})", type=_count, default=KEPT
    )
    dry_run: bool = argument("--dry-run", "say what would change, and change nothing", group=EXCLUSIVE)
    look: bool = argument("--look", "show what each file is taken for, and read no further", group=EXCLUSIVE)
    watch: bool = argument("--watch", "go on, and index again whenever a source has changed", group=EXCLUSIVE)


@command("search", "read_commands")
class SearchArguments(StoreArguments):
    """Find the papers that answer a query in Korean or English."""

    words: list[str] = argument(
        "QUERY", "a few words or a sentence; without one the newest papers", nargs="*", type=_words
    )
    sort: Sort = argument("--sort", "order of the 100 most relevant papers", choices=SORTS, default="relevance")
    half_life: float | None = argument(
        "--half-life DAYS",
        "prefer new papers: what a paper gains by its date halves with every so many days of age",
        type=_days,
    )
    explain: bool = argument("--explain", "say how each score comes about")
    literal: bool = argument(
        "--literal", "take the whole query for its topic, and read no names, days, exclusions or order out of it"
    )
    page: Page = part(Page)


@command("similar", "read_commands")
class SimilarArguments(StoreArguments):
    """Find the papers most like some of the store, or like a text."""

    ids: list[str] = argument(
        "PAPER", "a paper to be like: an id, a URL, a DOI, a title or a short name", nargs="*", type=_words
    )
    unlike: list[str] | None = argument("--not PAPER", "papers to be unlike", nargs="+", action="extend", type=_words)
    text: str | None = argument(
        "--text TEXT", "a text to be like, such as an abstract; - reads standard input", type=_words
    )
    aspect: Aspect | None = argument("--aspect", "compare this kind of section only", choices=ASPECTS)
    page: Page = part(Page)


@command("show", "read_commands")
class ShowArguments(StoreArguments):
    """Print one paper's whole summary."""

    id: str = argument("PAPER", "the paper's id, URL, DOI, title or short name", type=_words)
    format: str | None = _format()
    color: str = _color()
    pager: bool = _pager()


@command("glossary", "read_commands")
class GlossaryArguments(StoreArguments):
    """List what the archive says in Korean and in English."""

    words: list[str] = argument("TEXT", "only entries one side of which holds it", nargs="*", type=_words)
    limit: int = argument("-n N", "how many (default: 50)", type=_positive, default=50)
    pager: bool = _pager()


@command("stats", "read_commands")
class StatsArguments(StoreArguments):
    """Say what a store holds."""


@command("eval", "eval_command")
class EvalArguments(StoreArguments):
    """Measure how well a store answers labelled queries."""

    queries: list[Path] = argument("QUERIES", "a .jsonl file of labelled queries", nargs="*", type=Path)
    itself: bool = argument(
        "--self", "check the archive against itself: titles, sentences and glossary as queries, no labels needed"
    )
    ablate: bool = argument("--ablate", "leave out each part of the ranking in turn")
    compare: Path | None = argument("--compare STORE", "another store to ask the same queries of", type=_store)
    limit: int | None = argument(
        "--limit N", "ask a fixed sample of N queries of each file (with --self: default 300)", type=_positive
    )


@command("serve", "serve_command")
class ServeArguments(StoreArguments):
    """Answer over HTTP."""

    host: str = argument("--host HOST", "the address to listen on (default: 127.0.0.1)", default="127.0.0.1")
    port: int = argument("--port PORT", "the port (default: 8000; 0 for any free one)", type=_port, default=8000)


@command("rollback", "store_commands")
class RollbackArguments(StoreArguments):
    """Put an earlier generation of a store back in force."""

    generation: str | None = argument(
        "GENERATION", "which one (default: the newest whole one before that in force)", nargs="?"
    )


@command("doctor", "store_commands")
class DoctorArguments(StoreArguments):
    """Look a store over, and say what to run about it."""


@command("snapshot", "store_commands")
class SnapshotArguments(StoreArguments):
    """Write the generation in force to one file."""

    file: Path = argument("FILE", "a file that does not exist yet", type=Path)


@command("restore", "store_commands")
class RestoreArguments(StoreArguments):
    """Put the generation of a snapshot in force."""

    file: Path = argument("FILE", "what snapshot has written", type=Path)


@command("digest", "tool_commands")
class DigestArguments(StoreArguments):
    """Report what is new for the queries of a file, one a line."""

    queries: Path = argument("QUERIES", "a text file; # begins a comment", type=Path)
    since: str = argument(
        "--since last|DATE",
        "last: since the last digest of this file, to a new query the archive's last seven days (default); "
        "or a day: papers dated then or later",
        default="last",
    )
    format: str = argument("--format", "default: md", choices=DIGESTS, default="md")
    k: int = argument(
        "-k N",
        "at most so many papers a query that surely answer, and so many that may (default: 8)",
        type=int,
        default=8,
    )
    dry_run: bool = argument("--dry-run", "report, and remember nothing")


@command("open", "tool_commands")
class OpenArguments(StoreArguments):
    """Open a paper's page in the browser."""

    id: str = argument("PAPER", "the paper's id, URL, DOI, title or short name", type=_words)
    print: bool = argument("--print", "print its address instead")


@command("mcp", "tool_commands")
class McpArguments(OfStore):
    """Answer the tools of language models over standard input and output."""


@command("completion", "tool_commands")
class CompletionArguments:
    """Print what completes commands and options in a shell."""

    shell: str = argument("|".join(SHELLS), "the shell", choices=SHELLS)
    json: bool = argument("--json", "print JSON, and nothing else, on standard output")
