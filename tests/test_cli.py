from __future__ import annotations

import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import search.engine
from index import errors
from index.encoding.encoder import DEFAULT_MODEL
from search.cli import main as cli
from search.cli import options
from search.cli.main import AddressError, error_code, main
from search.cli.progress import ProgressPrinter
from search.cli.terminal import columns
from tests.stores import edit_manifest

pytestmark = pytest.mark.usefixtures("encoders_loaded_once")

REPOSITORY = Path(__file__).resolve().parent.parent
QUERY = "큰 모델을 적은 메모리로 미세 조정하는 방법"
LORA, QLORA = "2106.09685", "2305.14314"
ENGLISH = '{"id": "a", "title": "A title", "url": "https://x.org/a", "sections": {"Summary": "Rare words."}}'
SECONDS = 120


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NONMUN_STORE", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a file with one paper in English, which needs no Korean analysis."""
    file = tmp_path / "papers.jsonl"
    file.write_text(ENGLISH + "\n", encoding="utf-8")
    return file


@pytest.fixture
def store_copy(example_store: Path, tmp_path: Path) -> Path:
    """Return a store that a test may damage."""
    copy = tmp_path / "copy"
    shutil.copytree(example_store, copy)
    return copy


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "search.cli.main", *map(str, arguments)]


def started(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=REPOSITORY, capture_output=True, text=True, timeout=SECONDS, **options
    )


def one_error(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error, where nothing is on standard output."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("nonmun: ")
    assert captured.err.count("\n") == 1
    return captured.err


def failed_run(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the only line on standard error, where standard output ends with the same for machines."""
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err == f"nonmun: {json.loads(captured.out.splitlines()[-1])['error']}\n"
    return captured.err


def on_terminal(*arguments: object, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a command on a pseudo-terminal of 60 columns; return its exit code and all that it showed."""
    master, slave = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "COLUMNS": "60", **(environment or {})}
    process = subprocess.Popen(command(*arguments), cwd=REPOSITORY, stdout=slave, stderr=slave, env=variables)
    os.close(slave)
    shown = b"".join(read_all(master))
    os.close(master)
    return process.wait(SECONDS), shown.decode()


def read_all(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(descriptor, 4096)
        except OSError:  # Linux: the other end is closed
            return
        if not data:
            return
        yield data


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


@pytest.mark.parametrize("name", sorted(set(cli.COMMANDS) - {"completion", "mcp"}))
def test_every_command_that_reads_or_writes_a_store_takes_it_and_json(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert "--store STORE" in shown
    assert "--json" in shown


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
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_search_finds_a_paper_and_quotes_what_matches(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", QUERY, "-k", "3", "--store", str(example_store)]) == 0
    captured = capsys.readouterr()
    assert "\n1. LoRA: Low-Rank Adaptation of Large Language Models\n   2106.09685 · 2021-06-17" in captured.out
    assert "   https://arxiv.org/abs/2106.09685\n" in captured.out
    assert "\n> " in captured.out
    assert "\x1b" not in captured.out
    assert captured.err == ""


def test_the_words_of_a_query_need_no_quotes(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["search", *QUERY.split(), "--store", str(example_store), "--json"])
    assert json.loads(capsys.readouterr().out)["query"] == QUERY


def test_search_prints_the_http_body_as_json(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", QUERY, "-k", "2", "--offset", "1", "--json", "--store", str(example_store)]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["query"], body["k"], body["offset"], len(body["results"])) == (QUERY, 2, 1, 2)
    result = body["results"][0]
    assert result["paper"]["id"] != LORA
    assert isinstance(result["score"], float)
    section = result["sections"][0]
    assert set(section) == {"kind", "heading", "text", "score", "highlights"}
    assert {h["kind"] for h in section["highlights"]} == {"semantic", "term"}


def test_every_filter_reaches_the_search(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def ids(*filters: str) -> list[str]:
        assert main(["search", "model", "-k", "100", "--store", str(example_store), "--json", *filters]) == 0
        return [result["paper"]["id"] for result in json.loads(capsys.readouterr().out)["results"]]

    everything = ids()
    assert LORA in everything
    assert ids("--author", "edward hu") == [LORA]
    assert ids("--from", "2021-06-17", "--to", "2021-06-17") == [LORA]
    assert set(ids("--field", "CS.lg")) == {"2309.06180"}
    for voted in (ids("--min-votes", "1"), ids("--section", "summary")):
        assert 0 < len(voted) < len(everything)


def test_a_search_that_finds_nothing_is_no_error(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "model", "--author", "nobody", "--store", str(example_store)]) == 0
    assert capsys.readouterr().out == "no paper matches\n"


def test_a_query_that_is_cut_short_is_noted_beside_the_results(
    example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["search", "attention " * 600, "-k", "1", "--store", str(example_store)]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "\n1. " in captured.out
    assert captured.err.startswith("nonmun: the query is longer")
    assert main([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)["warnings"]) == 1
    assert captured.err == ""


def test_similar_papers_leave_out_the_paper_itself(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", LORA, "-k", "5", "--json", "--store", str(example_store)]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["query"] == LORA
    assert len(body["results"]) == 5
    assert QLORA in [result["paper"]["id"] for result in body["results"]]
    assert LORA not in [result["paper"]["id"] for result in body["results"]]


def test_a_search_can_be_sorted_explained_and_turned_to_new_papers(
    example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["search", QUERY, "-k", "20", "--store", str(example_store), "--half-life", "365", "--sort", "date"]
    assert main([*arguments, "--explain", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    dates = [result["paper"]["date"] for result in results]
    assert dates == sorted(dates, reverse=True)
    assert results[0]["explanation"].partition(" + recency 0.200")[1]
    assert main([*arguments, "--explain"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert all(result["explanation"] in shown for result in results)
    assert main(arguments) == 0
    assert "recency" not in capsys.readouterr().out


def test_a_search_says_what_else_was_searched(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", "대조 학습", "-k", "1", "--store", str(example_store)]) == 0
    first, _, rest = capsys.readouterr().out.partition("\n")
    assert first.startswith("also searched: ")
    assert "contrastive learning (대조 학습)" in first
    assert "\n1. " in rest


def test_a_question_off_the_subject_gets_a_word_of_caution(
    example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "김치찌개 끓이는 순서", "-k", "1", "--store", str(example_store)]) == 0
    assert capsys.readouterr().out.startswith("not confident: the archive may hold nothing on this\n")


def test_similar_takes_several_papers_and_papers_to_be_unlike(
    example_store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def scores(*words: str) -> dict[str, float]:
        assert main(["similar", *words, "-k", "100", "--json", "--store", str(example_store)]) == 0
        body = json.loads(capsys.readouterr().out)
        return {result["paper"]["id"]: result["score"] for result in body["results"]}

    both = scores(LORA, QLORA)
    assert len(both) == 64
    away = scores(LORA, QLORA, "--not", "2302.13971", "1810.04805", "--not", "1706.03762")
    assert set(both) - set(away) == {"2302.13971", "1810.04805", "1706.03762"}
    assert scores(LORA, "--aspect", "performance") != scores(LORA)


def test_similar_takes_a_text_and_reads_it_from_standard_input(
    example_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["similar", "-k", "3", "--json", "--store", str(example_store), "--text"]
    bodies = []
    for text in (QUERY, "-"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{QUERY}\n".encode()), encoding="ascii"))
        assert main([*arguments, text]) == 0
        bodies.append(json.loads(capsys.readouterr().out))
    assert bodies[0]["results"] == bodies[1]["results"]
    assert bodies[1]["query"] == QUERY
    assert LORA in [result["paper"]["id"] for result in bodies[0]["results"]]


def test_an_input_that_is_no_text_exits_2(
    example_store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9")))
    assert main(["similar", "--text", "-", "--store", str(example_store)]) == 2
    assert "UTF-8" in one_error(capsys)


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


@pytest.mark.parametrize("words", [["stats"], ["glossary"], ["show", LORA]])
def test_what_needs_no_model_loads_none(
    words: list[str], example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search.engine, "load_encoder", lambda *_: pytest.fail("the encoder was loaded"))
    assert main([*words, "--store", str(example_store)]) == 0
    assert capsys.readouterr().out


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


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["find", "x"],
        ["search"],
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
        (["search", " "], "empty"),
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


def test_an_interrupt_exits_130_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "stats", interrupted)
    assert main(["stats"]) == 130
    assert one_error(capsys) == "nonmun: interrupted\n"


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


def test_indexing_on_a_terminal_shows_one_line_of_progress(source: Path, tmp_path: Path) -> None:
    code, shown = on_terminal("index", source, "--store", tmp_path / "store")
    assert code == 0
    assert "\r\x1b[Kencode: 2 of 2" in shown
    before, _, after = shown.rpartition("\r\x1b[K")
    assert "\n" not in before
    assert after.startswith("1 files, 1 entries")
    assert "outcome" not in after


def test_progress_off_a_terminal_is_silent() -> None:
    stream = io.StringIO()
    show = ProgressPrinter(stream)
    for done in range(0, 121, 10):
        show("encode", done, 1000)
    show.close()
    assert stream.getvalue() == ""


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


def test_the_script_reindexes_as_the_command_does(source: Path, tmp_path: Path) -> None:
    script = [sys.executable, str(REPOSITORY / "scripts" / "reindex.py")]
    arguments = [str(source), "--store", str(tmp_path / "store"), "--json"]
    done = subprocess.run([*script, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0
    assert json.loads(done.stdout)["generation"] == (tmp_path / "store" / "CURRENT").read_text().strip()
