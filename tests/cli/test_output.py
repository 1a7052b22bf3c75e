"""What reaches a terminal, a pipe and a full disk."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from search.cli import options
from search.cli.main import main
from search.cli.output import page, pager_command
from search.cli.terminal import columns
from tests.support.command_lines import ENGLISH, LORA, QUERY
from tests.support.commands import SECONDS, command, on_terminal, started
from tests.support.paths import REPOSITORY


def test_a_reader_that_goes_away_is_met_with_silence(example_store: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = command("search", "model", "-k", 50, "--store", example_store)
    process = subprocess.run(arguments, cwd=REPOSITORY, stdout=writer, stderr=subprocess.PIPE, timeout=SECONDS)
    os.close(writer)
    assert process.returncode == options.OUTPUT
    assert process.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_output_that_cannot_be_written_is_one_line(example_store: Path) -> None:
    with Path("/dev/full").open("w") as full:
        arguments = command("show", LORA, "--store", example_store)
        process = subprocess.run(
            arguments, cwd=REPOSITORY, stdout=full, stderr=subprocess.PIPE, text=True, timeout=SECONDS
        )
    assert process.returncode == options.OUTPUT
    assert process.stderr.startswith("nonmun: ")
    assert process.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_is_whole_in_every_encoding_of_the_output(encoding: str, example_store: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = started("show", LORA, "--json", "--store", example_store, env=environment)
    assert done.returncode == 0
    assert json.loads(done.stdout)["sections"][0]["text"].startswith("거대 언어 모델")


def test_a_narrow_encoding_of_the_output_is_no_error(example_store: Path) -> None:
    done = started("show", LORA, "--store", example_store, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert "low-rank matrix" in done.stdout


def test_a_terminal_gets_colour_and_lines_of_its_width(example_store: Path) -> None:
    code, shown = on_terminal("search", QUERY, "-k", 1, "--store", example_store)
    assert code == 0
    assert "\x1b[1;4m미세\x1b[0m" in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert 40 < max(map(columns, lines)) <= 60


@pytest.mark.parametrize(
    ("extra", "environment", "color"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": ""}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_a_terminal_gets_colour_only_where_it_is_wanted(
    extra: list[str],
    environment: dict[str, str],
    color: bool,
    example_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {"TERM": "xterm", **environment}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["search", QUERY, "-k", "1", "--store", str(example_store), *extra]) == 0
    shown = capsys.readouterr().out
    assert ("\x1b" in shown) is color
    assert ("\n> " in shown) is not color


def test_colour_can_be_had_without_a_terminal(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", QUERY, "-k", "1", "--color", "always", "--store", str(example_store)]) == 0
    assert "\x1b[1;4m미세\x1b[0m" in capsys.readouterr().out


def test_a_title_cannot_give_orders_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, store = tmp_path / "papers.jsonl", str(tmp_path / "store")
    title = "Sly \x1b]0;owned\x07\x9b2J title"
    text = "Sly words \x9b31m stand here."
    source.write_text(json.dumps({**json.loads(ENGLISH), "title": title, "sections": {"Summary": text}}) + "\n")
    assert main(["index", str(source), "--store", store]) == 0
    for arguments in (["search", "sly words"], ["show", "a"], ["search", "sly words", "--json"]):
        assert main([*arguments, "--store", store]) == 0
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert not [c for c in shown if c != "\n" and not c.isprintable()]


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
    code = "from search.cli.output import page; import sys; sys.exit(not page('한글 line\\n' * 100_000))"
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
