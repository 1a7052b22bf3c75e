from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from search.cli.pager import page, pager_command
from tests.support.commands import on_terminal
from tests.support.paths import REPOSITORY

LORA = "2106.09685"


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({}, ["less"]),
        ({"PAGER": "more -d"}, ["more", "-d"]),
        ({"PAGER": "'my pager' x"}, ["my pager", "x"]),
        ({"PAGER": ""}, []),
        ({"PAGER": "cat"}, []),
        ({"PAGER": "'half"}, []),
    ],
)
def test_the_environment_names_the_pager(environment: dict[str, str], command: list[str]) -> None:
    assert pager_command(environment) == command


def test_nothing_is_paged_off_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", f"{sys.executable} -c 'raise SystemExit(1)'")
    assert not page("line\n" * 1000)


@pytest.fixture
def pager(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose pager writes down what it is given, on a terminal of ten lines."""
    return {"PAGER": f"tee {tmp_path / 'paged'}", "LINES": "10"}


def test_long_output_on_a_terminal_goes_through_the_pager(
    pager: dict[str, str], example_store: Path, tmp_path: Path
) -> None:
    code, shown = on_terminal("show", LORA, "--store", example_store, environment=pager)
    assert code == 0
    assert "low-rank matrix" in shown
    paged = (tmp_path / "paged").read_text(encoding="utf-8")
    assert "\x1b[1;36mLoRA" in paged
    assert paged.rstrip("\n") == shown.replace("\r\n", "\n").rstrip("\n")


@pytest.mark.parametrize("extra", [["--no-pager"], ["--json"]])
def test_the_pager_can_be_left_out(
    extra: list[str], pager: dict[str, str], example_store: Path, tmp_path: Path
) -> None:
    code, shown = on_terminal("show", LORA, "--store", example_store, *extra, environment=pager)
    assert code == 0
    assert "low-rank matrix" in shown
    assert not (tmp_path / "paged").exists()


def test_short_output_needs_no_pager(pager: dict[str, str], example_store: Path, tmp_path: Path) -> None:
    environment = {**pager, "LINES": "500"}
    code, shown = on_terminal("show", LORA, "--store", example_store, environment=environment)
    assert (code, (tmp_path / "paged").exists()) == (0, False)
    assert "low-rank matrix" in shown


def test_a_pager_that_is_not_there_loses_no_output(example_store: Path) -> None:
    environment = {"PAGER": "no-such-pager", "LINES": "10"}
    code, shown = on_terminal("show", LORA, "--store", example_store, environment=environment)
    assert code == 0
    assert "low-rank matrix" in shown


def test_a_reader_who_leaves_the_pager_early_sees_no_error() -> None:
    code = "from search.cli.pager import page; import sys; sys.exit(not page('한글 line\\n' * 100_000))"
    master, slave = pty.openpty()
    environment = {**os.environ, "PAGER": "head -n 1", "LINES": "10"}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=slave, stderr=slave, env=environment, cwd=REPOSITORY
    )
    os.close(slave)
    shown = os.read(master, 4096).decode()
    assert process.wait(60) == 0
    os.close(master)
    assert shown == "한글 line\r\n"
