"""The commands show, glossary and stats, and the store that they take."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from index.encoding.encoder import DEFAULT_MODEL
from search.cli.main import main
from tests.support.command_lines import LORA
from tests.support.commands import one_error


def test_the_glossary_is_listed_in_words_and_json(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["glossary", "QUANTIZATION", "--json", "--store", str(example_store)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"phrase": "quantization", "other": "양자화", "weight": 1.0, "together": 2} in found["entries"]
    assert all("quantiz" in (entry["phrase"] + entry["other"]).casefold() for entry in found["entries"])
    assert main(["glossary", "-n", "3", "--store", str(example_store)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert re.fullmatch(r"3 of \d+ entries; -n shows more", lines[3])
    assert main(["glossary", "no such thing", "--store", str(example_store)]) == 0
    assert capsys.readouterr().out == "no entry matches\n"


def test_show_prints_the_whole_paper(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", LORA, "--store", str(example_store)]) == 0
    shown = capsys.readouterr().out
    assert main(["show", LORA, "--json", "--store", str(example_store)]) == 0
    paper = json.loads(capsys.readouterr().out)
    assert paper["id"] == LORA
    assert len(paper["sections"]) == 3
    for section in paper["sections"]:
        assert section["heading"] in shown
        assert section["text"].replace(" ", "") in shown.replace("\n", "").replace(" ", "")


def test_stats_agree_in_words_and_json(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", "--json", "--store", str(example_store)]) == 0
    stats = json.loads(capsys.readouterr().out)
    assert stats["papers"] == 66
    assert stats["sections"] > 66
    assert stats["generation"] == (example_store / "CURRENT").read_text().strip()
    assert stats["encoder"]["model"] == DEFAULT_MODEL
    assert main(["stats", "--store", str(example_store)]) == 0
    shown = capsys.readouterr().out
    assert "papers      66\n" in shown
    assert stats["generation"] in shown


def test_the_environment_names_the_store_unless_the_option_does(
    example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("NONMUN_STORE", str(example_store))
    assert main(["show", LORA]) == 0
    capsys.readouterr()
    assert main(["show", LORA, "--store", str(tmp_path / "none")]) == 3
    assert str(tmp_path / "none") in one_error(capsys)


def test_the_store_is_the_folder_store_by_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["stats"]) == 3
    assert one_error(capsys) == "nonmun: store: no store here; make one with: nonmun index SOURCE --store store\n"
