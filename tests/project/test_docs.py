"""The README and docs/ name every command, flag, route and variable that exists, and no other; their commands run."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from index.milvus.client import TOKEN_VARIABLE
from scripts import benchmark
from search.api.app import create_app
from search.cli import main as cli
from search.cli.options import command_parser
from search.settings import VARIABLES, Settings
from tests.support.documents import ACTIVATION, DOCUMENTS, LINK, PAGES, README, Document, cells, everything
from tests.support.paths import REPOSITORY

MOST_LINES = 130
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SHARED = {"--help", "--store", "--json", "--color", "--no-pager"}
"""Flags that the page of the commands names once for all."""
FILTERS = {"--from", "--to", "--min-votes", "--author", "--field", "--section"}
FOREIGN = {
    "--slow": "scripts/test",
    "--head": "ray",
    "--address": "ray",
    "--num-cpus": "ray",
    "--data-urlencode": "curl",
}
"""Flags of other programs, by what takes them."""
NONMUN = re.compile(r"(?:^|[\s(])(\.venv/bin/)?nonmun (?=[\w-])([^|>)]*)")
every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@cache
def subcommands() -> dict[str, argparse.ArgumentParser]:
    return choices(command_parser())


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (commands,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(commands.choices)


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings} - {"-h"}


def rows_of_commands() -> dict[str, str]:
    rows = cells(PAGES["commands"].section("All commands").strip())
    named = {match[1]: row[1] for row in rows if row and (match := re.match(r"`nonmun (\w+)[^`]*`$", row[0]))}
    assert len(named) == len([row for row in rows if row and row[0].startswith("`nonmun")])
    return named


@cache
def openapi() -> dict[str, Any]:
    """Return what the service says of itself."""
    app = create_app(Settings(Path("nowhere")), lambda _: pytest.fail("nothing is opened"))
    return app.openapi()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path.replace('{paper_id}', '{id}')}", operation


def test_the_readme_is_short() -> None:
    assert len(README.text.splitlines()) <= MOST_LINES


def test_the_readme_leads_to_every_document() -> None:
    assert {f"docs/{name}.md" for name in PAGES} <= set(LINK.findall(README.text))


def test_every_command_has_a_row_and_every_row_is_a_command() -> None:
    assert rows_of_commands().keys() == subcommands().keys()


@pytest.mark.parametrize("name", sorted(subcommands()))
def test_the_row_of_a_command_names_its_flags_and_no_other(name: str) -> None:
    flags = flags_of(subcommands()[name]) - SHARED - FILTERS
    assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", rows_of_commands()[name])) == flags


def test_the_flags_that_commands_share_are_named_below_their_table() -> None:
    below = PAGES["commands"].section("All commands").rpartition("|")[2]
    assert set(FLAG.findall(below.partition("```")[0])) == SHARED | FILTERS | {"--version"}


def test_every_named_flag_exists() -> None:
    known = {flag for parser in subcommands().values() for flag in flags_of(parser)} | {"--version"}
    known |= {flag for parser in choices(benchmark.parser()).values() for flag in flags_of(parser)}
    assert set(FLAG.findall(everything())) <= known | FOREIGN.keys()


def test_every_exit_code_is_explained() -> None:
    help_text = command_parser().format_help().partition("exit codes:\n")[2]
    codes = re.findall(r"^ +(\d+) +(.+)$", help_text, flags=re.MULTILINE)
    assert len(codes) > 5
    table = cells(PAGES["commands"].section("Exit codes").strip())
    assert [(code, means.replace("`nonmun index --strict`", "index --strict")) for code, means in table] == codes


def test_every_route_is_named_and_every_named_route_exists() -> None:
    routes = {route for route, _ in operations()}
    rows = PAGES["http"].section("Routes")
    assert set(re.findall(r"`((?:GET|POST) /[^`?]*)", rows)) == routes
    assert set(re.findall(r"`((?:GET|POST) /[^`?]*)", everything())) == routes | {"GET /openapi.json"}


def test_every_parameter_of_a_route_is_named() -> None:
    names = {parameter["name"] for _, operation in operations() for parameter in operation.get("parameters", ())}
    routes = PAGES["http"].section("Routes")
    assert {name for name in names - {"paper_id", "q"} if f"`{name}`" not in routes} == set()


def test_every_error_of_a_route_is_explained() -> None:
    errors = {status for _, operation in operations() for status in operation["responses"] if status >= "400"}
    statuses = {status for row in cells(PAGES["http"].section("Errors").rpartition("\n\n|")[2]) for status in row[:1]}
    assert errors <= set(re.findall(r"\d+", " ".join(statuses)))


def test_every_variable_is_named_and_every_named_variable_exists() -> None:
    variables = {*VARIABLES, "NONMUN_CACHE", TOKEN_VARIABLE}
    assert set(re.findall(r"`(NONMUN_\w+)`", PAGES["http"].section("Environment"))) == variables
    assert set(re.findall(r"NONMUN_\w+", everything())) == variables


def test_the_defaults_of_the_variables_are_those_of_the_service() -> None:
    rows = cells(PAGES["http"].section("Environment").strip())
    defaults = {variables: default for variables, _, default in rows}
    plain = Settings()
    assert defaults["`NONMUN_STORE`"] == f"`{plain.store}`"
    assert defaults["`NONMUN_LOG`"] == f"`{plain.log}`"
    assert defaults["`NONMUN_LOG_QUERIES`"] == ("`yes`" if plain.log_queries else "`no`")
    assert defaults["`NONMUN_WORKERS`, `NONMUN_WAITING`"] == f"one a core; {plain.waiting}"
    assert defaults["`NONMUN_SECONDS`"] == f"{plain.seconds:g}"


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"(?<![\w./~-])(?:scripts|benchmarks|docs|examples)/[\w./]+\w", everything()))
    assert len(named) > 10
    assert {name for name in named if not (REPOSITORY / name).exists()} == set()


def test_every_script_is_named_somewhere() -> None:
    contributing = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    scripts = {path.name for path in (REPOSITORY / "scripts").iterdir() if path.is_file()}
    assert {name for name in scripts if f"scripts/{name}" not in everything() + contributing} == set()


def broken(document: Document, target: str) -> bool:
    """Return whether a link leads to no file, or to no heading of its file."""
    name, _, anchor = target.partition("#")
    path = (document.path.parent / name).resolve() if name else document.path
    if not path.is_relative_to(REPOSITORY) or not path.exists():
        return True
    return bool(anchor) and anchor not in Document(path).anchors


@every_document
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(document: Document) -> None:
    targets = {target for target in LINK.findall(document.prose) if not re.match(r"https?://", target)}
    assert {target for target in targets if broken(document, target)} == set()


def test_a_link_to_a_missing_file_or_heading_is_broken() -> None:
    found = [broken(README, target) for target in ("docs/http.md#routes", "docs/http.md#nowhere", "docs/nothing.md")]
    assert found == [False, True, True]


@every_document
def test_commands_of_the_environment_come_after_its_activation(document: Document) -> None:
    before = [
        command
        for command in shown_before_activation(document)
        if re.search(r"(?:^|[\s(=])(?:nonmun|pip|ray) ", command)
    ]
    assert before == []


def shown_before_activation(document: Document) -> Iterator[str]:
    for command in document.commands():
        if ACTIVATION in command:
            return
        yield command


def test_the_readme_names_the_environment_in_every_command() -> None:
    assert ACTIVATION not in README.text
    assert len(list(README.commands())) > 5


@every_document
def test_every_nonmun_that_is_shown_can_be_parsed(document: Document) -> None:
    for command in document.commands():
        for _, arguments in NONMUN.findall(command):
            assert understood(command_parser(), shlex.split(arguments)), command


@every_document
def test_every_script_that_is_shown_can_be_run(document: Document) -> None:
    for command in document.commands():
        for script, arguments in re.findall(r"(?:^|[\s(])(scripts/[\w.]+)([^|>&]*)", command):
            assert os.access(REPOSITORY / script, os.X_OK), command
            if script == "scripts/benchmark.py":
                assert understood(benchmark.parser(), shlex.split(arguments)), command


def understood(parser: argparse.ArgumentParser, arguments: list[str]) -> bool:
    """Return whether a command line can be parsed, or asks for help or the version."""
    try:
        parser.parse_args(arguments)
    except SystemExit as error:
        return error.code == 0
    return True


def test_a_flag_that_does_not_exist_is_not_understood() -> None:
    assert not understood(command_parser(), ["search", "--no-such-flag", "query"])


@every_document
def test_every_installation_is_of_an_extra_that_exists(document: Document) -> None:
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for what in re.findall(r"pip install ([^`\n#]*)", document.text):
        chosen = re.fullmatch(r"(?:-c constraints\.txt )?(?:\.|-e '\.\[([\w,]+)\]')", what.strip())
        assert chosen, f"pip cannot find: {what}"
        assert set(chosen[1].split(",") if chosen[1] else ()) <= extras.keys()


@pytest.fixture
def demo(example_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder where scripts/demo has made its store, before a terminal of 100 columns."""
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "store").symlink_to(example_store)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


def transcripts() -> list[tuple[str, str]]:
    (block,) = README.blocks("console")
    return re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, flags=re.MULTILINE)


@pytest.mark.usefixtures("demo", "encoders_loaded_once")
@pytest.mark.parametrize(("command", "shown"), transcripts())
def test_the_transcript_is_what_comes_out(command: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(shlex.split(command)[1:]) == 0
    printed = capsys.readouterr()
    answer = re.sub(r"(?m)^also searched: (?:.+\n)+", "", printed.out).lstrip("\n")
    said, elided, _ = shown.strip().partition("\n...")
    assert said
    whole = (printed.err + answer).strip()
    assert whole.startswith(said + "\n") if elided else whole == said


@pytest.mark.usefixtures("demo", "encoders_loaded_once")
def test_the_python_that_is_shown_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = PAGES["commands"].blocks("python")
    names: dict[str, Any] = {}
    exec(compile(block, "docs/commands.md", "exec"), names)
    names["engine"].generation.close()
    assert len(capsys.readouterr().out.splitlines()) >= 5
