from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.checkout import tracked
from tests.support.paths import REPOSITORY

ABSOLUTE_PATH = re.compile(rb"(?<![\w.~/-])/(?:work|root|home)/\w")
REGISTRY_HOST = re.compile(rb"\b(?:pypi|pythonhosted|npmjs|deb\.debian|download\.pytorch)\.(?:org|com)\b")
COMMANDS = ("scripts/setup", "scripts/demo", "scripts/test", "scripts/check", ".ci/run")


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return table


def declared() -> list[Requirement]:
    """Return the core requirements and those of every extra."""
    table = project()
    groups = [table["dependencies"], *table["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def pins() -> dict[str, Version]:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): Version(number) for name, number in pairs}


def needed(requirement: Requirement) -> set[str]:
    """Return everything installed that a requirement draws in; torch pins its own needs."""
    found: set[str] = set()
    waiting = [requirement]
    while waiting:
        name = canonicalize_name(waiting.pop().name)
        if name in found:
            continue
        found.add(name)
        lines = [] if name == "torch" else requires(name) or []
        wanted = [Requirement(line) for line in lines]
        waiting += [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def third_party_imports() -> set[str]:
    files = [file for room in ("index", "search") for file in (REPOSITORY / room).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    names = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return names - sys.stdlib_module_names - {"index", "search"}


@pytest.mark.parametrize("requirement", declared(), ids=lambda r: r.name)
def test_a_dependency_has_a_range_and_a_pin_within_it(requirement: Requirement) -> None:
    assert requirement.specifier
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("line", [*project()["dependencies"], *project()["optional-dependencies"]["torch"]])
def test_everything_that_a_dependency_draws_in_is_pinned_at_the_installed_version(line: str) -> None:
    installed = {name: Version(Version(version(name)).public) for name in needed(Requirement(line))}
    assert installed == {name: pins().get(name) for name in installed}


def test_pins_are_exact_sorted_and_nothing_else() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line) for line in lines)
    assert lines == sorted(lines, key=str.casefold)


def test_every_imported_library_is_declared() -> None:
    owners = packages_distributions()
    distributions = {canonicalize_name(owners.get(name, [name])[0]) for name in third_party_imports()}
    assert distributions <= {canonicalize_name(r.name) for r in declared()}


def test_the_installed_version_is_the_one_declared() -> None:
    try:
        assert version("nonmun") == project()["version"]
    except PackageNotFoundError:
        pytest.skip("nonmun is not installed: run scripts/setup")


def test_no_tracked_file_names_a_path_of_one_machine_or_a_package_registry() -> None:
    found = [
        f"{file.relative_to(REPOSITORY)}: {match.group().decode()}"
        for file in tracked()
        for pattern in (ABSOLUTE_PATH, REGISTRY_HOST)
        for match in pattern.finditer(file.read_bytes())
    ]
    assert not found


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_can_be_executed_and_parsed(command: str) -> None:
    assert os.access(REPOSITORY / command, os.X_OK)
    subprocess.run(["bash", "-n", command], cwd=REPOSITORY, check=True)


def test_every_script_is_documented() -> None:
    if not (REPOSITORY / "README.md").exists():
        pytest.skip("README.md is not written yet")
    pages = [(REPOSITORY / name).read_text() for name in ("README.md", "CONTRIBUTING.md")]
    scripts = [file.name for file in (REPOSITORY / "scripts").iterdir() if file.is_file()]
    assert not [name for name in scripts if not any(f"scripts/{name}" in page for page in pages)]


def test_every_file_that_contributing_names_exists() -> None:
    page = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:index|search|scripts|tests|docs|benchmarks)/[\w./]+)", page))
    assert {name for name in named if not (REPOSITORY / name).exists()} == set()
