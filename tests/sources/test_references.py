"""BibTeX, RIS, CSL-JSON and Zotero's CSV: the abstract is the section, a title alone is a paper too."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.paper import Paper
from index.sources.forms import parse
from search.export.citations import bibtex, ris
from search.export.formats import csv_table
from tests.support.papers import papers

BIBTEX = r"""% my library
@string{acl = "Proceedings of ACL"}
@inproceedings{vaswani2017,
  title = {{Attention} Is All {You} Need},
  author = {Vaswani, Ashish and M{\"u}ller, J{\"o}rg and others},
  booktitle = acl # " 2017",
  year = 2017, month = jun,
  doi = {10.1000/XY_Z},
  url = {https://example.org/a\_b},
  abstract = {We reach 28.4\% on $x_{i} < 3$ --- na{\"\i}vely.},
  keywords = {translation, attention},
}
@comment{nothing}
@article{broken, title = {No end
@online{biblatex1,
  title = {Later Things}, author = {Kim, Minsu}, date = {2024-05-06},
  eprint = {2405.00001}, eprinttype = {arxiv}, eprintclass = {cs.CL},
}
@article{old, title={Journal Only}, journal = {arXiv preprint arXiv:1703.03864}, year = {2017}}
"""

RIS = """TY  - JOUR
AU  - Lovelace, Ada
AU  - 김철수
TI  - Notes on
  engines
PY  - 1943/08/
AB  - An engine
is described.
DO  - https://doi.org/10.1000/Eng
KW  - engines
KW  - notes
ER  -

TY  - BLOG
UR  - https://example.org
ER  -
"""


def test_bibtex_is_read_with_its_latex_said_in_unicode() -> None:
    parsed = parse(BIBTEX, "library.bib")
    first, last, old = parsed.papers
    assert (first.id, first.title) == ("10.1000/xy_z", "Attention Is All You Need")
    assert (first.authors, first.date) == (("Ashish Vaswani", "Jörg Müller"), "2017-01-01")
    assert (first.url, first.fields) == ("https://example.org/a_b", ("translation", "attention"))
    assert (first.sections[0].heading, "28.4%" in first.sections[0].text) == ("Abstract", True)
    assert "$x_{i} < 3$" in first.sections[0].text
    assert "naïvely" in first.sections[0].text
    assert (last.id, last.date, last.url) == ("2405.00001", "2024-05-06", "https://arxiv.org/abs/2405.00001")
    assert (old.id, old.sections[0].heading) == ("1703.03864", "Title")
    assert [(skip.line, skip.kept) for skip in parsed.skipped] == [(14, False)]
    assert parsed.entries == 4


def test_an_entry_of_a_key_that_was_there_before_is_read_too() -> None:
    text = "@misc{a, title={One}}\n@misc{a, title={Two}}\n@misc{b, title={Three}, title={Four}}\n"
    parsed = parse(text, "x.bib")
    assert [paper.title for paper in parsed.papers] == ["One", "Two", "Three"]
    assert (parsed.entries, parsed.skipped) == (3, ())


def test_ris_is_read_and_an_entry_without_a_title_is_reported() -> None:
    parsed = parse(RIS, "x.ris")
    (read,) = parsed.papers
    assert (read.id, read.title, read.date) == ("10.1000/eng", "Notes on engines", "1943-08-01")
    assert (read.authors, read.fields) == (("Ada Lovelace", "김철수"), ("engines", "notes"))
    assert [(s.heading, s.text) for s in read.sections] == [("Abstract", "An engine\nis described.")]
    assert [(skip.line, "no title" in skip.reason) for skip in parsed.skipped] == [(14, True)]


def test_csl_json_is_read() -> None:
    item = {
        "id": "kim2024",
        "type": "article-journal",
        "title": "Items",
        "author": [{"family": "Kim", "given": "Min"}, {"literal": "A Group"}],
        "issued": {"date-parts": [[2024, 5]]},
        "DOI": "10.1000/Items",
        "abstract": "<jats:p>We say a &lt; b.</jats:p>",
    }
    (read,) = parse(json.dumps([item], indent=1), "x.json").papers
    assert (read.id, read.date, read.authors) == ("10.1000/items", "2024-05-01", ("Min Kim", "A Group"))
    assert read.sections[0].text == "We say a < b."


def test_zoteros_csv_is_read_with_the_lines_of_what_is_skipped() -> None:
    names = (
        '"Key","Item Type","Publication Year","Author","Title","ISBN","DOI","Url","Abstract Note","Date","Manual Tags"'
    )
    good = '"K1","conferencePaper","2021","Lee, Ann; Park, Bo","Rows","978-1-4503-1111-1","","https://example.org/r",'
    empty = '"K2","note","","","","","","","","",""'
    text = f'{names}\n{good}"First line.\nSecond, line.","2021-06-01","a; b"\n{empty}\n'
    parsed = parse(text, "My Library.csv")
    (read,) = parsed.papers
    assert (read.id, read.authors) == ("lee-2021-rows", ("Ann Lee", "Bo Park"))
    assert (read.date, read.fields, read.url) == ("2021-06-01", ("a", "b"), "https://example.org/r")
    assert read.sections[0].text == "First line.\nSecond, line."
    assert [(skip.line, skip.kept) for skip in parsed.skipped] == [(4, False)]


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Khouja, M. J.", ("M. J. Khouja",)),
        ("Khouja, M.; Lee, Ann", ("M. Khouja", "Ann Lee")),
        ("Ann Bo, Dan Cho", ("Ann Bo", "Dan Cho")),
    ],
)
def test_authors_of_a_table_are_told_apart(written: str, names: tuple[str, ...]) -> None:
    (read,) = parse(f'Title,Author\nT,"{written}"\n', "x.csv").papers
    assert read.authors == names


def test_the_isbn_of_proceedings_is_no_id_of_a_paper_and_that_of_a_book_is() -> None:
    text = "@inproceedings{a, title={A}, isbn={9781450311111}}\n@book{b, title={B}, isbn={978-1-4503-1111-1}}"
    assert [paper.id for paper in parse(text, "x.bib").papers] == ["a", "isbn:9781450311111"]


def test_a_table_of_titles_and_addresses_alone_is_none_of_papers() -> None:
    assert "without papers" in parse("date,title,url\n2024-01-01,A,https://arxiv.org/abs/2401.00001\n", "x.csv").why


few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@few
@given(st.lists(papers(), min_size=1, max_size=3, unique_by=lambda p: p.id))
def test_what_we_write_for_reference_managers_is_read_back(written: list[Paper]) -> None:
    for text, name in ((bibtex(written), "x.bib"), (ris(written), "x.ris"), (csv_table(written), "x.csv")):
        parsed = parse(text.removeprefix("\ufeff").replace("\r\n", "\n"), name)
        assert [s for s in parsed.skipped if not s.kept] == []
        told = [(paper.id, paper.title, paper.authors, paper.date and paper.date[:4]) for paper in parsed.papers]
        assert told == [(paper.id, paper.title, paper.authors, paper.date and paper.date[:4]) for paper in written]
        for paper, read in zip(written, parsed.papers, strict=True):
            said = "".join("".join(section.text.split()) for section in read.sections)
            assert all("".join(section.text.split()) in said for section in paper.sections)


@pytest.mark.parametrize("text", ["@", "@article{", "@article{a, title={", "TY  - ", "TY  - X\nER  -", 'title,doi\n"a'])
@pytest.mark.parametrize("name", ["x.bib", "x.ris", "x.csv", "x.json", "x.md", "x.jsonl"])
def test_what_is_cut_off_never_raises(text: str, name: str) -> None:
    parsed = parse(text, name)
    assert len(parsed.papers) + sum(not s.kept for s in parsed.skipped) >= parsed.entries
