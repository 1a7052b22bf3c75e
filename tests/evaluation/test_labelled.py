from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import search.engine
from index.encoding.encoder import Encoder
from index.errors import MissingExtra, SourceError
from index.paper import split_sentences
from search.cli import options
from search.cli.eval_command import score_lines
from search.cli.main import main
from search.engine import Engine
from search.evaluation.ablation import VARIANTS, ablate, without
from search.evaluation.labelled import (
    Comparison,
    Outcome,
    QueryFile,
    best_sentence,
    evaluate,
    paired_p,
    ranking_metrics,
    read_queries,
    require_metrics,
)
from search.evaluation.remembering import RememberingEncoder
from search.evaluation.selfcheck import SectionRanking, check_itself
from search.ranking.fusion import RECIPE, Recipe

LORA, QLORA = "2106.09685", "2305.14314"
KOREAN = "큰 모델을 적은 메모리로 미세 조정하는 방법"
ENGLISH = "fine-tuning large models with little memory"


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Return a file of two search queries that the example summaries can answer."""
    return lines(
        tmp_path / "asked.jsonl",
        {"query": KOREAN, "relevant": [LORA, QLORA]},
        {"query": ENGLISH, "relevant": [LORA]},
    )


@pytest.fixture
def _encoder_at_hand(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Load no encoder again for a command that runs within this process."""
    monkeypatch.setattr(search.engine, "load_encoder", lambda *_: encoder)


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def sentence_of(engine: Engine, paper_id: str, section: int, number: int) -> str:
    text = engine.paper(paper_id).sections[section].text
    span = split_sentences(text)[number]
    return text[span.start : span.end]


def outcome(*values: float) -> Outcome:
    return Outcome("some", "search", {"ndcg@10": np.array(values)})


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"qid": "1", "query": "a", "relevant": ["x"]}, "search"),
        ({"query_id": "x", "relevant": ["y"]}, "similar"),
        ({"hid": "1", "query": "a", "paper_id": "x", "sentence": "s", "also": []}, "highlight"),
        ({"query": "a", "paper_id": "x", "sentence": "s"}, "highlight"),
    ],
)
def test_the_keys_of_a_row_tell_the_kind_of_its_file(row: dict[str, Any], kind: str, tmp_path: Path) -> None:
    found = read_queries(lines(tmp_path / "q.jsonl", row))
    assert (found.name, found.kind, list(found.rows)) == ("q.jsonl", kind, [row])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("not JSON", "not a query"),
        ("7", "not a query"),
        ('["query"]', "not a query"),
        ('{"title": "x"}', "not a query"),
        ('{"query": "a"}', "'relevant' must be a list"),
        ('{"query": "a", "relevant": []}', "'relevant' must be a list"),
        ('{"query": "a", "relevant": "2106.09685"}', "'relevant' must be a list"),
        ('{"query": "a", "relevant": [2106.09685]}', "'relevant' must be a list"),
        ('{"query": " ", "relevant": ["x"]}', "'query' must be a text"),
        ('{"query_id": 7, "relevant": ["x"]}', "'query_id' must be a text"),
        ('{"query": "a", "sentence": "s"}', "'paper_id' must be a text"),
        ('{"query": "a", "sentence": "s", "paper_id": "x", "also": ["t"]}', "'also' must be a list"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_line(line: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"query": "a", "relevant": ["x"]}\n\n' + line + "\n", encoding="utf-8")
    with pytest.raises(SourceError) as error:
        read_queries(file)
    assert str(error.value).startswith(f"{file}:3: ")
    assert says in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00", None])
def test_a_file_without_queries_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError, match=r"q\.jsonl"):
        read_queries(file)


def test_a_file_with_two_kinds_of_queries_is_refused(tmp_path: Path) -> None:
    file = lines(tmp_path / "q.jsonl", {"query": "a", "relevant": ["x"]}, {"query_id": "x", "relevant": ["y"]})
    with pytest.raises(SourceError, match="2 kinds"):
        read_queries(file)


def test_a_byte_order_mark_and_a_line_separator_within_a_query_are_read_over(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('\ufeff{"query": "a\u2028b", "relevant": ["x"]}\n', encoding="utf-8")
    assert read_queries(file).rows[0]["query"] == "a\u2028b"


def test_a_sample_is_the_same_each_time_and_keeps_the_order() -> None:
    file = QueryFile("q", "search", tuple({"query": str(i)} for i in range(50)))
    numbers = [int(row["query"]) for row in file.sample(10).rows]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 10
    assert file.sample(10) == file.sample(10) != file.sample(10, seed=1)
    assert file.sample(50) is file.sample(None) is file


def test_the_metrics_are_those_of_their_definitions() -> None:
    late = [f"n{i}" for i in range(10)]
    ranked = [["a", "b", "c"], ["a", "b", "c"], [*late, "a"], [], ["x"]]
    values = ranking_metrics(ranked, [["a"], ["b", "c"], ["a"], ["a"], ["a", "b"]])
    two = (1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3))
    assert values["ndcg@10"] == pytest.approx([1, two, 0, 0, 0])
    assert values["mrr@10"] == pytest.approx([1, 0.5, 0, 0, 0])
    assert values["recall@100"] == pytest.approx([1, 1, 1, 0, 0])


def test_without_the_metrics_library_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    with pytest.raises(MissingExtra, match=r"pip install 'nonmun\[eval\]'"):
        require_metrics()


def test_search_queries_are_measured_on_the_engines_own_order(engine: Engine, asked: Path) -> None:
    found = evaluate(engine, read_queries(asked))
    places = [engine.ranked_ids(KOREAN, 100).index(one) for one in (LORA, QLORA)]
    assert found.values["mrr@10"][0] == pytest.approx(1 / (1 + min(places)))
    assert found.values["recall@100"].tolist() == [1, 1]
    assert found.unknown == 0


def test_queries_about_papers_that_the_store_lacks_fail_and_are_counted(engine: Engine) -> None:
    near = engine.similar_ids(LORA, 1)
    similar = ({"query_id": "nowhere", "relevant": [LORA]}, {"query_id": LORA, "relevant": near})
    found = evaluate(engine, QueryFile("s", "similar", similar))
    assert found.values["ndcg@10"].tolist() == [0, 1]
    assert found.unknown == 1
    search = ({"query": KOREAN, "relevant": ["nowhere"]}, {"query": KOREAN, "relevant": ["nowhere", LORA]})
    assert evaluate(engine, QueryFile("q", "search", search)).unknown == 1
    lost = ({"query": KOREAN, "paper_id": "nowhere", "sentence": "s"},)
    lacking = evaluate(engine, QueryFile("h", "highlight", lost))
    assert (lacking.unknown, lacking.means()["accuracy"]) == (1, 0.0)


def test_a_highlight_counts_where_it_is_the_best_sentence_or_another_that_is_fair(engine: Engine) -> None:
    sentence, other = (sentence_of(engine, LORA, section, 0) for section in (0, 1))
    row = {"query": sentence, "paper_id": LORA, "lang": "ko"}
    rows = (
        {**row, "sentence": sentence, "also": []},
        {**row, "sentence": other, "also": [{"section": 0, "sentence": sentence}], "lang": "en"},
        {**row, "sentence": other, "also": []},
        {**row, "sentence": other},
    )
    found = evaluate(engine, QueryFile("h", "highlight", rows))
    assert found.values["accuracy"].tolist() == [1, 1, 0, 0]
    assert found.values["accuracy_strict"].tolist() == [1, 0, 0, 0]
    assert found.as_dict()["by_lang"]["en"] == {"queries": 1, "accuracy": 1.0, "accuracy_strict": 0.0}
    assert found.as_dict()["by_lang"]["ko"]["accuracy"] == pytest.approx(1 / 3, abs=1e-4)


def test_the_best_sentence_is_the_one_of_the_greatest_weight_in_any_section(engine: Engine) -> None:
    wanted = sentence_of(engine, QLORA, 1, 1)
    match, start, end = best_sentence(engine.matches(wanted, QLORA))
    assert match.text[start:end] == wanted


def test_an_interval_holds_the_mean_and_narrows_with_more_queries() -> None:
    values = [0.0, 0.2, 0.4, 1.0, 0.6, 0.1]
    few, many = outcome(*values), outcome(*values * 40)
    (low, high), (closer_low, closer_high) = few.interval("ndcg@10"), many.interval("ndcg@10")
    assert low < closer_low < few.means()["ndcg@10"] < closer_high < high
    assert few.interval("ndcg@10") == few.interval("ndcg@10")


def test_a_paired_test_tells_a_constant_gain_from_none() -> None:
    base = np.linspace(0, 1, 40)
    noise = np.tile([0.1, -0.1], 20)
    assert paired_p(base, base) == 1.0
    assert paired_p(base + 0.05, base) < 0.001
    assert paired_p(base + noise, base) > 0.5
    assert paired_p(base, base + 0.05) == paired_p(base + 0.05, base)


def test_a_comparison_says_what_the_other_system_gains_or_loses() -> None:
    body = Comparison("other", outcome(0.5, 0.5), outcome(0.5, 0.0)).as_dict()
    assert (body["name"], body["ndcg@10"], body["difference"]) == ("other", 0.25, -0.25)


def test_a_query_is_encoded_once_by_an_encoder_that_remembers(encoder: Encoder) -> None:
    remembering = RememberingEncoder(encoder)
    first = remembering.encode_query(KOREAN)
    assert remembering.encode_query(KOREAN) is first
    assert np.array_equal(first.vector, encoder.encode_query(KOREAN).vector)
    assert remembering.fingerprint == encoder.fingerprint


@pytest.mark.parametrize("part", RECIPE.shares)
def test_a_part_that_is_left_out_adds_nothing_to_any_score(part: str, engine: Engine, encoder: Encoder) -> None:
    query = "대조 학습"  # the archive gives it in both languages
    whole = engine.search(query).results
    assert any(result.parts[part] > 0 for result in whole)
    results = Engine(engine.generation, encoder, without(part)).search(query).results
    assert {result.parts[part] for result in results} == {0.0}
    assert results[0].score > 0


def test_a_recipe_of_the_title_alone_ranks_by_the_title(engine: Engine, encoder: Encoder) -> None:
    title_only = Recipe({**dict.fromkeys(RECIPE.shares, 0.0), "title": 1.0}, 1.0, 0.0)
    generation = engine.generation
    vectors = generation.title_vectors(np.arange(generation.manifest.papers))
    nearest = int(np.argmax(vectors @ encoder.encode_query(ENGLISH).vector))
    assert Engine(generation, encoder, title_only).ranked_ids(ENGLISH, 1) == [generation.paper(nearest).id]


def test_an_ablation_asks_every_variant_the_same_queries(engine: Engine, encoder: Encoder, asked: Path) -> None:
    file = read_queries(asked)
    found = ablate(engine.generation, encoder, file)
    assert [one.name for one in found] == list(VARIANTS)
    assert all(one.first.means() == evaluate(engine, file).means() for one in found)
    lexical = next(one for one in found if one.name == "lexical only")
    alone = Engine(engine.generation, encoder, VARIANTS["lexical only"])
    assert lexical.other.means() == evaluate(alone, file).means()


def test_a_section_that_is_left_out_cannot_speak_for_its_paper(engine: Engine) -> None:
    generation = engine.generation
    ranking = SectionRanking(generation)
    row = generation.row_of(LORA)
    first, end = generation.layout.section_offsets[row : row + 2]
    vector = generation.section_vectors(np.array([first]))[0]
    assert ranking.rows(vector)[0] == row
    others = generation.section_vectors(np.arange(generation.manifest.sections)) @ vector
    others[first] = -np.inf
    best = max(range(generation.manifest.papers), key=lambda paper: others[sections_of(engine, paper)].max())
    assert ranking.rows(vector, int(first))[0] == best
    assert end - first > 1


def sections_of(engine: Engine, row: int) -> slice:
    return slice(*engine.generation.layout.section_offsets[row : row + 2])


def test_an_archive_checks_itself_the_same_each_time(engine: Engine, encoder: Encoder) -> None:
    first, again = (check_itself(engine.generation, encoder, 20, seed=0) for _ in range(2))
    bodies = [one.as_dict() for one in first]
    assert bodies == [one.as_dict() for one in again]
    assert [body["file"] for body in bodies[:2]] == ["title-to-sections", "sentence-to-siblings"]
    papers = engine.generation.manifest.papers
    assert all(body["mrr@10"] > 3 / papers for body in bodies[:2])  # far above chance


@pytest.mark.usefixtures("_encoder_at_hand")
def test_the_command_prints_one_json_object(
    example_store: Path, asked: Path, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", str(asked), "--store", str(example_store), "--json"]) == options.OK
    (entry,) = json.loads(capsys.readouterr().out)["files"]
    assert entry == evaluate(engine, read_queries(asked)).as_dict()
    assert entry.keys() >= {"file", "kind", "queries", "ndcg@10", "mrr@10", "recall@100"}


@pytest.mark.usefixtures("_encoder_at_hand")
def test_the_command_compares_a_store_with_another(
    example_store: Path, asked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(example_store)
    assert main(["eval", str(asked), "--store", store, "--compare", store, "--ablate", "--limit", "1", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["files"]
    assert (entry["compared"]["difference"], entry["compared"]["p"]) == (0.0, 1.0)
    assert entry["queries"] == 1
    assert [one["name"] for one in entry["ablation"]] == list(VARIANTS)


def test_a_table_says_every_figure_and_which_queries_could_not_be_answered() -> None:
    entry = outcome(0.5, 0.25).as_dict() | {"file": "노트.jsonl", "unknown": 1}
    varied = {"name": "without title", "ndcg@10": 0.25, "difference": -0.125, "p": 0.5}
    shown = score_lines({"files": [entry | {"ablation": [varied]}]})
    assert shown[1].split() == ["노트.jsonl", "2", "0.375", "0.250-0.500"]
    assert shown[5].split() == ["without", "title", "0.250", "-0.125", "0.5000"]
    assert shown[-1].startswith("노트.jsonl: 1 of 2 queries")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "--self alone"),
        (["--self", "q.jsonl"], "--self alone"),
        (["--self", "--ablate"], "leave out --self"),
        (["--self", "--compare", "other"], "leave out --self"),
    ],
)
def test_the_command_refuses_what_does_not_go_together(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["eval", *arguments]) == options.USAGE
    assert says in capsys.readouterr().err


def test_the_command_names_a_missing_library_before_it_opens_anything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ir_measures", None)
    assert main(["eval", "--self", "--store", str(tmp_path / "none")]) == options.MODEL
    assert "pip install 'nonmun[eval]'" in capsys.readouterr().err


@pytest.fixture
def korquad(tmp_path: Path) -> Path:
    """Return a file in the form of KorQuAD 1.0 with two paragraphs."""
    first = "서울은 대한민국의 수도이다. 한강이 도시를 가로지른다. 인구는 약 940만 명이다."
    second = "부산은 가장 큰 항구 도시이다. 해운대에는 긴 모래밭이 있다."
    asked = [(first, "서울의 인구는 몇 명인가?", "940만"), (second, "긴 모래밭이 있는 곳은 어디인가?", "해운대")]
    paragraphs = [
        {"context": text, "qas": [{"question": q, "answers": [{"text": a, "answer_start": text.index(a)}]}]}
        for text, q, a in asked
    ]
    file = tmp_path / "korquad.json"
    file.write_text(json.dumps({"data": [{"title": "도시", "paragraphs": paragraphs}]}), encoding="utf-8")
    return file


def test_a_question_finds_the_sentence_that_holds_its_answer(korquad: Path, tmp_path: Path, encoder: Encoder) -> None:
    from scripts.bench.korquad import build_paragraphs, measure, read_korquad

    asked = read_korquad(korquad)
    build_paragraphs(asked.paragraphs, tmp_path / "store", encoder)
    found = measure(asked, tmp_path / "store", encoder)
    assert {name: values.tolist() for name, values in found.values.items()} == {
        name: [1, 1] for name in ("accuracy", "mrr@10", "dense_mrr@10")
    }
    assert len(asked.sample(1).questions) == 1


@pytest.mark.parametrize("content", ["", "[]", '{"data": [{}]}', '{"data": []}'])
def test_a_file_of_another_form_than_korquad_is_refused(content: str, tmp_path: Path) -> None:
    from scripts.bench.korquad import read_korquad

    file = tmp_path / "k.json"
    file.write_text(content)
    with pytest.raises(SourceError, match=r"k\.json"):
        read_korquad(file)


def test_the_baselines_find_a_paper_by_its_own_words(engine: Engine, encoder: Encoder) -> None:
    from scripts.bench.quality import dense_ranker, titled_ranker, words_ranker

    generation = engine.generation
    sentence = sentence_of(engine, LORA, 0, 0)
    rankers = (dense_ranker(generation, encoder), titled_ranker(generation, encoder), words_ranker(generation))
    assert [rank(sentence)[0] for rank in rankers] == [LORA] * 3


def test_the_benchmark_says_what_to_install_for_txtai(
    engine: Engine, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scripts.bench.quality import txtai_ranker

    monkeypatch.setitem(sys.modules, "txtai", None)
    with pytest.raises(MissingExtra, match=r"pip install -e '\.\[bench\]'"):
        txtai_ranker(engine.generation, encoder)


def test_figures_replace_an_older_file_only_when_they_are_complete(tmp_path: Path) -> None:
    from scripts.bench.common import save

    file = tmp_path / "quality.json"
    file.write_text("{}")
    with pytest.raises(TypeError):
        save({"figure": object()}, "quality", file)
    assert file.read_text() == "{}"
    save({"figure": 0.5}, "quality", file)
    assert json.loads(file.read_text()) == {"figure": 0.5}
    assert list(tmp_path.iterdir()) == [file]
