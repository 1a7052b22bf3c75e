"""The words and bracketed phrases of papers, as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.cache import counts as counting
from index.cache.counts import Counts, count_papers, read_counts, uncounted
from index.cache.database import Cache
from index.cache.papers import PaperCache
from index.cache.vocabulary import Vocabulary
from index.paper import Kind, Paper, Section
from index.sources.corpus import SourceEntry
from index.words.lexical import words_of

PAPERS = [
    Paper(
        "a", "Knowledge Distillation", "", None, None, (), (), (Section(Kind.OTHER, "h", "Large models (LLM) learn."),)
    ),
    Paper(
        "b",
        "3.5 models",
        "",
        None,
        None,
        (),
        (),
        (Section(Kind.OTHER, "h", ""), Section(Kind.OTHER, "h", "지식 증류 (distillation)")),
    ),
]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = Cache(tmp_path / "cache.sqlite")
    PaperCache(opened).add(PAPERS)
    yield opened
    opened.close()


DIGESTS = [SourceEntry.of(paper).digest for paper in PAPERS]


def counts(cache: Cache, digests: Sequence[bytes]) -> list[Counts]:
    return list(read_counts(cache, digests))


def test_every_word_of_every_text_is_counted_in_order(cache: Cache) -> None:
    vocabulary = Vocabulary(cache)
    count_papers(cache, vocabulary, DIGESTS)
    (found,) = counts(cache, DIGESTS[::-1])
    texts = [text for p in PAPERS[::-1] for text in (p.title, *(section.text for section in p.sections))]
    words = [[word for word, _ in words_of(text)] for text in texts]
    assert found.texts.tolist() == [3, 2]
    assert found.sizes.tolist() == list(map(len, words))
    assert vocabulary.texts(found.words) == [word for some in words for word in some]


def test_bracketed_phrases_are_pairs_of_the_english_one_and_what_stands_before(cache: Cache) -> None:
    vocabulary = Vocabulary(cache)
    count_papers(cache, vocabulary, DIGESTS)
    (found,) = counts(cache, DIGESTS)
    assert [vocabulary.texts(pair) for pair in found.phrases] == [["distil", "지식 증류"]]


def test_a_paper_is_counted_once(cache: Cache) -> None:
    vocabulary = Vocabulary(cache)
    count_papers(cache, vocabulary, DIGESTS[:1])
    assert uncounted(cache, vocabulary, DIGESTS) == DIGESTS[1:]
    count_papers(cache, vocabulary, DIGESTS)
    assert uncounted(cache, vocabulary, DIGESTS) == []


def test_another_analysis_counts_again(cache: Cache) -> None:
    vocabulary = Vocabulary(cache)
    count_papers(cache, vocabulary, DIGESTS)
    vocabulary.version = "another"
    assert uncounted(cache, vocabulary, DIGESTS) == DIGESTS


def test_counting_stops_when_it_is_told_to(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_AT_ONCE", 1)
    answers = iter([True, False])
    vocabulary = Vocabulary(cache)
    count_papers(cache, vocabulary, DIGESTS, lambda: next(answers))
    assert uncounted(cache, vocabulary, DIGESTS) == DIGESTS[1:]


def test_counts_come_in_blocks(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_BLOCK", 1)
    count_papers(cache, Vocabulary(cache), DIGESTS)
    assert [found.texts.tolist() for found in counts(cache, DIGESTS)] == [[2], [3]]
    assert counts(cache, []) == []
