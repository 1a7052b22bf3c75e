"""The command index."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.cli import progress
from search.cli.main import main
from search.cli.progress import ProgressPrinter
from tests.support.command_lines import ENGLISH
from tests.support.commands import SECONDS, on_terminal
from tests.support.paths import REPOSITORY


def test_index_reports_what_it_read_and_publishes(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    assert main(["index", str(source), "--store", str(store)]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("1 files, 1 entries, 1 papers, 1 sections\n")
    assert (store / "CURRENT").read_text().strip() in captured.out
    assert captured.err == ""


def test_index_json_is_the_report_and_the_generation(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    broken = tmp_path / "broken.jsonl"
    broken.write_text("{not JSON\n", encoding="utf-8")
    arguments = ["index", str(source), str(broken), "--store", str(store), "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["papers"], report["encoded"]) == (1, 2)
    assert [(skip["file"], skip["line"]) for skip in report["report"]["skipped"]] == [(str(broken), 1)]
    assert report["generation"] == (store / "CURRENT").read_text().strip()
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["encoded"] == 0


def test_a_look_shows_what_would_be_read_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library = tmp_path / "library.bib"
    library.write_text("@misc{a, title={One}, doi={10.1000/a}}\n", encoding="utf-8")
    assert main(["index", str(library), "--look"]) == 0
    assert capsys.readouterr().out.startswith(f"{library}: BibTeX, 1 entries, 1 papers, 0 left out\n")
    assert main(["index", str(library), "--look", "--json"]) == 0
    (looked,) = json.loads(capsys.readouterr().out)["files"]
    assert (looked["form"], looked["examples"][0]["id"]) == ("BibTeX", "10.1000/a")
    assert [path.name for path in tmp_path.iterdir()] == ["library.bib"]


def test_a_zotero_that_does_not_run_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["index", "zotero:127.0.0.1:9", "--store", str(tmp_path / "store")]) == 5
    assert "no Zotero answers at 127.0.0.1:9" in capsys.readouterr().err


@pytest.mark.parametrize("as_json", [False, True])
def test_strict_publishes_nothing_where_anything_is_skipped(
    as_json: bool, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "store"
    source.write_text(f"{ENGLISH}\n{{not JSON\n", encoding="utf-8")
    arguments = ["index", str(source), "--store", str(store), "--strict", *(["--json"] if as_json else [])]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"nonmun: {source}:2: ")
    assert captured.err.count("\n") == 1
    assert not store.exists()
    if as_json:
        body = json.loads(captured.out)
        assert (body["outcome"], body["report"]["papers"], len(body["report"]["skipped"])) == ("refused", 1, 1)
    else:
        assert f"{source}:2" in captured.out


def test_strict_publishes_where_nothing_is_skipped(source: Path, tmp_path: Path) -> None:
    assert main(["index", str(source), "--store", str(tmp_path / "store"), "--strict"]) == 0
    assert (tmp_path / "store" / "CURRENT").exists()


def test_indexing_on_a_terminal_shows_one_line_of_progress(source: Path, tmp_path: Path) -> None:
    code, shown = on_terminal("index", source, "--store", tmp_path / "store")
    assert code == 0
    assert "\r\x1b[Kencode: 2 of 2" in shown
    before, _, after = shown.rpartition("\r\x1b[K")
    assert "\n" not in before
    assert after.startswith("1 files, 1 entries")
    assert "outcome" not in after


def test_a_short_run_off_a_terminal_says_nothing_of_its_progress() -> None:
    stream = io.StringIO()
    show = ProgressPrinter(stream)
    for done in range(0, 121, 10):
        show("encode", done, 1000)
    show.close()
    assert stream.getvalue() == ""


def test_a_long_run_off_a_terminal_says_a_plain_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE", 0.05)
    stream = io.StringIO()
    show = ProgressPrinter(stream)
    show("encode", 0, 2000)
    show("encode", 1000, 2000)
    wait_for_lines(stream, 2)
    show("write", 0, 1)
    before = stream.getvalue().count("\n")
    wait_for_lines(stream, before + 2)
    show.close()
    said = stream.getvalue()
    encoding = r"nonmun: encode: 1,000 of 2,000, [\d,]+\.\d/s, \d:\d\d left\n"
    assert re.fullmatch(rf"(?:{encoding})+(?:nonmun: write: 0:0\d so far\n)+", said), said
    time.sleep(0.2)
    assert stream.getvalue() == said


def wait_for_lines(stream: io.StringIO, number: int) -> None:
    last = time.monotonic() + SECONDS
    while stream.getvalue().count("\n") < number:
        assert time.monotonic() < last, stream.getvalue()
        time.sleep(0.01)


def test_a_run_whose_errors_nobody_reads_any_more_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE", 0.01)
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    show = ProgressPrinter(stream)
    show("read", 0, 1)
    time.sleep(0.1)
    show.close()
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_the_script_reindexes_as_the_command_does(source: Path, tmp_path: Path) -> None:
    script = [sys.executable, str(REPOSITORY / "scripts" / "reindex.py")]
    arguments = [str(source), "--store", str(tmp_path / "store"), "--json"]
    done = subprocess.run([*script, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0
    assert json.loads(done.stdout)["generation"] == (tmp_path / "store" / "CURRENT").read_text().strip()
