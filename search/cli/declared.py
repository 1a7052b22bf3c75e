"""Commands declared by their arguments: frozen values, whose fields say how they stand on the command line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any, TypeVar, dataclass_transform

EXCLUSIVE = "exclusive"
"""The group of those options of a command that exclude each other; any other group is one of the help."""

Given = TypeVar("Given")
Declared = tuple[str, str | None, dict[str, Any]]
"""The flag of an argument, empty where it is positional, its group, and what else its parser is told."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: the kind of its arguments, which says what it does, and the module whose `run_NAME` runs it."""

    name: str
    module: str
    arguments: type[Any]

    def run(self, parsed: Namespace) -> int:
        """Run the command, for which its module is imported only now, and return its exit code."""
        run = getattr(import_module(f"search.cli.{self.module}"), f"run_{self.name}")
        code: int | None = run(value_of(self.arguments, parsed))
        return code or 0


COMMANDS: list[Command] = []


@dataclass_transform(frozen_default=True)
def command(name: str, module: str) -> Callable[[type[Given]], type[Given]]:
    """Register what is decorated as the arguments of a command, which its docstring explains."""

    def register(declared: type[Given]) -> type[Given]:
        arguments = dataclass(frozen=True, slots=True)(declared)
        COMMANDS.append(Command(name, module, arguments))
        return arguments

    return register


def add_arguments(parser: ArgumentParser, kind: type[Any]) -> None:
    """Add to a parser what the fields of a kind of arguments declare, in order."""
    groups: dict[str | None, Any] = {None: parser}
    for name, (flag, group, options) in _declarations(kind):
        if group and group not in groups:
            exclusive = group == EXCLUSIVE
            groups[group] = parser.add_mutually_exclusive_group() if exclusive else parser.add_argument_group(group)
        groups[group].add_argument(flag or name, **({"dest": name} if flag else {}), **options)


def _declarations(kind: type[Any]) -> Iterator[tuple[str, Declared]]:
    for one in fields(kind):
        part = one.metadata.get("part")
        yield from _declarations(part) if part else [(one.name, one.metadata["argument"])]


def value_of(kind: type[Given], parsed: Namespace) -> Given:
    """Return what was parsed as a value of a kind of arguments."""
    parts = {one.name: one.metadata.get("part") for one in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value_of(part, parsed) if part else getattr(parsed, name) for name, part in parts.items()})


def part(kind: type[Any]) -> Any:
    """Declare that a field holds arguments of another kind, which stand on the command line in its place."""
    return field(metadata={"part": kind})


def argument(form: str, says: str, group: str | None = None, **options: Any) -> Any:
    """Declare a field as an argument of a form: `WORD`, `--option VALUE` or, without choices, a flag `--option`."""
    flag, _, metavar = form.partition(" ") if form.startswith("-") else ("", "", form)
    if metavar:
        options["metavar"] = metavar
    elif not options.keys() & {"choices", "action"}:
        options["action"] = "store_true"
    return field(metadata={"argument": (flag, group, {**options, "help": says})})
