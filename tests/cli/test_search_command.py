"""The commands search and similar."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

import search.engine
from search.cli.main import main
from tests.support.command_lines import LORA, QLORA, QUERY
from tests.support.commands import one_error


def test_search_finds_a_paper_and_quotes_what_matches(example_store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["search", QUERY, "-k", "3", "--store", str(example_store)]) == 0
    captured = capsys.readouterr()
    assert "1. LoRA: Low-Rank Adaptation of Large Language Models\n   2106.09685 · 2021-06-17" in captured.out
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
    assert "1. Attention Is All You Need" in captured.out.splitlines()
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


@pytest.mark.parametrize("words", [["stats"], ["glossary"], ["show", LORA]])
def test_what_needs_no_model_loads_none(
    words: list[str], example_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(search.engine, "load_encoder", lambda *_: pytest.fail("the encoder was loaded"))
    assert main([*words, "--store", str(example_store)]) == 0
    assert capsys.readouterr().out
