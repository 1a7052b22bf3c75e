"""What is shown of files before they are indexed, and counts that add up."""

from __future__ import annotations

from pathlib import Path

from index.sources.corpus import read_corpus
from index.sources.look import look_at
from index.sources.parsed import Skipped

BIB = "@misc{a, title={One}, doi={10.1000/a}, publisher={P}, abstract={Long ago.}}\n@misc{b, year={2024}}\n"


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, "utf-8")


def test_a_look_says_the_form_the_fields_the_papers_and_what_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, a_bib=BIB, b_md="# Words\n\nOnly words.\n")
    skipped: list[Skipped] = []
    first, second = look_at([tmp_path], skipped)
    shown = "\n".join(first.lines())
    assert f"{tmp_path / 'a.bib'}: BibTeX, 2 entries, 1 papers, 1 left out" in shown
    assert "fields read: type, title, doi, abstract" in shown
    assert "fields left: publisher" in shown
    assert "  > One\n    10.1000/a · no date\n    https://doi.org/10.1000/a\n    Abstract: Long ago." in shown
    assert "a.bib:2: row has no sections and no title" in shown
    assert "no paper found" in second.lines()[0]
    assert (skipped, first.as_dict()["left_out"], second.as_dict()["papers"]) == ([], 1, 0)


def test_the_counts_of_a_report_add_up_to_the_entries(tmp_path: Path) -> None:
    both = '{"title": "T", "arxiv_id": "2409.00001", "doi": "10.1000/t", "abstract": "Longer text here."}\n'
    write(tmp_path, a_bib=BIB, b_jsonl=both + "broken\n", c_ris="TY  - JOUR\nTI  - T\nDO  - 10.1000/T\nER  - \n")
    corpus = read_corpus([tmp_path])
    report = corpus.report
    assert (report.entries, report.papers, report.merged, report.left_out) == (5, 2, 1, 2)
    assert sum(not skip.kept for skip in report.skipped) == report.left_out
    assert report.forms == {"BibTeX": 2, "JSON Lines": 2, "RIS": 1}
    assert {paper.id: paper.sections[0].text for paper in corpus.papers} == {
        "10.1000/a": "Long ago.",
        "2409.00001": "Longer text here.",
    }
    assert "1 duplicates merged, 2 entries left out" in report.lines()
