"""The command line of `nonmun`: its commands, their options, and the codes it exits with."""

from __future__ import annotations

import argparse
import math
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from index.errors import StoreError
from index.paper import Kind
from index.store.address import located
from index.store.manifest import KEPT
from search.settings import DEFAULT_STORE, STORE_VARIABLE
from search.text import one_line

OK, SKIPPED, USAGE, STORE, MODEL, SOURCE, PAPER, ADDRESS, BUSY, INTERRUPTED, OUTPUT = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    75,
    130,
    141,
)

EXIT_CODES = {
    OK: "done",
    SKIPPED: "index --strict: something was skipped or repaired, so nothing was published",
    USAGE: "the command line, the environment, the query or a filter cannot be understood",
    STORE: "the store is missing, damaged, cannot be written, or was built with another encoder",
    MODEL: "the model, or a library that an extra installs, cannot be loaded",
    SOURCE: "a source does not exist, the sources hold no paper, or too many papers would be deleted",
    PAPER: "no paper of the store has this id",
    ADDRESS: "the service cannot listen on this address",
    BUSY: "another run is writing the store, or a source keeps changing: try again later",
    INTERRUPTED: "interrupted",
    OUTPUT: "the output cannot be written or shown, or its reader went away",
}


FORMATS = ("bibtex", "ris", "csv", "jsonl", "md")
DIGESTS = ("md", "atom", "html")
SHELLS = ("bash", "zsh", "fish")
SORTS = ("relevance", "date", "votes")
ASPECTS = (Kind.WHATS_NEW.value, Kind.TECHNICAL_DETAILS.value, Kind.PERFORMANCE.value)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"nonmun: {one_line(message)}; see: {self.prog} --help\n")


class _Version(argparse.Action):
    """Prints the version, which is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"nonmun {version('nonmun')}")
        except PackageNotFoundError:
            print("nonmun, run from a checkout that is not installed")
        parser.exit(OK)


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; `command` names the command that was chosen."""
    codes = "\n".join(f"  {code:<5}{meaning}" for code, meaning in EXIT_CODES.items())
    parser = _Parser(
        prog="nonmun",
        description="Semantic search over paper summaries in Korean and English.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_index(commands)
    _add_search(commands)
    _add_similar(commands)
    _add_show(commands)
    _add_glossary(commands)
    _command(commands, "stats", "say what a store holds")
    _add_eval(commands)
    _add_serve(commands)
    _add_upkeep(commands)
    _add_tools(commands)
    return parser


def _command(commands: Any, name: str, does: str) -> argparse.ArgumentParser:
    parser = _bare_command(commands, name, does)
    _add_store(parser)
    _add_json(parser)
    return parser


def _bare_command(commands: Any, name: str, does: str) -> argparse.ArgumentParser:
    sentence = f"{does[0].upper()}{does[1:]}."
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=sentence, allow_abbrev=False)
    return parser


def _add_store(parser: argparse.ArgumentParser) -> None:
    where = (
        "the store: a folder, milvus+http://HOST:PORT/COLLECTION, or a file FILE.db of milvus-lite "
        f"(default: ${STORE_VARIABLE}, else ./{DEFAULT_STORE})"
    )
    parser.add_argument("--store", type=_store, metavar="STORE", help=where)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON, and nothing else, on standard output")


def _add_index(commands: Any) -> None:
    parser = _command(commands, "index", "build a store from summaries, reusing what did not change")
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="a folder or file of .md or .jsonl")
    parser.add_argument("--model", metavar="NAME|PATH", help="a sentence-transformers model instead of the default")
    parser.add_argument("--runtime", choices=("auto", "onnx", "torch"), default="auto", help="default: auto")
    ray = "encode on the Ray cluster at HOST:PORT, or on one of this machine alone (local)"
    parser.add_argument("--ray", metavar="ADDRESS|local", help=ray)
    strict = "publish nothing, and exit with 1, where anything would be skipped or repaired"
    parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("--full", action="store_true", help="use nothing that was worked out before")
    meant = "delete papers even where that may not be meant: more than half, or while a file cannot be read"
    parser.add_argument("--allow-empty", action="store_true", help=meant)
    prune = f"keep N generations besides the one in force (default: {KEPT})"
    parser.add_argument("--prune", type=_count, default=KEPT, metavar="N", help=prune)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    instead.add_argument("--watch", action="store_true", help="go on, and index again whenever a source has changed")


def _add_upkeep(commands: Any) -> None:
    parser = _command(commands, "rollback", "put an earlier generation of a store back in force")
    earlier = "which one (default: the newest whole one before that in force)"
    parser.add_argument("generation", nargs="?", metavar="GENERATION", help=earlier)
    _command(commands, "doctor", "look a store over, and say what to run about it")
    parser = _command(commands, "snapshot", "write the generation in force to one file")
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that does not exist yet")
    parser = _command(commands, "restore", "put the generation of a snapshot in force")
    parser.add_argument("file", type=Path, metavar="FILE", help="what snapshot has written")


def _add_search(commands: Any) -> None:
    parser = _command(commands, "search", "find the papers that answer a query in Korean or English")
    parser.add_argument("words", nargs="+", type=_words, metavar="QUERY", help="a few words or a sentence")
    parser.add_argument("--sort", choices=SORTS, default="relevance", help="order of the 100 most relevant papers")
    half_life = "prefer new papers: what a paper gains by its date halves with every so many days of age"
    parser.add_argument("--half-life", type=_days, metavar="DAYS", help=half_life)
    parser.add_argument("--explain", action="store_true", help="say how each score comes about")
    _add_page(parser)


def _add_similar(commands: Any) -> None:
    parser = _command(commands, "similar", "find the papers most like some of the store, or like a text")
    parser.add_argument("ids", nargs="*", type=_words, metavar="ID", help="a paper to be like")
    unlike = "papers to be unlike"
    parser.add_argument("--not", dest="unlike", nargs="+", action="extend", type=_words, metavar="ID", help=unlike)
    parser.add_argument("--text", type=_words, help="a text to be like, such as an abstract; - reads standard input")
    parser.add_argument("--aspect", choices=ASPECTS, help="compare this kind of section only")
    _add_page(parser)


def _add_show(commands: Any) -> None:
    parser = _command(commands, "show", "print one paper's whole summary")
    parser.add_argument("id", type=_words, metavar="ID", help="the paper's id")
    _add_format(parser)
    _add_color(parser)


def _add_glossary(commands: Any) -> None:
    parser = _command(commands, "glossary", "list what the archive says in Korean and in English")
    parser.add_argument("words", nargs="*", type=_words, metavar="TEXT", help="only entries one side of which holds it")
    parser.add_argument("-n", dest="limit", type=_positive, default=50, metavar="N", help="how many (default: 50)")
    _add_pager(parser)


def _add_serve(commands: Any) -> None:
    parser = _command(commands, "serve", "answer over HTTP")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="the port (default: 8000; 0 for any free one)")


def _add_eval(commands: Any) -> None:
    parser = _command(commands, "eval", "measure how well a store answers labelled queries")
    parser.add_argument("queries", nargs="*", type=Path, metavar="QUERIES", help="a .jsonl file of labelled queries")
    itself = "check the archive against itself: titles, sentences and glossary as queries, no labels needed"
    parser.add_argument("--self", action="store_true", help=itself)
    parser.add_argument("--ablate", action="store_true", help="leave out each part of the ranking in turn")
    parser.add_argument("--compare", type=_store, metavar="STORE", help="another store to ask the same queries of")
    limit = "ask a fixed sample of N queries of each file (with --self: default 300)"
    parser.add_argument("--limit", type=_positive, metavar="N", help=limit)


def _add_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-k", type=int, default=10, metavar="N", help="how many papers (default: 10)")
    parser.add_argument("--offset", type=int, default=0, metavar="N", help="how many to pass over first")
    _add_format(parser)
    filters = parser.add_argument_group("filters")
    filters.add_argument("--from", dest="date_from", metavar="DATE", help="first day: YYYY, YYYY-MM or YYYY-MM-DD")
    filters.add_argument("--to", dest="date_to", metavar="DATE", help="last day, inclusive")
    filters.add_argument("--min-votes", type=int, metavar="N", help="papers with this many votes or more")
    filters.add_argument("--author", type=_words, metavar="NAME", help="whole words of a name, in any case")
    filters.add_argument("--field", type=_words, metavar="FIELD", help="a field such as cs.CL")
    filters.add_argument("--section", choices=[kind.value for kind in Kind], help="match this kind of section only")
    _add_color(parser)


def _add_tools(commands: Any) -> None:
    parser = _command(commands, "digest", "report what is new for the queries of a file, one a line")
    parser.add_argument("queries", type=Path, metavar="QUERIES", help="a text file; # begins a comment")
    since = "last: since the last digest of this file (default); or a day: papers dated then or later"
    parser.add_argument("--since", default="last", metavar="last|DATE", help=since)
    parser.add_argument("--format", choices=DIGESTS, default="md", help="default: md")
    best = "a paper is reported where it is among the N best for a query (default: 20)"
    parser.add_argument("-k", type=int, default=20, metavar="N", help=best)
    parser.add_argument("--dry-run", action="store_true", help="report, and remember nothing")
    parser = _command(commands, "open", "open a paper's page in the browser")
    parser.add_argument("id", type=_words, metavar="ID", help="the paper's id")
    parser.add_argument("--print", action="store_true", help="print its address instead")
    _add_store(_bare_command(commands, "mcp", "answer the tools of language models over standard input and output"))
    parser = _bare_command(commands, "completion", "print what completes commands and options in a shell")
    parser.add_argument("shell", choices=SHELLS, metavar="|".join(SHELLS), help="the shell")
    _add_json(parser)


def _add_format(parser: argparse.ArgumentParser) -> None:
    written = "write the papers for other programs, instead of for reading"
    parser.add_argument("--format", choices=FORMATS, help=written)


def _add_pager(parser: argparse.ArgumentParser) -> None:
    pager = "print all at once; else what is longer than a terminal goes through $PAGER (default: less)"
    parser.add_argument("--no-pager", dest="pager", action="store_false", help=pager)


def _add_color(parser: argparse.ArgumentParser) -> None:
    when = "default: auto, on a terminal unless NO_COLOR is set"
    parser.add_argument("--color", choices=("auto", "always", "never"), default="auto", help=when)
    _add_pager(parser)


def _store(text: str) -> Path:
    try:
        return located(text)
    except StoreError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _words(text: str) -> str:
    if re.search("[\ud800-\udfff]", text):
        raise argparse.ArgumentTypeError("not valid text in this terminal's encoding")
    return text


def _positive(text: str) -> int:
    if not (text.isdecimal() and text.isascii() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"not a positive whole number: {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not (text.isdecimal() and text.isascii()):
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}")
    return int(text)


def _days(text: str) -> float:
    with suppress(ValueError):
        if 0 < (days := float(text)) < math.inf:
            return days
    raise argparse.ArgumentTypeError(f"not a number of days above 0: {text!r}")


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"not a port: {text!r}; write a number from 0 to 65535")
    return int(text)
