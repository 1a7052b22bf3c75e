"""JSON of others: one test a source, by field names and shape."""

from __future__ import annotations

import json

import pytest

from index.paper import Kind, Paper
from index.sources.forms import parse
from index.sources.parsed import Parsed


def lines(*rows: object) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def document(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def only(parsed: Parsed) -> Paper:
    assert (parsed.entries, [s.reason for s in parsed.skipped]) == (1, [])
    return parsed.papers[0]


def headed(paper: Paper) -> list[tuple[str, str]]:
    return [(section.heading, section.text) for section in paper.sections]


def test_hugging_face_daily_papers() -> None:
    inner = {"id": "2409.00001", "authors": [{"_id": "9", "name": "Ada L."}], "summary": "Long ago.", "upvotes": 7}
    listed = {"paper": inner | {"publishedAt": "2024-09-01T00:00:00.000Z"}, "title": "A Paper", "numComments": 3}
    read = only(parse(document([listed]), "x.json"))
    assert (read.id, read.title, read.votes, read.date) == ("2409.00001", "A Paper", 7, "2024-09-01")
    assert (read.authors, read.url) == (("Ada L.",), "https://arxiv.org/abs/2409.00001")
    assert headed(read) == [("Summary", "Long ago.")]


def test_arxivs_api_as_json() -> None:
    entry = {
        "id": "http://arxiv.org/abs/2409.00002v3",
        "title": "Two\n  Lines",
        "summary": "  We show $x < y$.\n",
        "author": [{"name": "Ann B"}, {"name": "Cy D"}],
        "published": "2024-09-02T17:00:00Z",
        "updated": "2025-01-01T00:00:00Z",
        "category": [{"@term": "cs.CL"}, {"@term": "cs.LG"}],
    }
    read = only(parse(document({"feed": {"entry": [entry]}}), "x.json"))
    assert (read.id, read.title, read.date) == ("2409.00002", "Two Lines", "2024-09-02")
    assert (read.authors, read.fields) == (("Ann B", "Cy D"), ("cs.CL", "cs.LG"))
    assert headed(read) == [("Summary", "We show $x < y$.")]


def test_the_kaggle_snapshot_of_arxiv() -> None:
    row = {
        "id": "0704.0001",
        "authors": "C. Balazs, E. L. Berger and P. M. Nadolsky",
        "title": "Photon pairs",
        "categories": "hep-ph astro-ph.CO",
        "doi": "10.1103/PhysRevD.76.013009",
        "abstract": "  A fully differential calculation in perturbative quantum chromodynamics is\n"
        "presented for the production of massive photon pairs at hadron colliders.\n",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}],
        "update_date": "2008-11-26",
    }
    parsed = parse(lines(row), "arxiv.json")
    read = only(parsed)
    assert (read.id, read.fields, read.date) == ("0704.0001", ("hep-ph", "astro-ph.CO"), "2008-11-26")
    assert read.authors == ("C. Balazs", "E. L. Berger", "P. M. Nadolsky")
    assert "\n" not in read.sections[0].text
    assert parsed.others == (("10.1103/physrevd.76.013009", "0704.0001"),)


def test_openalex() -> None:
    work = {
        "id": "https://openalex.org/W21",
        "doi": "https://doi.org/10.1000/ABC",
        "display_name": "Open Works",
        "publication_year": 2021,
        "publication_date": "2021-03-04",
        "authorships": [{"author": {"display_name": "Ada L"}}, {"author": {"display_name": "Bo M"}}],
        "cited_by_count": 12,
        "abstract_inverted_index": {"second": [1, 3], "First": [0], "then": [2]},
        "ids": {"openalex": "https://openalex.org/W21", "pmid": "https://pubmed.ncbi.nlm.nih.gov/123"},
    }
    parsed = parse(document({"meta": {"count": 1}, "results": [work]}), "x.json")
    read = only(parsed)
    assert (read.id, read.title, read.votes, read.date) == ("10.1000/abc", "Open Works", 12, "2021-03-04")
    assert (read.authors, headed(read)) == (("Ada L", "Bo M"), [("Abstract", "First second then second")])
    assert parsed.others == (("pmid:123", "10.1000/abc"),)


def test_semantic_scholar() -> None:
    row = {
        "paperId": "a" * 40,
        "externalIds": {"ArXiv": "2409.00003", "DOI": "10.1/x", "ACL": "2024.acl-long.7", "CorpusId": 5},
        "title": "Scholars",
        "abstract": "Abstract here.",
        "tldr": {"model": "tldr@v2", "text": "Short."},
        "year": 2024,
        "publicationDate": "2024-05-06",
        "authors": [{"authorId": "1", "name": "A B"}],
        "citationCount": 3,
        "fieldsOfStudy": ["Computer Science"],
        "openAccessPdf": {"url": "https://example.org/a.pdf"},
        "references": [{"title": "Not an entry", "authors": [], "abstract": "no"}],
    }
    parsed = parse(document({"total": 1, "data": [row]}), "x.json")
    read = only(parsed)
    assert (read.id, read.date, read.votes) == ("2409.00003", "2024-05-06", 3)
    assert headed(read) == [("Abstract", "Abstract here."), ("TL;DR", "Short.")]
    assert {other for other, _ in parsed.others} == {"2024.acl-long.7", "s2:" + "a" * 40}


def test_openreview() -> None:
    content = {
        "title": {"value": "Open Reviews"},
        "authors": {"value": ["A B", "C D"]},
        "TLDR": {"value": "In short."},
        "abstract": {"value": "At length."},
        "keywords": {"value": ["llm"]},
    }
    note = {"id": "aB3xYz", "forum": "aB3xYz", "cdate": 1_695_000_000_000, "content": content}
    text = document({"notes": [note | {"url": "https://openreview.net/forum?id=aB3xYz"}]})
    read = only(parse(text, "x.json"))
    assert (read.id, read.title, read.date) == ("openreview:aB3xYz", "Open Reviews", "2023-09-18")
    assert (headed(read), read.fields) == ([("TL;DR", "In short."), ("Abstract", "At length.")], ("llm",))


def test_the_acl_anthology() -> None:
    row = {
        "acl_id": "2020.acl-main.1",
        "title": "Anthologies",
        "abstract": "We collect.",
        "author": "First Author and Second Author",
        "doi": "10.18653/v1/2020.acl-main.1",
        "url": "https://aclanthology.org/2020.acl-main.1",
        "year": "2020",
        "month": "July",
    }
    read = only(parse(lines(row), "x.jsonl"))
    assert (read.id, read.authors) == ("2020.acl-main.1", ("First Author", "Second Author"))


@pytest.mark.parametrize("key", ["AI", "summary", "ai_summary", "analysis"])
def test_a_bots_nested_object_becomes_sections(key: str) -> None:
    said = {"tldr": "짧게.", "motivation": "动机。", "keyResult": "Better."}
    row = {"id": "2409.00004", "pdf": "https://arxiv.org/pdf/2409.00004", "title": "T", key: said}
    read = only(parse(lines(row), "2024-09-04.jsonl"))
    assert headed(read) == [("TL;DR", "짧게."), ("Motivation", "动机。"), ("Key Result", "Better.")]
    assert (read.sections[0].kind, read.date) == (Kind.SUMMARY, "2024-09-04")


@pytest.mark.parametrize(
    "value",
    [
        {"cs.CL": [{"title": "A", "abstract": "a"}], "cs.LG": [{"title": "B", "abstract": "b"}]},
        {"2409.00001": {"title": "A", "abstract": "a"}, "2409.00002": {"title": "B", "abstract": "b"}},
        [{"title": "A", "abstract": "a"}, {"title": "B", "abstract": "b"}],
    ],
)
def test_papers_lie_under_any_names(value: object) -> None:
    parsed = parse(document(value), "x.json")
    assert [paper.title for paper in parsed.papers] == ["A", "B"]
    if isinstance(value, dict) and "2409.00001" in value:
        assert [paper.url for paper in parsed.papers] == [f"https://arxiv.org/abs/2409.0000{n}" for n in (1, 2)]


def test_an_entry_that_cannot_be_read_is_skipped_with_its_line() -> None:
    rows = [{"title": "A", "abstract": "a"}, {"author": "nobody"}, {"title": "C", "abstract": "c"}]
    parsed = parse(document(rows), "x.json")
    assert (parsed.entries, len(parsed.papers)) == (3, 2)
    assert [(skip.line, "no title" in skip.reason, skip.kept) for skip in parsed.skipped] == [(7, True, False)]


def test_two_papers_with_one_key_of_their_own_stay_two() -> None:
    rows = [{"id": "note", "title": "One", "abstract": "a"}, {"id": "note", "title": "Other", "abstract": "b"}]
    assert [paper.id for paper in parse(lines(*rows), "x.jsonl").papers] == ["note", "other"]


@pytest.mark.parametrize("text", ['{"name": "tool", "version": "1.0"}', "[1, 2]", "{}", '["a"]'])
def test_json_without_papers_says_why(text: str) -> None:
    parsed = parse(text, "x.json")
    assert (parsed.papers, parsed.skipped, parsed.entries) == ((), (), 0)
    assert "without papers" in parsed.why


def test_a_broken_document_is_reported_with_its_line() -> None:
    parsed = parse('[\n {"title": "A",\n', "x.json")
    assert (parsed.skipped[0].line, parsed.skipped[0].reason[:8]) == (3, "not JSON")
