"""The command `nonmun`: index, search, similar, show, glossary, stats, eval, serve, a store's upkeep, and tools."""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from index.errors import (
    BusyError,
    MissingExtra,
    ModelError,
    NonmunError,
    QueryError,
    SourceError,
    StoreError,
    UnknownPaper,
)
from index.paper import Kind, Paper
from index.store.address import shown
from search.answers import Answer
from search.cli import options
from search.cli.opening import filters_of, named_store, opened_engine, opened_generation
from search.cli.output import print_body, print_export, screen_of
from search.cli.terminal import answer_lines, glossary_lines, paper_lines, stats_lines
from search.settings import Settings, SettingsError
from search.text import one_line

if TYPE_CHECKING:
    import socket

    from search.engine import Engine


class AddressError(NonmunError):
    """The service cannot listen where it was told to."""


ERROR_CODES: dict[type[NonmunError], int] = {
    QueryError: options.USAGE,
    SettingsError: options.USAGE,
    StoreError: options.STORE,
    ModelError: options.MODEL,
    MissingExtra: options.MODEL,
    SourceError: options.SOURCE,
    UnknownPaper: options.PAPER,
    AddressError: options.ADDRESS,
    BusyError: options.BUSY,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `nonmun --help` lists them."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        chosen = options.command_parser().parse_args(arguments)
        return COMMANDS[chosen.command](chosen)
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
    print(f"nonmun: {one_line(message)}", file=sys.stderr)
    return code


def _index(arguments: Namespace) -> int:
    from index.publishing.opening import bring_in_step
    from search.cli import store_commands as upkeep

    try:
        with named_store(arguments, "written") as store:
            bring_in_step(store, whole=True)
            return upkeep.run_index(arguments, store)
    except NonmunError as error:
        return _failed(upkeep.print_failure(arguments, error) or error_code(error), str(error))


def _upkeep(name: str, done: str) -> Callable[[Namespace], int]:
    def run(arguments: Namespace) -> int:
        from index.publishing.opening import bring_in_step
        from search.cli.store_commands import COMMANDS

        with named_store(arguments, done) as store:
            bring_in_step(store, whole=True)
            return COMMANDS[name](arguments, store)

    return run


def _search(arguments: Namespace) -> int:
    query = " ".join(arguments.words)
    with opened_engine(arguments) as engine:
        answer = engine.search(
            query,
            arguments.k,
            arguments.offset,
            filters_of(arguments),
            sort=arguments.sort,
            half_life=arguments.half_life,
        )
        papers = _whole(arguments, engine, answer)
    return _answered(arguments, answer, papers, arguments.explain)


def _similar(arguments: Namespace) -> int:
    text = _read_input() if arguments.text == "-" else arguments.text or ""
    with opened_engine(arguments) as engine:
        answer = engine.similar(
            arguments.ids,
            arguments.k,
            arguments.offset,
            filters_of(arguments),
            unlike=arguments.unlike or (),
            text=text.strip(),
            aspect=Kind(arguments.aspect) if arguments.aspect else None,
        )
        papers = _whole(arguments, engine, answer)
    return _answered(arguments, answer, papers)


def _read_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise QueryError(f"standard input is not UTF-8 text ({error.reason} at byte {error.start})") from None


def _whole(arguments: Namespace, engine: Engine, answer: Answer) -> list[Paper]:
    """Return the papers of an answer as they are to be written, where that is asked for."""
    from search.browse.listing import answering

    return answering(engine, answer) if arguments.format else []


def _answered(arguments: Namespace, answer: Answer, papers: Sequence[Paper], explain: bool = False) -> int:
    from search.export.json import answer_body, explained

    for warning in () if arguments.json else answer.warnings:
        print(f"nonmun: {one_line(warning)}", file=sys.stderr)
    if arguments.format:
        print_export(arguments, papers)
        return options.OK
    body = answer_body(explained(answer) if explain else answer)
    print_body(arguments, body, answer_lines(answer, arguments.offset, screen_of(arguments), explain))
    return options.OK


def _show(arguments: Namespace) -> int:
    with opened_generation(arguments) as generation:
        paper = generation.paper(generation.row_of(arguments.id))
    if arguments.format:
        print_export(arguments, [paper])
        return options.OK
    print_body(arguments, paper.as_dict(), paper_lines(paper, screen_of(arguments)))
    return options.OK


def _glossary(arguments: Namespace) -> int:
    from search.browse.glossary_list import glossary

    with opened_generation(arguments) as generation:
        found = asdict(glossary(generation, " ".join(arguments.words), arguments.limit))
    print_body(arguments, found, glossary_lines(found))
    return options.OK


def _stats(arguments: Namespace) -> int:
    from search.browse.stats import stats

    with opened_generation(arguments) as generation:
        found = asdict(stats(generation))
    print_body(arguments, found, stats_lines(found))
    return options.OK


def _eval(arguments: Namespace) -> int:
    if bool(arguments.queries) == arguments.self:
        raise QueryError("give files of labelled queries, or --self alone")
    if arguments.self and (arguments.ablate or arguments.compare):
        raise QueryError("--ablate and --compare need labelled queries; leave out --self")
    from search.cli.eval_command import score_lines, scores

    with named_store(arguments, "read") as store:
        body = scores(arguments, store)
    print_body(arguments, body, score_lines(body))
    return options.OK


def _serve(arguments: Namespace) -> int:
    from search.api.app import create_app
    from search.api.server import Server, address

    settings = Settings.from_environment()
    with _listener(arguments.host, arguments.port) as listener:
        with named_store(arguments, "read") as store:
            app = create_app(replace(settings, store=store))
            app.state.service.live.open()
        url = address(listener)
        server = Server(app, lambda: print_body(arguments, {"url": url}, [f"serving {shown(store)} at {url}"]))
        server.run([listener])
    return options.OK


def _tool(name: str) -> Callable[[Namespace], int]:
    def run(arguments: Namespace) -> int:
        from search.cli.tool_commands import COMMANDS

        return COMMANDS[name](arguments)

    return run


COMMANDS: dict[str, Callable[[Namespace], int]] = {
    "index": _index,
    "rollback": _upkeep("rollback", "written"),
    "doctor": _upkeep("doctor", "read"),
    "snapshot": _upkeep("snapshot", "read"),
    "restore": _upkeep("restore", "written"),
    "search": _search,
    "similar": _similar,
    "show": _show,
    "glossary": _glossary,
    "stats": _stats,
    "eval": _eval,
    "serve": _serve,
    "digest": _tool("digest"),
    "open": _tool("open"),
    "mcp": _tool("mcp"),
    "completion": _tool("completion"),
}


def _listener(host: str, port: int) -> socket.socket:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AddressError(f"cannot listen on {host}:{port}: {reason}; choose with --host and --port") from None
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for sockets it made itself
    return listener


if __name__ == "__main__":
    sys.exit(main())
