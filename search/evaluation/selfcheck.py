"""What an archive tells of its own search, for those who have no labelled queries.

`title-to-sections`: a paper's title is the query, and papers are ranked by their best section vector alone, with
no title in it. `sentence-to-siblings`: one sentence is the query, and the section that it comes from is left out.
Both judge the encoder only: the terms of a title or a sentence would give its own paper away. `glossary-ko` and
`glossary-en`: a phrase of that language is the query, the papers to be found write only the other language's phrase
for it, and the papers that write the query's own words are taken out of the ranking. Figures of one archive
compare systems on it; they are not those of questions that people ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, RowArray
from index.encoding.encoder import Encoder
from index.paper import Paper, split_sentences
from index.store.generation import Generation
from index.words.glossary import Entry, expansions
from index.words.lexical import terms
from search.engine import Engine
from search.evaluation.ablation import without
from search.evaluation.labelled import DEPTH, Comparison, Outcome, ranking_metrics
from search.query.bounds import POOL
from search.query.question import word_analysis

SAMPLE = 300
_SHORTEST = 20
_HANGUL = re.compile("[가-힣]")


@dataclass(frozen=True, slots=True)
class Planted:
    """A query made from one paper, the paper's row, and the section that it is to be found without."""

    query: str
    row: int
    left_out: int | None = None


class SectionRanking:
    """Ranks papers by their best section vector, titles left out."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._offsets = generation.layout.section_offsets
        self._vectors = generation.section_vectors(np.arange(generation.manifest.sections))

    def rows(self, vector: FloatArray, left_out: int | None = None) -> RowArray:
        """Return the rows of the best papers for a unit vector, as if one section did not exist."""
        similarities = self._vectors @ vector
        if left_out is not None:
            similarities[left_out] = -np.inf
        best = np.maximum.reduceat(similarities, self._offsets[:-1])
        return np.argsort(-best, kind="stable")[:DEPTH]


def check_itself(generation: Generation, encoder: Encoder, size: int, seed: int) -> list[Outcome | Comparison]:
    """Return the figures of each check on a sample of papers; a check that the archive has no case of is left out."""
    rows = np.random.default_rng(seed).permutation(generation.manifest.papers)
    papers = [(int(row), generation.paper(int(row))) for row in rows[: 4 * size]]
    titles = [Planted(paper.title, row) for row, paper in papers[:size]]
    sentences = list(_sentences(papers, generation, seed))[:size]
    ranking = SectionRanking(generation)
    found: list[Outcome | Comparison] = [
        _planted(name, queries, ranking, encoder)
        for name, queries in (("title-to-sections", titles), ("sentence-to-siblings", sentences))
        if queries
    ]
    chosen = _entries([paper for _, paper in papers[:size]], generation, seed)
    for language in ("ko", "en"):
        entries = [entry for entry in chosen if _language(entry) == language][:size]
        if entries:
            found.append(_glossary(f"glossary-{language}", entries, generation, encoder))
    return found


def _sentences(papers: Sequence[tuple[int, Paper]], generation: Generation, seed: int) -> Iterator[Planted]:
    """Yield one sentence of each paper that has several sections."""
    rng = np.random.default_rng(seed)
    for row, paper in papers:
        section = int(rng.integers(len(paper.sections)))
        text = paper.sections[section].text
        sentences = [text[s.start : s.end] for s in split_sentences(text) if s.end - s.start >= _SHORTEST]
        if len(paper.sections) > 1 and sentences:
            left_out = int(generation.layout.section_offsets[row]) + section
            yield Planted(sentences[int(rng.integers(len(sentences)))], row, left_out)


def _planted(name: str, queries: Sequence[Planted], ranking: SectionRanking, encoder: Encoder) -> Outcome:
    ranked = [ranking.rows(encoder.encode_query(one.query).vector, one.left_out) for one in queries]
    values = ranking_metrics([[str(row) for row in rows] for rows in ranked], [[str(one.row)] for one in queries])
    return Outcome(name, "self", values)


def _entries(papers: Sequence[Paper], generation: Generation, seed: int) -> list[Entry]:
    """Return glossary entries whose phrase some papers write alone, one of each language a paper, each once."""
    rng, analyze = np.random.default_rng(seed), word_analysis(generation)
    chosen: dict[tuple[str, ...], Entry] = {}
    for paper in papers:
        words = terms("\n".join(section.text for section in paper.sections), analyze)
        used = expansions(words, generation.glossary.many)
        found = [entry for entry in used if 0 < len(_only(entry, generation)) <= DEPTH]
        for language in ("ko", "en"):
            among = [entry for entry in found if _language(entry) == language]
            if among:
                entry = among[int(rng.integers(len(among)))]
                chosen.setdefault(entry.phrase, entry)
    return list(chosen.values())


def _language(entry: Entry) -> str:
    return "ko" if _HANGUL.search(" ".join(entry.phrase)) else "en"


def _writing(phrase: Sequence[str], generation: Generation) -> set[int]:
    """Return the rows of the papers that hold every term of a phrase."""
    postings = [generation.posting(term) for term in phrase]
    rows = [np.empty(0, np.int32) if posting is None else posting.rows for posting in postings]
    return {int(row) for row in reduce(np.intersect1d, rows)}


def _only(entry: Entry, generation: Generation) -> set[int]:
    """Return the rows of the papers that hold the other language's phrase and not the entry's own."""
    return _writing(entry.other, generation) - _writing(entry.phrase, generation)


def _glossary(name: str, entries: Sequence[Entry], generation: Generation, encoder: Encoder) -> Comparison:
    whole, plain = Engine(generation, encoder), Engine(generation, encoder, without("glossary"))
    first, other = (Outcome(name, "self", _found(entries, engine, generation)) for engine in (whole, plain))
    return Comparison("without glossary", first, other)


def _found(entries: Sequence[Entry], engine: Engine, generation: Generation) -> dict[str, npt.NDArray[np.float64]]:
    ranked, relevant = [], []
    for entry in entries:
        literal = _writing(entry.phrase, generation)
        query = " ".join(generation.spelling(term) for term in entry.phrase)
        rows = [generation.row_of(paper_id) for paper_id in engine.ranked_ids(query, POOL)]
        ranked.append([str(row) for row in rows if row not in literal][:DEPTH])
        relevant.append([str(row) for row in sorted(_only(entry, generation))])
    return ranking_metrics(ranked, relevant)
