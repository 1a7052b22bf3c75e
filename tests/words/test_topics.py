"""What papers are about, by the words they share."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from index.arrays import FloatArray
from index.words.lexical import terms as terms_of
from index.words.topics import PAPERS_PER_TOPIC, TOPICS, Topics, centred, topic_of, topics
from search.engine import Engine
from search.query.question import word_analysis

WORDS = ["검색", "문서", "색인", "그림", "화소", "필터", "2024"]
ARRAYS = st.lists(st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=3), min_size=1, max_size=8)


def two_subjects(each: int = 40) -> tuple[FloatArray, Topics]:
    """Return papers about search, then as many about pictures, and their topics."""
    random = np.random.default_rng(1)
    counts = np.zeros((2 * each, len(WORDS)), np.float32)
    counts[:each, :3] = random.integers(0, 5, (each, 3))
    counts[each:, 3:6] = random.integers(0, 5, (each, 3))
    counts[:, 6] = 1 + np.arange(2 * each) % 3
    counts[:each, 0] += 1
    counts[each:, 3] += 1
    return counts, topics(sparse.csr_matrix(counts), WORDS)


def test_papers_about_the_same_are_alike_and_others_are_not() -> None:
    _, found = two_subjects()
    alike = found.papers @ found.papers.T
    assert alike[:40, :40].mean() > 0.5
    assert alike[40:, 40:].mean() > 0.5
    assert alike[:40, 40:].mean() < 0


def test_the_number_of_topics_follows_the_size_of_the_archive() -> None:
    counts, found = two_subjects()
    wanted = min(TOPICS, len(counts) // PAPERS_PER_TOPIC, len(WORDS) - 1)
    assert found.papers.shape == (len(counts), wanted)
    assert found.terms.shape == (len(WORDS), wanted)
    assert found.mean.shape == (wanted,)


@pytest.mark.parametrize("papers", [1, 2])
def test_the_smallest_archives_have_a_topic(papers: int) -> None:
    found = topics(sparse.csr_matrix(np.ones((papers, 3), np.float32)), ["하나", "둘", "셋"])
    assert found.papers.shape == (papers, 1)
    assert np.isfinite(found.papers).all()


def test_topics_are_units_or_nothing() -> None:
    _, found = two_subjects()
    lengths = np.linalg.norm(found.papers, axis=1)
    assert lengths == pytest.approx(np.ones(len(lengths)), abs=1e-5)


def test_numbers_have_no_part_in_topics() -> None:
    _, found = two_subjects()
    assert not found.terms[WORDS.index("2024")].any()


def test_the_same_counts_give_the_same_topics() -> None:
    _, one = two_subjects()
    _, other = two_subjects()
    assert one.papers.tobytes() == other.papers.tobytes()


def test_a_text_gets_the_topics_of_a_paper_that_says_the_same() -> None:
    counts, found = two_subjects()
    holders = (counts > 0).sum(axis=0)
    idf = np.asarray(np.log((len(counts) + 1) / (holders + 0.5)), np.float32)
    for row in range(0, len(counts), 7):
        said = np.flatnonzero(counts[row, :6])
        vector = topic_of(counts[row, said], idf[said], found.terms[said], found.mean)
        assert float(vector @ found.papers[row]) == pytest.approx(1, abs=1e-4)


def test_the_topics_of_a_stored_paper_come_back_from_its_text(engine: Engine) -> None:
    generation = engine.generation
    analyze = word_analysis(generation)
    for row in range(0, generation.manifest.papers, 5):
        paper = generation.paper(row)
        words = terms_of(paper.title, analyze) * 3
        words += [term for section in paper.sections for term in terms_of(section.text, analyze)]
        vector = generation.topic_of({term: float(n) for term, n in Counter(words).items()})
        assert float(vector @ generation.topics.papers[row]) > 0.99


def test_a_text_of_unknown_words_has_no_topic(engine: Engine) -> None:
    assert not engine.generation.topic_of({"뷁궤": 1.0}).any()
    assert not engine.generation.topic_of({}).any()


@given(ARRAYS)
def test_centred_vectors_are_units_from_the_mean_or_nothing(values: list[list[float]]) -> None:
    vectors = np.array(values, np.float32)
    mean = vectors.mean(axis=0)
    moved = np.linalg.norm(vectors - mean, axis=1)
    lengths = np.linalg.norm(centred(vectors, mean), axis=1)
    assert lengths[moved > 1e-3] == pytest.approx(1, abs=1e-3)
    assert (lengths <= 1 + 1e-4).all()


def test_what_lies_on_the_mean_becomes_nothing() -> None:
    mean = np.array([1, 2, 3], np.float32)
    assert not centred(mean, mean).any()
