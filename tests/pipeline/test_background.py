"""How well a store answers questions that are on its subject."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from index.arrays import FloatArray
from index.encoding.encoder import Encoder, Passage
from index.paper import SAMPLE, Kind, Paper, Section, sample_of
from index.pipeline.background import LEAST_SAMPLE, QUANTILE, STRANGERS, Measured, background, said_in
from index.store.layout import Layout
from index.store.manifest import PAPERS, SECTIONS, SENTENCES, Background
from index.store.stored_rows import StoredRows
from index.store.vectors import VectorIndex, VectorWriter
from index.words.languages import language_of
from search.engine import Engine
from tests.support.fakes import LetterEncoder

SUBJECTS = ("검색 색인", "그림 화소", "music notes")


def paper(number: int, title: str) -> Paper:
    texts = (f"{title} 첫째 {number}. Second sentence {number}.", f"{title} 결과 {number}.")
    sections = tuple(Section(Kind.SUMMARY, "Summary", text) for text in texts)
    return Paper(f"p{number}", title, "", None, None, (), (), sections)


def measured(papers: Sequence[Paper], folder: Path) -> tuple[Background, list[str], VectorIndex]:
    """Return the figures of some papers, the questions that were asked, and the index."""
    encoder = LetterEncoder()
    asked: list[str] = []
    writer = VectorWriter(encoder.fingerprint.dimensions)
    for one in papers:
        found = dict(encoder.encode_passages([Passage(section.text) for section in one.sections]))
        writer.add(np.stack([found[i].section for i in range(len(one.sections))]))
    writer.write(folder / "some.faiss")
    index = VectorIndex(folder / "some.faiss")
    layout = uncentred([len(one.sections) for one in papers], index.dimensions)
    np.save(folder / "sentences.npy", np.zeros((index.rows, index.dimensions), np.int8))
    store = Measured(layout, index, StoredRows(folder / "sentences.npy"))

    def encode(text: str) -> FloatArray:
        asked.append(text)
        return encoder.encode_query(text).vector

    sample = sample_of([one.id for one in papers])
    return background(papers, sample, store, encode, nothing_said), asked, index


def nothing_said(text: str, rows: Sequence[int]) -> float:
    return 0.0


def uncentred(sections: Sequence[int], dimensions: int) -> Layout:
    """Return the layout of papers with so many sections each, all of one language whose mean is 0."""
    count, total = len(sections), sum(sections)
    means = np.zeros((2, dimensions), np.float32)
    return Layout(
        section_offsets=np.cumsum([0, *sections]),
        section_kinds=np.zeros(total, np.uint8),
        sentence_offsets=np.arange(total + 1),
        sentence_scales=np.ones(total, np.float32),
        dates=np.zeros(count, np.int32),
        votes=np.zeros(count, np.int64),
        section_languages=np.zeros(total, np.uint8),
        title_languages=np.zeros(count, np.uint8),
        section_means=means,
        title_means=means,
        sentence_means=means,
        agreement=np.ones(count, np.float32),
        section_papers=np.repeat(np.arange(count), sections),
    )


def test_a_store_is_asked_its_own_titles_and_sentences(tmp_path: Path) -> None:
    papers = [paper(number, SUBJECTS[number % 3]) for number in range(30)]
    _, asked, _ = measured(papers, tmp_path)
    texts = {section.text for one in papers for section in one.sections}
    assert asked[::2] == [one.title for one in papers]
    assert all(any(sentence in text for text in texts) for sentence in asked[1::2])


def test_few_of_the_questions_on_the_subject_stay_below_the_figure(tmp_path: Path) -> None:
    papers = [paper(number, SUBJECTS[number % 3]) for number in range(60)]
    found, asked, index = measured(papers, tmp_path)
    encoder = LetterEncoder()
    assert set(found.evidence) == set(found.strangers) == {"ko", "other"}
    for language, least in found.evidence.items():
        scores = [
            float(index.search(encoder.encode_query(text).vector, 1)[0][0])
            for text in asked
            if language_of(text) == language
        ]
        assert np.mean(np.array(scores) >= least) >= 1 - QUANTILE


def test_a_paper_does_not_answer_for_itself(tmp_path: Path) -> None:
    papers = [paper(number, f"{chr(ord('가') + 700 * number)}{number} 논문") for number in range(12)]
    found, asked, index = measured(papers, tmp_path)
    encoder, stored = LetterEncoder(), index.vectors(np.arange(index.rows))
    reached, own_best = [], 0
    for place, text in enumerate(asked):
        scores = stored @ encoder.encode_query(text).vector
        own = slice(2 * (place // 2), 2 * (place // 2) + 2)
        best = float(scores.max())
        scores[own] = -1
        reached.append(float(scores.max()))
        own_best += reached[-1] < best
    assert own_best > len(asked) / 2
    korean = [score for score, text in zip(reached, asked, strict=True) if language_of(text) == "ko"]
    assert found.evidence["ko"] == pytest.approx(np.quantile(korean, QUANTILE), abs=1e-3)


def test_a_language_that_few_questions_are_in_has_no_figure(tmp_path: Path) -> None:
    assert measured([paper(number, "검색") for number in range(LEAST_SAMPLE // 4)], tmp_path)[0] == Background({}, {})


def test_a_large_archive_is_sampled_over_its_whole_length() -> None:
    found = sample_of([f"2401.{number:05}" for number in range(50 * SAMPLE)])
    assert len(set(found)) == SAMPLE
    assert found == sorted(found)
    tenths = np.bincount(np.array(found) * 10 // (50 * SAMPLE), minlength=10)
    assert tenths.min() >= SAMPLE / 25


def test_papers_that_are_added_change_few_of_the_questions() -> None:
    ids = [f"2401.{number:05}" for number in range(50 * SAMPLE)]
    added = [f"2402.{number:05}" for number in range(SAMPLE)]
    before, after = ({some[row] for row in sample_of(some)} for some in (ids, [*added, *ids]))
    assert len(before & after) >= 0.9 * SAMPLE


def test_a_question_on_the_subject_of_a_store_reaches_its_figures(engine: Engine, encoder: Encoder) -> None:
    generation = engine.generation
    found = generation.manifest.background
    assert set(found.evidence) == {"ko", "other"}
    for text in ("지식 증류", "image generation by removing noise"):
        assert 0 < found.strangers[language_of(text)] < found.evidence[language_of(text)]
        assert engine.search(text).confident


def test_the_figures_are_the_same_each_time(engine: Engine, encoder: Encoder) -> None:
    generation = engine.generation
    papers = [generation.paper(row) for row in range(generation.manifest.papers)]
    sample = sample_of([one.id for one in papers])
    store = Measured(
        generation.layout, VectorIndex(generation.folder / SECTIONS), StoredRows(generation.folder / SENTENCES)
    )
    with closing(sqlite3.connect(generation.folder / PAPERS)) as database:
        again = background(papers, sample, store, lambda text: encoder.encode_query(text).vector, said_in(database))
    assert again == generation.manifest.background


def test_nearly_no_sentence_of_another_paper_is_as_near_as_strangers_come(engine: Engine, encoder: Encoder) -> None:
    generation, layout = engine.generation, engine.generation.layout
    vector = encoder.encode_query("how plants turn light into sugar").vector
    near = np.concatenate(
        [
            (generation.sentence_vectors(section) - layout.sentence_means[layout.section_languages[section]]) @ vector
            for section in range(generation.manifest.sections)
        ]
    )
    assert np.mean(near > generation.manifest.background.strangers["other"]) < 2 * (1 - STRANGERS)
