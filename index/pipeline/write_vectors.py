"""The files of a generation that hold vectors, written without ever holding all vectors in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, normalized, offsets_of, runs
from index.cache.database import Cache
from index.cache.paper_facts import PaperFacts
from index.pipeline.disk_arrays import DiskArray, saved, scratch
from index.store import manifest as m
from index.store.layout import TITLE_SHARE
from index.store.vectors import VectorWriter
from index.words.agreement import nearness, sample
from index.words.languages import LanguageMeans, Languages

Columns = dict[str, npt.NDArray[Any]]

_PAPERS = 1024
_ROWS = 8192
_BATCHES = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    """Vectors as the encoder gave them, with the languages of their texts, and the codes of sentences."""

    titles: DiskArray
    sections: DiskArray
    codes: DiskArray
    facts: PaperFacts
    sentence_offsets: npt.NDArray[np.int64]


def write_vectors(folder: Path, facts: PaperFacts, cache: Cache, dimensions: int) -> Columns:
    """Write the vector index, the title vectors and the sentence codes.

    Returns the columns of the layout; its `agreement` is only how near each title is to its own sections yet.
    """
    papers, sections, sentences = len(facts.dates), len(facts.section_kinds), offsets_of(facts.sentences)
    with ExitStack() as files:
        raw = _Raw(
            files.enter_context(scratch(folder, np.float16, (papers, dimensions))),
            files.enter_context(scratch(folder, np.float16, (sections, dimensions))),
            files.enter_context(saved(folder / m.SENTENCES, np.int8, (int(sentences[-1]), dimensions))),
            facts,
            sentences,
        )
        _fill(raw, cache)
        columns = _described(facts) | {"sentence_offsets": sentences} | _means(raw)
        columns["sentence_scales"], columns["sentence_means"] = _sentences(raw)
        centred = files.enter_context(saved(folder / m.TITLES, np.float16, (papers, dimensions)))
        columns["agreement"] = _write_centred(folder, raw, columns, centred)
    return columns


def _described(facts: PaperFacts) -> Columns:
    names = ("section_offsets", "section_kinds", "section_languages", "title_languages", "dates", "votes")
    return {name: getattr(facts, name) for name in names}


def _fill(raw: _Raw, cache: Cache) -> None:
    """Put every vector of the cache in its row, in the order in which the cache holds them."""
    facts = raw.facts
    is_title = np.zeros(len(facts.keys), np.bool_)
    is_title[facts.section_offsets[:-1] + np.arange(len(facts.dates))] = True
    row = np.where(is_title, np.cumsum(is_title), np.cumsum(~is_title)) - 1
    for number, (passages, vectors, codes) in enumerate(cache.vectors(cache.places(facts.keys))):
        titles = is_title[passages]
        raw.titles.rows[row[passages[titles]]] = vectors[titles]
        sections = row[passages[~titles]]
        raw.sections.rows[sections] = vectors[~titles]
        raw.codes.rows[runs(raw.sentence_offsets[sections], facts.sentences[sections])] = codes
        if number % _BATCHES == 0:
            _release(raw)
    _release(raw)


def _release(raw: _Raw) -> None:
    for array in (raw.titles, raw.sections, raw.codes):
        array.release()


def _blocks(rows: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def _means(raw: _Raw) -> Columns:
    titles = _mean(raw.titles, raw.facts.title_languages)
    return {"title_means": titles, "section_means": _mean(raw.sections, raw.facts.section_languages)}


def _mean(array: DiskArray, languages: Languages) -> FloatArray:
    found = LanguageMeans(array.rows.shape[1])
    for block in _blocks(len(array.rows), _ROWS):
        found.add(array.rows[block].astype(np.float32), languages[block])
        array.release()
    return found.means()


def _sentences(raw: _Raw) -> tuple[FloatArray, FloatArray]:
    """Return what makes unit vectors of the sentences' codes, (sentences,), and the means of their languages."""
    codes, languages = raw.codes.rows, np.repeat(raw.facts.section_languages, raw.facts.sentences)
    scales, means = np.zeros(len(codes), np.float32), LanguageMeans(codes.shape[1])
    for block in _blocks(len(codes), _ROWS):
        vectors = codes[block].astype(np.float32)
        scales[block] = 1 / np.maximum(np.linalg.norm(vectors, axis=1), 1)
        means.add(vectors * scales[block, None], languages[block])
        raw.codes.release()
    return scales, means.means()


def _write_centred(folder: Path, raw: _Raw, columns: Columns, centred: DiskArray) -> FloatArray:
    """Write titles and sections as they lie from the means of their languages.

    Returns how near each title is to its own sections, shape (papers,).
    """
    facts = raw.facts
    writer = VectorWriter(centred.rows.shape[1])
    others = normalized(_summaries(raw, columns, sample(len(facts.dates))))
    near = []
    for block in _blocks(len(facts.dates), _PAPERS):
        offsets = facts.section_offsets[block.start : block.stop + 1]
        titles = _from_mean(raw.titles, block, facts.title_languages, columns["title_means"])
        rows = slice(offsets[0], offsets[-1])
        sections = _from_mean(raw.sections, rows, facts.section_languages, columns["section_means"])
        writer.add(sections + np.float32(TITLE_SHARE) * np.repeat(titles, np.diff(offsets), axis=0))
        centred.rows[block] = titles.astype(np.float16)
        summaries = np.add.reduceat(sections, offsets[:-1] - offsets[0], axis=0)
        near.append(nearness(normalized(titles), normalized(summaries), others))
        _release(raw)
        centred.release()
    writer.write(folder / m.SECTIONS)
    return np.concatenate(near)


def _summaries(raw: _Raw, columns: Columns, papers: npt.NDArray[np.int64]) -> FloatArray:
    """Return the sums of some papers' centred sections, shape (len(papers), dimensions)."""
    offsets = raw.facts.section_offsets
    sizes = np.diff(offsets)[papers]
    rows = runs(offsets[papers], sizes)
    sections = _from_mean(raw.sections, rows, raw.facts.section_languages, columns["section_means"])
    found: FloatArray = np.add.reduceat(sections, offsets_of(sizes)[:-1], axis=0)
    return found


def _from_mean(array: DiskArray, rows: Any, languages: Languages, means: npt.NDArray[Any]) -> FloatArray:
    found: FloatArray = array.rows[rows].astype(np.float32) - means[languages[rows]]
    return found
