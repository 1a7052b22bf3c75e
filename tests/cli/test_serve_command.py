"""The command serve."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

import search.engine
from search.cli import options
from search.cli.main import main
from tests.support.commands import SECONDS, command, one_error
from tests.support.paths import REPOSITORY


def test_serve_says_where_it_answers_once_it_does_and_stops_on_an_interrupt(example_store: Path) -> None:
    arguments = command("serve", "--port", 0, "--json", "--store", example_store)
    with subprocess.Popen(
        arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            url = json.loads("".join(process.stdout.readline() for _ in range(3)))["url"]
            with urllib.request.urlopen(f"{url}/stats", timeout=SECONDS) as response:
                assert json.load(response)["papers"] == 66
            process.send_signal(signal.SIGINT)
            _, errors_shown = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert process.returncode == options.INTERRUPTED
    assert errors_shown == "nonmun: interrupted\n"


def test_serve_stops_with_one_line_where_no_question_can_be_answered(
    example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(search.engine.Engine, "search", fail)
    assert main(["serve", "--port", "0", "--store", str(example_store)]) == 3
    assert "cannot answer a first question: out of memory" in one_error(capsys)


def test_the_help_of_serve_promises_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    assert "Answer over HTTP.\n" in capsys.readouterr().out
