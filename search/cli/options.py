"""The command line of `nonmun`: its commands and the codes it exits with."""

from __future__ import annotations

import argparse
from typing import NoReturn

import search.cli.arguments  # noqa: F401 - declares the commands
from index.errors import NonmunError
from search.cli.declared import COMMANDS, add_arguments
from search.text import one_line

OK, SKIPPED, USAGE, STORE, MODEL, SOURCE, PAPER, ADDRESS = range(8)
BUSY, INTERRUPTED, OUTPUT = 75, 130, 141

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


class AddressError(NonmunError):
    """The service cannot listen where it was told to."""


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
    """Return the parser of the whole command line; `run` is what runs the command that was chosen."""
    codes = "\n".join(f"  {code:<5}{meaning}" for code, meaning in EXIT_CODES.items())
    parser = _Parser(
        prog="nonmun",
        description="Semantic search over paper summaries in Korean and English.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        sentence = str(command.arguments.__doc__)
        does = sentence[0].lower() + sentence[1:].removesuffix(".")
        own = commands.add_parser(command.name, help=does, description=sentence, allow_abbrev=False)
        add_arguments(own, command.arguments)
        own.set_defaults(run=command.run)
    return parser
