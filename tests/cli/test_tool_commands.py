"""The commands for other tools, over the example summaries."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import webbrowser
from contextlib import closing
from pathlib import Path
from typing import Any

import feedparser
import pytest
import rispy
from bibtexparser.entrypoint import parse_string

from index.encoding.encoder import Encoder
from index.pipeline.build import build
from index.publishing.opening import open_generation
from index.sources.markdown import parse_markdown
from search.cli import options
from search.cli.arguments import SHELLS
from search.cli.main import main
from tests.support.commands import command, one_error, started
from tests.support.fakes import silent
from tests.support.hostile import Read
from tests.support.paths import REPOSITORY

pytestmark = pytest.mark.usefixtures("encoders_loaded_once")

LORA, QLORA = "2106.09685", "2305.14314"
FORGETTING = "새로운 과제를 배우면 예전 것을 잊는 문제"
RETRIEVAL = "검색한 문서를 근거로 답을 생성하는 모델"
QUERIES = (FORGETTING, RETRIEVAL)
NEW = {
    "id": "2601.00001",
    "title": "Forgetting <nothing> at all",
    "url": "https://arxiv.org/abs/2601.00001",
    "date": "2026-01-01",
    "sections": {
        "What's New": "새로운 과제를 배워도 예전 과제를 잊지 않는, 파국적 망각을 없애는 지속 학습 방법입니다."
    },
}


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    """Return a file of two queries."""
    file = tmp_path / "queries.txt"
    file.write_text(f"# what I follow\n{FORGETTING}\n\n{RETRIEVAL}\n", encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def grown(example_store: Path, examples: Path, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a store of the examples and one paper more; what was encoded is not again."""
    folder = tmp_path_factory.mktemp("grown")
    (folder / "new.jsonl").write_text(json.dumps(NEW), encoding="utf-8")
    (folder / "store").mkdir()
    shutil.copy(example_store / "cache.sqlite", folder / "store")
    build([examples, folder / "new.jsonl"], folder / "store", encoder, silent)
    return folder / "store"


def out(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> str:
    assert main([str(argument) for argument in arguments]) == code
    return capsys.readouterr().out


def papers_of(text: str) -> list[str]:
    return [paper.id for paper in parse_markdown(text, "x.md").papers]


# ---- Export


@pytest.mark.parametrize("arguments", [["search", RETRIEVAL, "-k", 3], ["similar", LORA, "-k", 3], ["show", QLORA]])
def test_papers_are_written_for_other_programs(
    arguments: list[Any], example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def written(*more: str) -> str:
        return out(capsys, *arguments, "--store", example_store, *more)

    body = json.loads(written("--json"))
    ids = [result["paper"]["id"] for result in body["results"]] if "results" in body else [body["id"]]
    entries = parse_string(written("--format", "bibtex")).entries
    assert [entry["eprint"] for entry in entries] == ids
    assert [entry["accession_number"] for entry in rispy.loads(written("--format", "ris"))] == ids
    table = csv.DictReader(io.StringIO(written("--format", "csv").removeprefix("\ufeff"), newline=""))
    assert [row["id"] for row in table] == ids
    assert [json.loads(line)["id"] for line in written("--format", "jsonl").splitlines()] == ids
    with closing(open_generation(example_store)) as generation:
        whole = [generation.paper(generation.row_of(one)) for one in ids]
    assert parse_markdown(written("--format", "md"), "x.md").papers == tuple(whole)


def test_an_export_is_utf_8_whatever_the_terminal_writes(example_store: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    arguments = command("show", LORA, "--format", "csv", "--store", example_store)
    done = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, env=environment, check=True)
    assert "거대 언어 모델" in done.stdout.decode("utf-8-sig")


def test_json_and_a_format_exclude_each_other(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", LORA, "--json", "--format", "md", "--store", str(example_store)]) == 2
    assert "--format jsonl" in one_error(capsys)


# ---- Digest


def test_the_first_digest_is_of_the_last_seven_days_and_the_next_of_what_came_since(
    queries: Path, example_store: Path, grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", str(queries), "--store", str(example_store)]) == 0
    first = capsys.readouterr()
    assert "2 asked for the first time: only papers since 2024-02-02 count as new" in first.err
    assert len(papers_of(first.out)) <= 1
    assert "Nothing is new." in out(capsys, "digest", queries, "--store", example_store)
    page = out(capsys, "digest", queries, "--store", grown, "--format", "html", "--dry-run")
    assert "Forgetting &lt;nothing&gt; at all" in page
    assert Read("<body" + page.partition("<body")[2].removesuffix("</html>\n")).links == [NEW["url"]]
    feed = feedparser.parse(out(capsys, "digest", queries, "--store", grown, "--format", "atom"))
    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == [NEW["url"]]
    assert json.loads(out(capsys, "digest", queries, "--store", grown, "--json"))["new"] == 0


def test_a_query_that_is_added_brings_nothing_that_was_reported(
    queries: Path, grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert papers_of(out(capsys, "digest", queries, "--store", grown)) == [NEW["id"]]
    queries.write_text("catastrophic forgetting in continual learning\n", encoding="utf-8")
    assert papers_of(out(capsys, "digest", queries, "--store", grown)) == []


def test_a_day_can_be_given_and_nothing_is_remembered(
    queries: Path, grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = json.loads(out(capsys, "digest", queries, "--since", "2026", "--json", "--store", grown))
    (part,) = body["parts"]
    assert (part["queries"], part["strong"]) == ([FORGETTING], True)
    assert [one["paper"]["id"] for one in part["results"]] == [NEW["id"]]
    assert list(queries.parent.glob("*.seen")) == []
    assert main(["digest", str(queries), "--since", "yesterday", "--store", str(grown)]) == 2
    assert "'yesterday'" in one_error(capsys)


def test_what_could_not_be_written_out_is_reported_again(queries: Path, example_store: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = command("digest", queries, "--store", example_store)
    process = subprocess.run(arguments, cwd=REPOSITORY, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert process.returncode == options.OUTPUT
    assert not queries.with_name("queries.txt.seen").exists()


def test_a_number_that_is_none_costs_no_memory(
    queries: Path, example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", str(queries), "-k", "0", "--store", str(example_store)]) == 2
    assert "k is 0" in one_error(capsys)
    assert not queries.with_name("queries.txt.seen").exists()


def test_what_was_read_otherwise_is_said_with_its_line(
    queries: Path, example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries.write_text("# one\nrjator\n", encoding="utf-8")
    assert main(["digest", str(queries), "-k", "1", "--store", str(example_store)]) == 0
    assert f"nonmun: {queries}:2: 'rjator' was read as '검색'\n" in capsys.readouterr().err


def test_a_digest_of_no_file_exits_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digest", str(tmp_path / "none.txt")]) == 5
    assert "none.txt" in one_error(capsys)


# ---- Open


def test_a_paper_is_opened_in_the_browser(
    example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []

    def note(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", note)
    assert out(capsys, "open", LORA, "--store", example_store) == ""
    assert opened == [f"https://arxiv.org/abs/{LORA}"]
    assert out(capsys, "open", LORA, "--print", "--store", example_store) == f"https://arxiv.org/abs/{LORA}\n"
    body = json.loads(out(capsys, "open", LORA, "--print", "--json", "--store", example_store))
    assert body == {"id": LORA, "url": f"https://arxiv.org/abs/{LORA}"}
    assert len(opened) == 1


def test_the_browser_that_the_environment_names_is_started(example_store: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/seen\n', encoding="utf-8")
    browser.chmod(0o755)
    done = started("open", QLORA, "--store", example_store, env={**os.environ, "BROWSER": str(browser)})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "seen").read_text().strip() == f"https://arxiv.org/abs/{QLORA}"


def test_what_cannot_be_opened_is_said_with_its_address(
    example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert main(["open", LORA, "--store", str(example_store)]) == options.OUTPUT
    assert f"https://arxiv.org/abs/{LORA}" in one_error(capsys)
    assert main(["open", "9999.99999", "--store", str(example_store)]) == 6
    assert "9999.99999" in one_error(capsys)


def test_only_an_address_of_the_web_is_opened(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: pytest.fail(f"opened {url}"))
    (tmp_path / "odd.jsonl").write_text(json.dumps({**NEW, "id": "odd", "url": "file:///etc/passwd"}), encoding="utf-8")
    build([tmp_path / "odd.jsonl"], tmp_path / "store", encoder, silent)
    assert main(["open", "odd", "--store", str(tmp_path / "store")]) == 2
    assert "file:///etc/passwd" in one_error(capsys)


# ---- Completion

COMPLETE = """
source "$1"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
_shtab_nonmun
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def test_a_shell_completes_commands_options_and_choices(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    script = tmp_path / "nonmun.bash"
    script.write_text(out(capsys, "completion", "bash"), encoding="utf-8")

    def completed(words: str) -> list[str]:
        arguments = ["bash", "-c", COMPLETE.format(words=words), "bash", str(script)]
        return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split()

    assert completed("nonmun si") == ["similar"]
    assert completed("nonmun search --exp") == ["--explain"]
    assert completed("nonmun search --format bi") == ["bibtex"]
    assert set(completed("nonmun completion ''")) >= {"bash", "zsh", "fish"}


@pytest.mark.parametrize("shell", SHELLS)
def test_there_is_a_script_for_every_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = out(capsys, "completion", shell)
    assert all(name in script for name in ("nonmun", "digest", "half-life", "whats_new"))
    assert json.loads(out(capsys, "completion", shell, "--json"))["script"].rstrip() == script.rstrip()
    if found := shutil.which(shell):
        subprocess.run(
            [found, "-n", "-c", script] if shell != "fish" else [found, "-n"], input=script.encode(), check=True
        )


def test_completion_loads_nothing_heavy() -> None:
    code = (
        "import sys; from search.cli.main import main; main(['completion', 'zsh']);"
        "print([m for m in ('numpy', 'faiss', 'onnxruntime', 'mcp') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
