"""Exit codes, each with one line."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from index import errors
from search.cli import read_commands
from search.cli.declared import COMMANDS, Command
from search.cli.main import AddressError, error_code, main
from tests.support.command_lines import LORA, QUERY
from tests.support.commands import failed_run, one_error
from tests.support.paths import REPOSITORY
from tests.support.stores import edit_manifest

pytestmark = pytest.mark.usefixtures("encoders_loaded_once")


@pytest.fixture
def store_copy(example_store: Path, tmp_path: Path) -> Path:
    """Return a store that a test may damage."""
    copy = tmp_path / "copy"
    shutil.copytree(example_store, copy)
    return copy


def test_every_error_has_an_exit_code_that_the_help_explains(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, errors.NonmunError)]
    named = [kind for kind in kinds if kind is not errors.NonmunError]
    assert {error_code(kind("x")) for kind in named} == {2, 3, 4, 5, 6, 75}
    assert error_code(AddressError("x")) == 7
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    epilog = capsys.readouterr().out.partition("exit codes:\n")[2]
    assert [int(line.split()[0]) for line in epilog.splitlines()] == [0, 1, 2, 3, 4, 5, 6, 7, 75, 130, 141]


@pytest.mark.parametrize("name", sorted({command.name for command in COMMANDS} - {"completion", "mcp"}))
def test_every_command_that_reads_or_writes_a_store_takes_it_and_json(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert "--store STORE" in shown
    assert "--json" in shown


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_is_run_with_the_arguments_that_it_declares(command: Command) -> None:
    run = getattr(import_module(f"search.cli.{command.module}"), f"run_{command.name}")
    assert run.__annotations__["arguments"] == command.arguments.__name__


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    try:
        shown = f"nonmun {version('nonmun')}\n"
    except PackageNotFoundError:
        shown = "nonmun, run from a checkout that is not installed\n"
    assert capsys.readouterr().out == shown


def test_the_command_starts_without_a_library_that_is_slow_to_load() -> None:
    slow = ("numpy", "faiss", "torch", "fastapi", "uvicorn", "onnxruntime", "kiwipiepy", "sqlite3")
    code = f"import sys, search.cli.main; print([name for name in {slow} if name in sys.modules])"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}  # it loads sqlite3
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=REPOSITORY, env=bare, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["find", "x"],
        ["search", "x", "--sect", "summary"],
        ["search", "x", "--section", "introduction"],
        ["search", "x", "-k", "many"],
        ["search", "x\udcff"],
        ["search", "x", "--color", "sometimes"],
        ["search", "x", "--sort", "newest"],
        ["search", "x", "--half-life", "0"],
        ["search", "x", "--half-life", "nan"],
        ["search", "x", "--half-life", "inf"],
        ["similar", "x", "--aspect", "summary"],
        ["similar", "x", "--not"],
        ["glossary", "-n", "0"],
        ["index"],
        ["index", "x", "--runtime", "gpu"],
        ["serve", "--port", "65536"],
        ["stats", "line\nbreak"],
    ],
)
def test_a_command_line_that_cannot_be_understood_exits_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "--help" in one_error(capsys)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["search", "x", "--from", "20x1"], "20x1"),
        (["search", "x", "-k", "0"], "k is 0"),
        (["similar", LORA, "--offset", "-1"], "offset is -1"),
        (["similar"], "give an id or a text"),
        (["similar", "--not", LORA, "--text", " "], "give an id or a text"),
    ],
)
def test_a_query_that_cannot_be_answered_exits_2(
    arguments: list[str], word: str, example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--store", str(example_store)]) == 2
    assert word in one_error(capsys)


@pytest.mark.parametrize("name", ["search", "similar", "show", "glossary", "stats", "serve"])
def test_a_missing_store_exits_3_and_says_how_to_make_one(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"search": ["x"], "similar": ["x"], "show": ["x"], "serve": ["--port", "0"]}.get(name, [])
    assert main([name, *words, "--store", str(tmp_path / "none")]) == 3
    assert "nonmun index" in one_error(capsys)


def test_a_damaged_store_exits_3_and_names_the_file(store_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    titles = next(store_copy.glob("generations/*/titles.npy"))
    titles.write_bytes(titles.read_bytes()[:-1] + b"x")
    assert main(["show", LORA, "--store", str(store_copy)]) == 3
    assert str(titles) in one_error(capsys)


def test_a_store_of_another_encoder_exits_3(store_copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit_manifest(store_copy, lambda values: values["encoder"].update(weights="0" * 64))
    assert main(["search", QUERY, "--store", str(store_copy)]) == 3
    assert "weights" in one_error(capsys)


def test_a_store_that_cannot_be_written_exits_3(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    assert main(["index", str(source), "--store", str(tmp_path / "file" / "store")]) == 3
    assert "cannot be written" in failed_run(capsys)


def test_a_model_that_cannot_be_loaded_exits_4(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ["--model", str(tmp_path / "no-model"), "--runtime", "onnx"]
    assert main(["index", str(source), "--store", str(tmp_path / "store"), *model]) == 4
    failed_run(capsys)
    assert not (tmp_path / "store").exists()


def test_a_source_that_does_not_exist_or_holds_nothing_exits_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("missing", "empty"):
        assert main(["index", str(tmp_path / name), "--store", str(tmp_path / "store")]) == 5
        assert str(tmp_path / name) in failed_run(capsys)


@pytest.mark.parametrize("name", ["show", "similar"])
def test_an_unknown_paper_exits_6(name: str, example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "9999.\x1b[2J", "--store", str(example_store)]) == 6
    error = one_error(capsys)
    assert "9999" in error
    assert "\x1b" not in error


def test_an_address_in_use_exits_7(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port), "--store", str(example_store)]) == 7
    assert f"127.0.0.1:{port}" in one_error(capsys)


def test_on_windows_one_line_says_where_it_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    code = main(["search", "x"])
    monkeypatch.undo()
    assert code == 2
    assert "runs on Linux and macOS; on Windows run it in WSL" in one_error(capsys)


def test_an_interrupt_exits_130_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(read_commands, "run_stats", interrupted)
    assert main(["stats"]) == 130
    assert one_error(capsys) == "nonmun: interrupted\n"
