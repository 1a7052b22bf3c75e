from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware, SeparateCoAuthors
from hypothesis import given

from index.paper import Paper
from search.engine import Engine
from search.export.citations import bibtex, key, ris, surname_first, web_address
from tests.support.papers import ANY, LORA, PAPERS


def read_bibtex(text: str) -> Library:
    library = parse_string(text)
    assert not library.failed_blocks
    return library


def decoded(text: str) -> list[dict[str, Any]]:
    """Return the entries as a reader shows them, LaTeX and the grouping of names undone."""
    library = parse_string(text, append_middleware=[SeparateCoAuthors(), LatexDecodingMiddleware()])
    return [{name: field.value for name, field in entry.fields_dict.items()} for entry in library.entries]


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_bibtex_entry_is_read_with_what_the_paper_says() -> None:
    (entry,) = read_bibtex(bibtex([LORA])).entries
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    assert (entry.entry_type, entry.key) == ("misc", "hu2021:2106.09685")
    assert (fields["eprint"], fields["archiveprefix"], fields["primaryclass"]) == ("2106.09685", "arXiv", "cs.CL")
    assert (fields["year"], fields["month"], fields["url"]) == ("2021", "jun", LORA.url)
    (shown,) = decoded(bibtex([LORA]))
    assert flat(shown["title"]) == "LoRA: Low-Rank Adaptation of 100% {Large} Models & $x_1$"
    assert shown["author"] == [*LORA.authors[:3], f"{{{LORA.authors[3]}}}"]  # in braces: one name
    assert "작은 행렬만 학습합니다." in shown["annote"]
    assert "1% #only." in shown["annote"]


def test_every_example_comes_back_from_bibtex_and_ris(engine: Engine) -> None:
    papers = list(engine.generation.papers())
    shown = decoded(bibtex(papers))
    assert [flat(entry["title"]) for entry in shown] == [flat(paper.title) for paper in papers]
    assert [entry.get("author", []) for entry in shown] == [list(paper.authors) for paper in papers]
    assert len({entry.key for entry in read_bibtex(bibtex(papers)).entries}) == len(papers)
    read = rispy.loads(ris(papers))
    assert [entry["title"] for entry in read] == [paper.title for paper in papers]
    assert [len(entry.get("authors", [])) for entry in read] == [len(paper.authors) for paper in papers]
    assert [entry["urls"] for entry in read] == [[paper.url] for paper in papers]


@ANY
@given(PAPERS)
def test_no_text_breaks_out_of_its_entry(papers: list[Paper]) -> None:
    entries = read_bibtex(bibtex(papers)).entries
    assert [entry.key for entry in entries] == [key(paper) for paper in papers]
    read = rispy.loads(ris(papers))
    assert len(read) == len(papers)
    for paper, reference in zip(papers, read, strict=True):
        assert reference["type_of_reference"] == "UNPB"
        assert len(reference["notes"]) == len(paper.sections)
        assert len(reference.get("authors", [])) == len(paper.authors)


def test_a_ris_reference_is_read_with_what_the_paper_says() -> None:
    text = ris([LORA])
    assert all(line[2:6] == "  - " for line in text.split("\r\n") if line)
    (entry,) = rispy.loads(text)
    assert entry["title"] == LORA.title
    assert entry["authors"] == ["Hu, Edward J.", "van der Maaten, Laurens", "홍길동", "Research, Development and Co"]
    assert (entry["year"], entry["date"], entry["keywords"]) == ("2021", "2021/06/17/", ["cs.CL", "cs.LG"])
    assert entry["notes"] == ["What's New: 작은 행렬만 학습합니다. ER - TY - JOUR It trains 1% #only."]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Martin Luther King Jr.", "King, Martin Luther, Jr."),
        ("Ludwig van Beethoven", "van Beethoven, Ludwig"),
        ("Plato", "Plato"),
        ("홍 길동", "홍 길동"),
        ("Hu, Edward", "Hu, Edward"),
    ],
)
def test_a_latin_name_begins_with_the_surname(name: str, written: str) -> None:
    assert surname_first(name) == written


def test_keys_are_told_apart_where_letters_had_to_go() -> None:
    keys = [key(replace(LORA, id=one)) for one in ("a,b", "ab", "a b", "한글")]
    assert len(set(keys)) == 4
    assert all(one.isascii() for one in keys)


def test_only_an_address_of_the_web_is_given() -> None:
    assert web_address(replace(LORA, url="javascript:alert(1)")) == ""
    assert web_address(replace(LORA, url="https://x.org/{한} b")) == "https://x.org/%7B%ED%95%9C%7D%20b"
