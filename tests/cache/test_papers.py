"""Parsed files and papers in the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.cache.database import Cache
from index.cache.papers import PaperCache
from index.sources import corpus as reading
from index.sources import forms
from index.sources.corpus import Corpus, SourceEntry, read_corpus
from index.sources.parsed import Parsed


def digest_text(*numbers: int, text: str = "글입니다.") -> str:
    entries = (f"### [T{n}](https://arxiv.org/abs/2409.{n:05})\n\n- **Method**: {text}\n" for n in numbers)
    return "## D (2024-09-02)\n" + "\n".join(entries)


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = Cache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "one.md").write_text(digest_text(1, 2), "utf-8")
    (folder / "two.md").write_text(digest_text(2, 3, text="더 긴 글입니다. Longer.") + "### No link\n", "utf-8")
    (folder / "LICENSE.md").write_text("Free for all.\n", "utf-8")
    (folder / "latin.md").write_bytes(digest_text(4).encode() + b"caf\xe9")
    return folder


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the files that are parsed from now on."""
    names: list[str] = []
    real = forms.parse

    def noted(text: str, file: str) -> Parsed:
        names.append(Path(file).name)
        return real(text, file)

    monkeypatch.setattr(reading, "parse", noted)
    return names


def read(cache: Cache, source: Path) -> Corpus:
    return read_corpus([source], PaperCache(cache))


def test_a_corpus_is_the_same_from_memory_from_files_and_from_the_cache(cache: Cache, source: Path) -> None:
    plain = read_corpus([source])
    assert len(plain.report.skipped) == 2
    for _ in range(2):
        found = read(cache, source)
        assert tuple(found.papers) == plain.papers
        assert (found.report, found.entries) == (plain.report, plain.entries)


def test_only_changed_files_are_parsed_again(cache: Cache, source: Path, parsed: list[str]) -> None:
    read(cache, source)
    assert sorted(parsed) == ["LICENSE.md", "latin.md", "one.md", "two.md"]
    parsed.clear()
    read(cache, source)
    assert parsed == []
    (source / "one.md").write_text(digest_text(1), "utf-8")
    (source / "new.md").write_text(digest_text(5), "utf-8")
    assert [paper.id for paper in read(cache, source).papers] == [f"2409.0000{n}" for n in range(1, 6)]
    assert sorted(parsed) == ["new.md", "one.md"]


def test_a_change_that_keeps_size_and_time_is_seen(cache: Cache, source: Path) -> None:
    read(cache, source)
    file = source / "one.md"
    before = file.stat()
    file.write_text(file.read_text("utf-8").replace("T1", "T9"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert read(cache, source).papers[0].title == "T9"


def test_other_code_parses_again(cache: Cache, source: Path, parsed: list[str]) -> None:
    read(cache, source)
    parsed.clear()
    shelf = PaperCache(cache)
    shelf._version = "another"
    read_corpus([source], shelf)
    assert len(parsed) == 4


def test_papers_are_a_sequence(cache: Cache, source: Path) -> None:
    plain, found = read_corpus([source]).papers, read(cache, source).papers
    assert len(found) == len(plain) == 4
    assert [found[i] for i in range(-1, 4)] == [plain[i] for i in range(-1, 4)]
    assert list(found[1:3]) == list(plain[1:3])
    with pytest.raises(IndexError):
        found[4]


def test_entries_know_their_papers(cache: Cache, source: Path) -> None:
    corpus = read(cache, source)
    assert [SourceEntry.of(paper) for paper in corpus.papers] == list(corpus.entries)
