"""One open generation and one encoder: questions in, answers out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import bm25
from index.encoder import Encoder, Runtime, load_encoder
from index.errors import EncoderMismatch, QueryError
from index.generation import KINDS, Generation
from index.lexical import terms, tokenize
from index.paper import Paper, split_sentences
from search.answers import Answer, Filters, Result, SectionMatch
from search.filters import paper_mask, section_mask
from search.highlights import Evidence, highlights, sentence_weights
from search.queries import Question, also_searched, question, term_weights, word_analysis
from search.ranking import (
    CANDIDATES,
    GLOSSARY_SHARE,
    POOL,
    SHARES,
    Ranked,
    best,
    best_per_paper,
    fuse,
    pool,
)
from search.similar import neighbours

MAX_RESULTS = 100
MAX_OFFSET = POOL - MAX_RESULTS
_SECTIONS_PER_PAPER = 4


@dataclass(frozen=True, slots=True)
class Stats:
    """What a store holds and how it was made."""

    generation: str
    created: str
    papers: int
    sections: int
    sentences: int
    first_date: str | None
    last_date: str | None
    bytes: int
    encoder: Mapping[str, Any]


class Engine:
    """Answers questions from one generation of a store; safe to share between threads."""

    def __init__(self, generation: Generation, encoder: Encoder) -> None:
        check_encoder(generation, encoder)
        self.generation = generation
        self._encoder = encoder
        self._analyze = word_analysis(generation)

    @classmethod
    def open(cls, store: Path | str, encoder: Encoder | None = None) -> Engine:
        """Open a store with the encoder it was built with; StoreError or ModelError say what to run."""
        generation = Generation.open(Path(store))
        return cls(generation, encoder or encoder_of(generation))

    def search(self, query: str, k: int = 10, offset: int = 0, filters: Filters | None = None) -> Answer:
        """Return the papers that answer a query in Korean or English; QueryError where it cannot be answered."""
        started = time.perf_counter()
        check_page(k, offset)
        if not query.strip():
            raise QueryError("the query is empty; write a few words")
        chosen = filters or Filters()
        encoded = self._encoder.encode_query(query)
        asked = question(query, encoded.vector, self.generation, self._analyze)
        ranked = self._rank(asked, chosen)
        results = self._results(ranked, offset, k, asked, chosen)
        warnings = (
            (f"the query is longer than the model reads: only its first {encoded.tokens} tokens were used for meaning",)
            if encoded.truncated
            else ()
        )
        also = also_searched(asked, self.generation)
        return Answer(query, results, self.generation.name, elapsed_ms(started), also, warnings)

    def similar(self, paper_id: str, k: int = 10, offset: int = 0, filters: Filters | None = None) -> Answer:
        """Return the papers most like one of the store; UnknownPaper where it has no such id."""
        started = time.perf_counter()
        check_page(k, offset)
        chosen = filters or Filters()
        row = self.generation.row_of(paper_id)
        asked = self._question_of(row)
        ranked = neighbours(row, asked.counts(), self.generation, paper_mask(chosen, self.generation))
        results = self._results(ranked, offset, k, asked, chosen)
        return Answer(paper_id, results, self.generation.name, elapsed_ms(started))

    def ranked_ids(self, query: str, k: int) -> list[str]:
        """Return the ids of the k best papers, without their sections."""
        asked = question(query, self._encoder.encode_query(query).vector, self.generation, self._analyze)
        return self._ids(self._rank(asked, Filters()), k)

    def similar_ids(self, paper_id: str, k: int) -> list[str]:
        """Return the ids of the k papers most like one, without their sections."""
        row = self.generation.row_of(paper_id)
        return self._ids(neighbours(row, self._question_of(row).counts(), self.generation, None), k)

    def matches(self, query: str, paper_id: str) -> tuple[SectionMatch, ...]:
        """Return one paper's sections with what matches a query in them, best first."""
        asked = question(query, self._encoder.encode_query(query).vector, self.generation, self._analyze)
        weights = term_weights(asked, self.generation)
        return self._matches(self.generation.row_of(paper_id), asked, weights, Filters())

    def _ids(self, ranked: Ranked, k: int) -> list[str]:
        return [self.generation.paper(int(row)).id for row in ranked.rows[:k]]

    def paper(self, paper_id: str) -> Paper:
        """Return one paper; UnknownPaper where the store has no such id."""
        return self.generation.paper(self.generation.row_of(paper_id))

    def stats(self) -> Stats:
        """Return what the store holds."""
        manifest, dates = self.generation.manifest, self.generation.layout.dates
        known = dates[dates > 0]
        return Stats(
            generation=manifest.name,
            created=manifest.created,
            papers=manifest.papers,
            sections=manifest.sections,
            sentences=manifest.sentences,
            first_date=iso_day(int(known.min())) if len(known) else None,
            last_date=iso_day(int(known.max())) if len(known) else None,
            bytes=sum(int(file["bytes"]) for file in manifest.files.values()),
            encoder=manifest.encoder,
        )

    def _rank(self, asked: Question, filters: Filters) -> Ranked:
        generation, count = self.generation, self.generation.manifest.papers
        papers = paper_mask(filters, generation)
        sections = section_mask(filters, papers, generation)
        scores, found = generation.index.search(asked.vector, _SECTIONS_PER_PAPER * CANDIDATES, sections)
        dense = best_per_paper(scores, generation.layout.section_papers[found], CANDIDATES)
        written = bm25.score(asked.counts(), generation.posting, count)
        added = bm25.score(asked.added(), generation.posting, count)
        rows = pool(dense, best(written + np.float32(GLOSSARY_SHARE) * added, CANDIDATES, papers), POOL)
        features = {
            "sentence": generation.best_sentences(rows, asked.vector),
            "title": generation.title_vectors(rows) @ asked.vector,
            "terms": written[rows],
            "glossary": added[rows],
        }
        return fuse(rows, features, SHARES)

    def _question_of(self, row: int) -> Question:
        paper = self.generation.paper(row)
        text = "\n".join([paper.title, *(section.text for section in paper.sections)])
        vector = self.generation.title_vectors(np.array([row]))[0]
        return Question(vector, tuple(terms(text, self._analyze)), ())

    def _results(self, ranked: Ranked, offset: int, k: int, asked: Question, filters: Filters) -> tuple[Result, ...]:
        weights = term_weights(asked, self.generation)
        places = range(offset, min(offset + k, len(ranked.rows)))
        return tuple(self._result(ranked, place, asked, weights, filters) for place in places)

    def _result(
        self, ranked: Ranked, place: int, asked: Question, weights: Mapping[str, float], filters: Filters
    ) -> Result:
        row = int(ranked.rows[place])
        return Result(
            paper=replace(self.generation.paper(row), sections=()),
            score=float(ranked.scores[place]),
            parts={name: float(part[place]) for name, part in ranked.parts.items()},
            sections=self._matches(row, asked, weights, filters),
        )

    def _matches(
        self, row: int, asked: Question, weights: Mapping[str, float], filters: Filters
    ) -> tuple[SectionMatch, ...]:
        """Return a paper's sections, the one with the best sentence first."""
        first, end = self.generation.layout.section_offsets[row : row + 2]
        wanted = [
            (int(i), self.generation.paper(row).sections[i - first])
            for i in range(first, end)
            if filters.section is None or KINDS[self.generation.layout.section_kinds[i]] == filters.section
        ]
        evidence = [self._evidence(i, section.text, asked.vector) for i, section in wanted]
        found = zip(wanted, evidence, sentence_weights(evidence, weights), strict=True)
        matches = [
            SectionMatch(s.kind, s.heading, s.text, round(float(w.max(initial=0.0)), 4), highlights(e, w, weights))
            for (_, s), e, w in found
        ]
        return tuple(sorted(matches, key=lambda match: -match.score))

    def _evidence(self, section: int, text: str, vector: npt.NDArray[np.float32]) -> Evidence:
        similarities = self.generation.sentence_vectors(section) @ vector
        return Evidence(split_sentences(text), similarities, tokenize(text, self._analyze))


def encoder_of(generation: Generation) -> Encoder:
    """Load the encoder that a generation was built with."""
    recorded = generation.manifest.encoder
    runtime: Runtime = "torch" if str(recorded["runtime"]).startswith("torch") else "onnx"
    return load_encoder(str(recorded["model"]), runtime)


def check_encoder(generation: Generation, encoder: Encoder) -> None:
    """Raise EncoderMismatch where a generation was not built with this encoder."""
    recorded, present = dict(generation.manifest.encoder), asdict(encoder.fingerprint)
    different = sorted(key for key in recorded.keys() | present.keys() if recorded.get(key) != present.get(key))
    if different:
        key = different[0]
        raise EncoderMismatch(
            f"{generation.folder}: built with another encoder ({key}: {recorded.get(key)!r}, at hand: "
            f"{present.get(key)!r}); rebuild with: nonmun index"
        )


def check_page(k: int, offset: int) -> None:
    """Raise QueryError where a page lies outside what is answered."""
    if not 1 <= k <= MAX_RESULTS:
        raise QueryError(f"k is {k}; it must be between 1 and {MAX_RESULTS}")
    if not 0 <= offset <= MAX_OFFSET:
        raise QueryError(f"offset is {offset}; it must be between 0 and {MAX_OFFSET}")


def iso_day(number: int) -> str:
    """Return yyyymmdd as an ISO 8601 date."""
    return f"{number // 10000:04d}-{number // 100 % 100:02d}-{number % 100:02d}"


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 3)
