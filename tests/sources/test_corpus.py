"""Folders and files -> papers: the real archives in full, and whatever a folder may hold."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import SourceError
from index.paper import Kind, Paper, Section, split_sentences
from index.sources.corpus import Corpus, OpenShelf, SourceEntry, merge_entries, read_corpus
from index.sources.jsonl import parse_jsonl
from index.sources.markdown import parse_markdown

NOBODY = 65534


def entry(number: int = 1, text: str = "글입니다.", vote: int = 1) -> str:
    return f"### [T{number}](https://arxiv.org/abs/2409.{number:05})\n\nVote: {vote}\n\n- **Method**: {text}\n"


def reasons(corpus: Corpus) -> list[tuple[str, int, str]]:
    return [(Path(skip.file).name, skip.line, skip.reason) for skip in corpus.report.skipped]


def ids(corpus: Corpus) -> list[str]:
    return [paper.id for paper in corpus.papers]


@pytest.fixture(scope="module")
def archive(archive_a: Path) -> Corpus:
    return read_corpus([archive_a])


def test_the_archive_is_read_without_a_loss(archive: Corpus) -> None:
    report = archive.report
    assert (report.files, report.entries, report.papers, report.merged) == (357, 5488, 5487, 1)
    assert report.skipped == ()
    assert [Path(skip.file).name for skip in report.other_files] == ["LICENSE.md", "papers_list.csv"]
    assert len({paper.id for paper in archive.papers}) == 5487
    assert all(paper.date and paper.title and paper.sections for paper in archive.papers)
    assert report.sections == sum(len(paper.sections) for paper in archive.papers) == sum(report.headings.values())


def test_every_bullet_of_the_archive_reaches_its_paper(archive_a: Path) -> None:
    bullets = 0
    for path in sorted(archive_a.glob("20*/*/*.md")):
        blocks = path.read_text("utf-8").split("\n### ")[1:]
        papers = parse_markdown(path.read_text("utf-8"), str(path)).papers
        for block, paper in zip(blocks, papers, strict=True):
            said = letters(" ".join(f"{section.heading} {section.text}" for section in paper.sections))
            for line in block.split("\n"):
                if line.lstrip().startswith("- "):
                    bullets += 1
                    assert is_said(line, said), (path, line)
    assert bullets > 21_000


def test_the_archive_written_as_json_lines_is_read_back_alike(archive: Corpus) -> None:
    rows = "\n".join(json.dumps(paper.as_dict(), ensure_ascii=False) for paper in archive.papers)
    parsed = parse_jsonl(rows, "archive.jsonl")
    assert (parsed.papers, parsed.skipped) == (archive.papers, ())


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def is_said(line: str, said: str) -> bool:
    """Literals lose their quotes and escapes, so the words between them are looked for one by one."""
    words = re.sub(r"\\u[0-9a-f]{4}|\\n", " ", line).split()
    return letters(line) in said or all(letters(word) in said for word in words)


def test_sentences_lie_where_the_readers_of_the_highlights_found_them(archive: Corpus, shared: Path) -> None:
    papers = {paper.id: paper for paper in archive.papers}
    rows = [json.loads(line) for line in (shared / "eval" / "highlight_A.jsonl").read_text("utf-8").splitlines()]
    assert rows
    for row in rows:
        sections = papers[row["paper_id"]].sections
        text, start, end = sections[row["section"]].text, row["start"], row["start"] + len(row["sentence"])
        assert text[start:end] == row["sentence"]
        assert (start, end) in [(span.start, span.end) for span in split_sentences(text)]
        for also in row["also"]:
            other = sections[also["section"]].text
            assert also["sentence"] in [other[span.start : span.end] for span in split_sentences(other)]


@pytest.mark.slow
def test_the_large_archive_is_read_without_a_loss_in_less_than_a_minute(shared: Path, tmp_path: Path) -> None:
    with tarfile.open(shared / "data" / "arxiv_daily.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    begun = time.process_time()
    corpus = read_corpus([tmp_path])
    assert time.process_time() - begun < 60
    report = corpus.report
    assert (report.files, report.entries, report.papers, report.merged) == (313, 62_410, 62_410, 0)
    assert (report.skipped, report.other_files) == ((), ())
    assert {field for paper in corpus.papers for field in paper.fields} == {"cs.AI", "cs.CL", "cs.CV", "cs.IR", "cs.LG"}
    assert all(paper.date and not paper.sections[0].text.startswith("this http") for paper in corpus.papers)


def test_folders_and_files_of_both_forms_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "a" / "2024" / "09").mkdir(parents=True)
    (tmp_path / "a" / "2024" / "09" / "02.md").write_text(entry(1), "utf-8")
    (tmp_path / "a" / ".hidden.md").write_text(entry(2), "utf-8")
    (tmp_path / "a" / "notes.txt").write_text(entry(3), "utf-8")
    (tmp_path / "b.JSONL").write_text('{"id": "x", "sections": {"A": "b"}}', "utf-8")
    (tmp_path / "named.txt").write_text(entry(4), "utf-8")
    corpus = read_corpus([tmp_path / "named.txt", tmp_path / "a", tmp_path / "b.JSONL"])
    assert ids(corpus) == ["2409.00004", "x", "2409.00001"]
    assert (corpus.report.files, corpus.report.skipped) == (3, ())
    assert corpus.papers[-1].date == "2024-09-02"


def test_the_dialect_is_chosen_by_content_not_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("## D (2024-09-02)\n" + entry(1), "utf-8")
    (tmp_path / "b.md").write_text('\n{"id": "x", "sections": {"A": "b"}}', "utf-8")
    (tmp_path / "c.jsonl").write_text("neither", "utf-8")
    corpus = read_corpus([tmp_path])
    assert ids(corpus) == ["x", "2409.00001"]
    assert [row[:2] for row in reasons(corpus)] == [("c.jsonl", 1)]


def test_each_file_is_read_once_however_often_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(entry(1), "utf-8")
    (tmp_path / "link.md").symlink_to("a.md")
    corpus = read_corpus([tmp_path / "a.md", tmp_path, tmp_path])
    assert (corpus.report.files, corpus.report.merged, corpus.report.skipped) == (1, 0, ())


def test_the_report_counts_what_was_read(tmp_path: Path) -> None:
    bare = "### [B](https://arxiv.org/abs/2409.00002)\n- 하나\n- 둘\x00\n"
    (tmp_path / "a.md").write_text(entry(1) + bare + entry(1) + "### broken\n", "utf-8")
    (tmp_path / "README.md").write_text("# Read me\n", "utf-8")
    corpus = read_corpus([tmp_path])
    report = corpus.report.as_dict()
    assert {
        key: report[key] for key in ("files", "entries", "papers", "sections", "merged", "unlabelled", "controls")
    } == {
        "files": 1,
        "entries": 4,
        "papers": 2,
        "sections": 2,
        "merged": 1,
        "unlabelled": 1,
        "controls": 1,
    }
    assert report["headings"] == {"Method": 1, "Summary": 1}
    assert [skip.file for skip in corpus.report.other_files] == [str(tmp_path / "README.md")]
    json.dumps(report)
    lines = "\n".join(corpus.report.lines())
    assert "1 files, 4 entries, 2 papers, 2 sections" in lines
    assert f"{tmp_path / 'a.md'}:14: entry has no id" in lines


def test_a_long_report_is_cut_short_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("x\n" * 50, "utf-8")
    report = read_corpus([tmp_path]).report
    assert len(report.skipped) == 50
    assert report.lines()[-1] == "  ... and 30 more"


def paper(date: str | None, text: str, votes: int | None, fields: tuple[str, ...], authors: tuple[str, ...]) -> Paper:
    return Paper("p", "t", "u", date, votes, authors, fields, (Section(Kind.OTHER, "h", text),))


def test_entries_of_one_paper_are_merged_alike_in_every_order() -> None:
    same = [
        paper("2024-09-02", "old", 9, ("cs.IR",), ("A",)),
        paper("2024-09-03", "new", 2, ("cs.CL",), ()),
        paper("2024-09-03", "newer", None, ("cs.IR", "cs.AI"), ()),
        paper(None, "the longest of all", 1, (), ("B",)),
    ]
    merged = {merged_papers(order) for order in itertools.permutations(same)}
    assert merged == {(paper("2024-09-03", "newer", 9, ("cs.AI", "cs.CL", "cs.IR"), ("A",)),)}


def merged_papers(papers: Sequence[Paper]) -> tuple[Paper, ...]:
    shelf = OpenShelf()
    shelf.add(papers)
    return shelf.papers([entry.digest for entry in merge_entries(map(SourceEntry.of, papers), shelf)])


def test_papers_come_by_date_then_id_whatever_the_order_of_sources(tmp_path: Path) -> None:
    for number, day in ((3, "2024-09-02"), (1, "2024-09-03"), (2, "2024-09-02")):
        (tmp_path / f"{number}.md").write_text(f"## D ({day})\n" + entry(number), "utf-8")
    files = sorted(tmp_path.iterdir())
    assert ids(read_corpus(files)) == ["2409.00002", "2409.00003", "2409.00001"]
    assert read_corpus(files).papers == read_corpus(files[::-1]).papers == read_corpus([tmp_path]).papers


@pytest.mark.parametrize("name", ["missing", "missing.md", "a.md/below", "nul\0byte"])
def test_a_source_that_does_not_exist_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.md").write_text(entry(1), "utf-8")
    with pytest.raises(SourceError, match="name a folder or file that exists"):
        read_corpus([tmp_path, tmp_path / name])


def test_wrong_bytes_are_reported_and_the_entries_are_kept(tmp_path: Path) -> None:
    data = b"### [T](https://arxiv.org/abs/2409.00001)\n- a\n- b \xff c\n" + entry(2).encode()
    (tmp_path / "a.md").write_bytes(data)
    corpus = read_corpus([tmp_path])
    assert ids(corpus) == ["2409.00001", "2409.00002"]
    assert corpus.papers[0].sections[0].text == "a\nb \ufffd c"
    assert reasons(corpus) == [("a.md", 3, "not UTF-8: 1 places read as \ufffd; save the file as UTF-8")]


@pytest.mark.parametrize("encoding", ["utf-16", "cp949"])
def test_a_korean_file_from_windows_is_read_and_reported(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.md").write_bytes(entry(1, "한국어 요약입니다.").replace("\n", "\r\n").encode(encoding))
    corpus = read_corpus([tmp_path])
    assert corpus.papers[0].sections[0].text == "한국어 요약입니다."
    assert f"read as {encoding.upper()}" in reasons(corpus)[0][2]


def test_files_that_cannot_be_used_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    (tmp_path / "empty.md").touch()
    (tmp_path / "gone.md").symlink_to("nowhere")
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "noise.md").write_bytes(bytes(range(256)) * 40)
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "z.md").write_text(entry(1), "utf-8")
    corpus = read_corpus([tmp_path])
    assert ids(corpus) == ["2409.00001"]
    assert {row[0] for row in reasons(corpus)} == {"empty.md", "gone.md", "noise.md", "pipe.md", "self.md"}


def test_a_loop_of_links_is_read_once_and_reported(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "a.md").write_text(entry(1), "utf-8")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    corpus = read_corpus([tmp_path])
    assert (ids(corpus), corpus.report.files) == (["2409.00001"], 1)
    assert reasons(corpus) == [("loop", 0, "a link to a folder that is read already")]


@contextmanager
def nested(folder: Path, depth: int) -> Iterator[None]:
    """Hold a chain of folders with one file at its end; no other way removes it than step by step."""
    here = os.getcwd()
    os.chdir(folder)
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    Path("a.md").write_text(entry(1), "utf-8")
    try:
        yield
    finally:
        os.unlink("a.md")
        for _ in range(depth):
            os.chdir("..")
            os.rmdir("d")
        os.chdir(here)


def test_folders_may_be_nested_deeper_than_python_recurses(tmp_path: Path) -> None:
    with nested(tmp_path, sys.getrecursionlimit() + 100):
        assert ids(read_corpus([tmp_path])) == ["2409.00001"]


@contextmanager
def unprivileged() -> Iterator[None]:
    """The administrator may read everything, so the tests of permissions run as nobody."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_what_may_not_be_read_is_reported_and_the_rest_is_read() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir()
        (folder / "secret.md").write_text(entry(1), "utf-8")
        (folder / "z.md").write_text(entry(2), "utf-8")
        (folder / "secret.md").chmod(0)
        (folder / "closed").chmod(0)
        with unprivileged():
            corpus = read_corpus([folder, folder / "closed" / "below.md"])
        (folder / "closed").chmod(0o755)
    assert ids(corpus) == ["2409.00002"]
    assert {row[0] for row in reasons(corpus)} == {"closed", "secret.md", "below.md"}
    assert all("cannot be read: Permission denied" in row[2] for row in reasons(corpus))


def test_a_file_of_50_megabytes_is_read(tmp_path: Path) -> None:
    text = "긴 요약입니다. " * 400
    entries = "".join(entry(number, text) for number in range(1, 6_001))
    (tmp_path / "a.md").write_text(entries, "utf-8")
    assert (tmp_path / "a.md").stat().st_size > 50_000_000
    corpus = read_corpus([tmp_path])
    assert (corpus.report.papers, corpus.report.skipped) == (6_000, ())
