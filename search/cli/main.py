"""The command `nonmun`: what the command line chooses is run, and an error becomes one line and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from index import errors
from index.errors import NonmunError
from search.cli import options
from search.cli.options import AddressError
from search.cli.output import warn
from search.settings import SettingsError

__all__ = ["AddressError", "error_code", "main"]

ERROR_CODES: dict[type[NonmunError], int] = {
    errors.QueryError: options.USAGE,
    SettingsError: options.USAGE,
    errors.StoreError: options.STORE,
    errors.ModelError: options.MODEL,
    errors.MissingExtra: options.MODEL,
    errors.SourceError: options.SOURCE,
    errors.UnknownPaper: options.PAPER,
    AddressError: options.ADDRESS,
    errors.BusyError: options.BUSY,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `nonmun --help` lists them."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    if sys.platform == "win32":
        return _failed(options.USAGE, "nonmun runs on Linux and macOS; on Windows run it in WSL, which is a Linux")
    try:
        parsed = options.command_parser().parse_args(arguments)
        code: int = parsed.run(parsed)
        return code
    except NonmunError as error:
        return _failed(error_code(error), str(error))
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return options.OUTPUT if isinstance(error, BrokenPipeError) else _failed(options.OUTPUT, str(error))
    except KeyboardInterrupt:
        return _failed(options.INTERRUPTED, "interrupted")


def error_code(error: NonmunError) -> int:
    """Return the exit code of an error."""
    return next(code for kind, code in ERROR_CODES.items() if isinstance(error, kind))


def _failed(code: int, message: str) -> int:
    warn(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
