"""The data files of a generation, written into a draft's folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import generation as g
from index import manifest as m
from index.agreement import WORDS_SHARE, nearness, said
from index.associations import associations
from index.bm25 import postings
from index.cache import Codes
from index.glossary import Phrase
from index.languages import language_means, languages_of
from index.lexicon import Lexicon, WordTable
from index.names import names
from index.paper import Paper, name_words
from index.pooling import normalized
from index.topics import topics
from index.vectors import FloatArray, VectorWriter


@dataclass(frozen=True, slots=True)
class PaperVectors:
    """One paper's title vector, its section vectors, and the sentence codes of each section."""

    title: FloatArray
    sections: Sequence[FloatArray]
    sentences: Sequence[Codes]


def write_papers(folder: Path, papers: Sequence[Paper], words: WordTable) -> FloatArray:
    """Write texts, postings, glossary, topics, labels and the word table.

    Returns how much of each paper's title its sections say, shape (papers,).
    """
    lexicon = Lexicon(words)
    for paper in papers:
        lexicon.add(paper)
    database = sqlite3.connect(folder / m.PAPERS)
    try:
        database.executescript(g.SCHEMA)
        bodies = ((row, p.id, json.dumps(p.as_dict(), ensure_ascii=False)) for row, p in enumerate(papers))
        database.executemany("INSERT INTO papers VALUES (?, ?, ?)", bodies)
        terms, glossary = _term_rows(lexicon), list(_glossary_rows(lexicon))
        database.executemany("INSERT INTO terms VALUES (?, ?, ?, ?, ?, ?)", terms)
        database.executemany("INSERT INTO glossary VALUES (?, ?, ?, ?)", glossary)
        _write_topics(folder, lexicon)
        database.executemany("INSERT INTO labels VALUES (?, ?)", _label_rows(papers))
        database.executemany("INSERT INTO names VALUES (?, ?)", _name_rows(papers))
        database.executemany("INSERT INTO words VALUES (?, ?)", _word_rows(words))
        database.executemany("INSERT INTO pieces VALUES (?, ?, ?)", lexicon.pieces())
        database.commit()
        database.execute("PRAGMA optimize")
    finally:
        database.close()
    entries: dict[str, list[Phrase]] = {}
    for entry in lexicon.phrases.entries():
        entries.setdefault(" ".join(entry.phrase), []).append(entry.other)
    return said(lexicon.titles(), lexicon.bodies(), {term: idf for term, _, _, idf, _, _ in terms}, entries)


def _term_rows(lexicon: Lexicon) -> list[tuple[str, int, str, float, bytes, bytes]]:
    found = enumerate(zip(lexicon.terms(), postings(lexicon.papers()), strict=True))
    rows = ((t, i, lexicon.spelling(i), p.idf, p.rows.tobytes(), p.weights.tobytes()) for i, (t, p) in found)
    return sorted(rows)


def _write_topics(folder: Path, lexicon: Lexicon) -> None:
    found = topics(lexicon.papers(), lexicon.terms())
    np.savez(
        folder / m.TOPICS,
        papers=found.papers.astype(np.float16),
        terms=found.terms.astype(np.float16),
        mean=found.mean,
    )


def _glossary_rows(lexicon: Lexicon) -> Iterator[tuple[str, str, float, int]]:
    """Yield the phrases found in brackets, then the words that go together and are not among them."""
    bracketed = set()
    for entry in lexicon.phrases.entries():
        phrase, other = " ".join(entry.phrase), " ".join(entry.other)
        bracketed.add((phrase, other))
        yield phrase, other, entry.weight, entry.together
    for found in associations(lexicon.sections(), lexicon.terms(), lexicon.owners()):
        if (found.term, found.other) not in bracketed:
            yield found.term, found.other, found.weight, found.together


def labels(paper: Paper) -> set[str]:
    """Return the labels by which filters find a paper: words of its authors' names, and its fields."""
    names = {f"author:{word}" for author in paper.authors for word in name_words(author)}
    return names | {f"field:{field.casefold()}" for field in paper.fields}


def _label_rows(papers: Sequence[Paper]) -> Iterator[tuple[str, bytes]]:
    found: dict[str, list[int]] = {}
    for row, paper in enumerate(papers):
        for label in labels(paper):
            found.setdefault(label, []).append(row)
    return ((label, np.array(rows, np.int32).tobytes()) for label, rows in sorted(found.items()))


def _name_rows(papers: Sequence[Paper]) -> Iterator[tuple[str, int]]:
    return ((name, row) for row, paper in enumerate(papers) for name in sorted(names(paper.title)))


def _word_rows(words: WordTable) -> Iterator[tuple[str, str]]:
    return ((word, g.morphemes_to_json(morphemes)) for word, morphemes in sorted(words.items()))


def all_texts(papers: Iterable[Paper]) -> Iterator[str]:
    """Yield every title and section text."""
    for paper in papers:
        yield paper.title
        for section in paper.sections:
            yield section.text


def write_vectors(
    folder: Path, vectors: Iterable[PaperVectors], papers: Sequence[Paper], words_said: FloatArray
) -> None:
    """Write the vector index, the title and sentence vectors, and the layout that ties rows to papers.

    `words_said` is how much of each title its paper says, as `write_papers` returns it.
    """
    titles: list[FloatArray] = []
    sections: list[FloatArray] = []
    codes: list[Codes] = []
    for paper in vectors:
        titles.append(paper.title)
        sections.extend(paper.sections)
        codes.extend(paper.sentences)
    columns = _columns(papers) | {
        "sentence_offsets": np.cumsum([0, *map(len, codes)], dtype=np.int64),
        "sentence_scales": np.concatenate([_scales(c) for c in codes]),
    }
    near = _write_centred(folder, np.stack(titles), np.stack(sections), papers, columns)
    np.save(folder / m.SENTENCES, np.concatenate(codes))
    units = np.concatenate(codes).astype(np.float32) * columns["sentence_scales"][:, None]
    counts = np.diff(columns["sentence_offsets"])
    columns["sentence_means"] = language_means(units, np.repeat(columns["section_languages"], counts))
    columns["agreement"] = near + np.float32(WORDS_SHARE) * words_said
    np.savez(folder / m.LAYOUT, allow_pickle=False, **columns)


def _write_centred(
    folder: Path,
    titles: FloatArray,
    sections: FloatArray,
    papers: Sequence[Paper],
    columns: dict[str, npt.NDArray[Any]],
) -> FloatArray:
    """Write titles and sections as they lie from the means of their languages, and note these in the columns.

    Returns how near each title is to its own sections, shape (papers,).
    """
    title_languages = columns["title_languages"] = languages_of(paper.title for paper in papers)
    columns["section_languages"] = languages_of(section.text for paper in papers for section in paper.sections)
    columns["title_means"] = language_means(titles, title_languages)
    columns["section_means"] = language_means(sections, columns["section_languages"])
    titles = titles - columns["title_means"][title_languages]
    sections = sections - columns["section_means"][columns["section_languages"]]
    sizes = np.diff(columns["section_offsets"])
    writer = VectorWriter(titles.shape[1])
    writer.add(sections + np.float32(g.TITLE_SHARE) * np.repeat(titles, sizes, axis=0))
    writer.write(folder / m.SECTIONS)
    np.save(folder / m.TITLES, titles.astype(np.float16))
    summaries: FloatArray = np.add.reduceat(sections, columns["section_offsets"][:-1], axis=0)
    return nearness(normalized(titles), normalized(summaries))


def _scales(codes: Codes) -> FloatArray:
    """Return what makes unit vectors of codes, shape (sentences,)."""
    lengths = np.linalg.norm(codes.astype(np.float32), axis=1)
    scales: FloatArray = np.asarray(1 / np.maximum(lengths, 1), np.float32)
    return scales


def _columns(papers: Sequence[Paper]) -> dict[str, npt.NDArray[Any]]:
    kinds = [g.KINDS.index(section.kind) for paper in papers for section in paper.sections]
    return {
        "section_offsets": np.cumsum([0, *(len(p.sections) for p in papers)], dtype=np.int64),
        "section_kinds": np.array(kinds, np.uint8),
        "dates": np.array([int((p.date or "0").replace("-", "")) for p in papers], np.int32),
        "votes": np.array([g.NO_VOTES if p.votes is None else p.votes for p in papers], np.int64),
    }
