"""One open generation and one encoder: questions in, answers out."""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoding.encoder import Encoder, Passage, QueryVector, Runtime
from index.encoding.models import load_encoder
from index.encoding.pooling import normalized
from index.errors import EncoderMismatch, ModelError, NonmunError, QueryError
from index.paper import Kind, Paper
from index.store.generation import Generation
from index.words import bm25
from index.words.lexical import terms
from search.answers import Answer, Filters, SectionMatch, Sort
from search.browse.stats import Stats, stats
from search.query.exact import Parsed, Pinned, Restriction, pinned, restrict
from search.query.filters import both, paper_mask, where
from search.query.question import Question, also_searched, question, word_analysis
from search.query.reading import read
from search.ranking.fusion import POOL, RECENCY_SHARE, RECIPE, Ranked, Recipe, recency, resorted, with_part
from search.ranking.hybrid import find, is_confident
from search.ranking.occurrences import remembered_parts
from search.ranking.results import Presenter
from search.ranking.similar import Example, combined, neighbours, paper_example, text_example
from search.stages import begin

MAX_RESULTS = 100
MAX_OFFSET = POOL - MAX_RESULTS
MAX_EXAMPLES = 50


class Engine:
    """Answers questions from one generation of a store; safe to share between threads.

    Without an encoder it ranks by words alone, and its answers say that they are degraded.
    """

    def __init__(self, generation: Generation, encoder: Encoder | None, recipe: Recipe = RECIPE) -> None:
        if encoder is not None:
            check_encoder(generation, encoder)
        self.generation = generation
        self._encoder = encoder
        self._recipe = recipe
        self._analyze = word_analysis(generation)
        self._parts = remembered_parts(self._analyze)

    @classmethod
    def open(cls, store: Path | str, encoder: Encoder | None = None) -> Engine:
        """Open a store with the encoder it was built with; StoreError or ModelError say what to run."""
        generation = Generation.open(store)
        try:
            return cls(generation, encoder or encoder_of(generation))
        except Exception:
            generation.close()
            raise

    @property
    def degraded(self) -> bool:
        """Whether there is no encoder."""
        return self._encoder is None

    def search(
        self,
        query: str,
        k: int = 10,
        offset: int = 0,
        filters: Filters | None = None,
        *,
        sort: Sort = "relevance",
        half_life: float | None = None,
    ) -> Answer:
        """Return the papers that answer a query in Korean or English; QueryError where it cannot be answered.

        `sort` orders the most relevant papers by date or votes; with a half-life, in days, newer papers gain.
        """
        started = time.perf_counter()
        check_page(k, offset)
        check_half_life(half_life)
        if not query.strip():
            raise QueryError("the query is empty; write a few words")
        chosen = filters or Filters()
        reading = read(query, self.generation, self._analyze)
        limits = restrict(reading.parsed, self.generation, self._analyze)
        papers = both(paper_mask(chosen, self.generation), limits.papers)
        pins = pinned(reading.parsed, self.generation, papers)
        asked, warnings = self._asked(reading.parsed.text)
        found = find(asked, self.generation, self._recipe, papers, chosen.section, pins, where(chosen, chosen.section))
        ranked = self._ordered(found.ranked, sort, half_life)
        begin("highlight")
        return Answer(
            query,
            self._presenter(asked, chosen.section).page(ranked, offset, k),
            self.generation.name,
            elapsed_ms(started),
            names_its_papers(reading.parsed, limits, pins) or is_confident(asked, found, self.generation),
            also_searched(asked, self.generation),
            (*reading.warnings, *limits.warnings, *pins.warnings, *warnings),
            self.degraded,
        )

    def similar(
        self,
        like: str | Sequence[str] = (),
        k: int = 10,
        offset: int = 0,
        filters: Filters | None = None,
        *,
        unlike: Sequence[str] = (),
        text: str = "",
        aspect: Kind | None = None,
    ) -> Answer:
        """Return the papers most like some of the store, or like a text, and least like others.

        An aspect compares sections of one kind only. None of the papers that are given comes back.

        Raises:
            UnknownPaper: the store has no paper of a given id.
            QueryError: nothing is given to be like, or too much.
        """
        started = time.perf_counter()
        check_page(k, offset)
        ids = [like] if isinstance(like, str) else list(like)
        text = unicodedata.normalize("NFC", text.strip())
        check_examples(ids, unlike, text)
        chosen = filters or Filters()
        rows, away = ([self.generation.row_of(one) for one in group] for group in (ids, unlike))
        ranked, asked = self._neighbours(rows, away, text, aspect, chosen)
        begin("highlight")
        presenter = self._presenter(asked, chosen.section)
        results = presenter.page(ranked, offset, k, rows[0] if len(rows) == 1 and not text else None)
        degraded = self.degraded and bool(text)
        return Answer(text or " ".join(ids), results, self.generation.name, elapsed_ms(started), degraded=degraded)

    def paper(self, paper_id: str) -> Paper:
        """Return one paper; UnknownPaper where the store has no such id."""
        return self.generation.paper(self.generation.row_of(paper_id))

    def ranked_ids(self, query: str, k: int) -> list[str]:
        """Return the ids of the k best papers, without their sections."""
        return [self.generation.paper(int(row)).id for row in self.ranked_rows(query, k)]

    def ranked_rows(self, query: str, k: int, filters: Filters | None = None) -> npt.NDArray[np.int64]:
        """Return the rows of the k best of the papers that pass, best first."""
        chosen = filters or Filters()
        reading = read(query, self.generation, self._analyze)
        limits = restrict(reading.parsed, self.generation, self._analyze)
        papers = both(paper_mask(chosen, self.generation), limits.papers)
        pins = pinned(reading.parsed, self.generation, papers)
        asked, _ = self._asked(reading.parsed.text)
        return find(asked, self.generation, self._recipe, papers, chosen.section, pins).ranked.rows[:k]

    def similar_ids(self, paper_id: str, k: int) -> list[str]:
        """Return the ids of the k papers most like one, without their sections."""
        ranked, _ = self._neighbours([self.generation.row_of(paper_id)], [], "", None, Filters())
        return [self.generation.paper(int(row)).id for row in ranked.rows[:k]]

    def matches(self, query: str, paper_id: str) -> tuple[SectionMatch, ...]:
        """Return one paper's sections with what matches a query in them, best first."""
        asked, _ = self._asked(unicodedata.normalize("NFC", query))
        return self._presenter(asked, None).matches(self.generation.row_of(paper_id))

    def stats(self) -> Stats:
        """Return what the store holds."""
        return stats(self.generation)

    def _asked(self, query: str) -> tuple[Question, tuple[str, ...]]:
        """Return a query as the ranking sees it, and what its reader should know."""
        begin("encode")
        encoded = self._encoded(query)
        warning = f"the query is longer than the model reads: only its first {encoded.tokens} tokens count for meaning"
        # A query's first sentence says what the rest is about.
        vector = encoded.vector if encoded.lead is None else normalized(encoded.vector + encoded.lead)
        begin("lexical")
        asked = question(query, vector, self.generation, self._analyze)
        return asked, (warning,) if encoded.truncated else ()

    def _encoded(self, query: str) -> QueryVector:
        """Return a query's vector, zero without an encoder; ModelError where the encoder fails."""
        if self._encoder is None:
            return QueryVector(np.zeros(self.generation.index.dimensions, np.float32), 0, False)
        with encoding():
            return self._encoder.encode_query(query)

    def _ordered(self, ranked: Ranked, sort: Sort, half_life: float | None) -> Ranked:
        dates, votes = self.generation.layout.dates, self.generation.layout.votes
        if half_life is not None:
            worth = recency(dates[ranked.rows], int(dates.max()), half_life)
            ranked = with_part(ranked, "recency", np.float32(RECENCY_SHARE) * worth)
        if sort == "relevance":
            return ranked
        return resorted(ranked, (dates if sort == "date" else votes)[ranked.rows].astype(np.int64), MAX_RESULTS)

    def _neighbours(
        self, like: Sequence[int], unlike: Sequence[int], text: str, aspect: Kind | None, filters: Filters
    ) -> tuple[Ranked, Question]:
        liked = [self._example(row, aspect) for row in like] + ([self._text_example(text)] if text else [])
        example = combined(liked, [self._example(row, aspect) for row in unlike])
        papers = paper_mask(filters, self.generation)
        allowed = np.ones(self.generation.manifest.papers, np.bool_) if papers is None else papers.copy()
        allowed[[*like, *unlike]] = False
        kind = aspect or filters.section
        ranked = neighbours(example, self.generation, allowed, kind, where(filters, kind))
        return ranked, Question(text, example.sections, tuple(example.terms), ())

    def _example(self, row: int, aspect: Kind | None) -> Example:
        paper = self.generation.paper(row)
        sections = [s for s in paper.sections if aspect in (None, s.kind)] or paper.sections
        # A title counts in a query as it does in a paper.
        words = terms(paper.title, self._analyze) * bm25.TITLE_WEIGHT
        words += [term for section in sections for term in terms(section.text, self._analyze)]
        return paper_example(row, words, self.generation, aspect)

    def _text_example(self, text: str) -> Example:
        begin("encode")
        words = terms(text, self._analyze)
        if self._encoder is None:
            return text_example(text, None, words, self.generation)
        with encoding():
            ((_, vectors),) = self._encoder.encode_passages([Passage(text)])
        return text_example(text, vectors.section, words, self.generation)

    def _presenter(self, asked: Question, kind: Kind | None) -> Presenter:
        return Presenter(self.generation, self._parts, asked, kind)


@contextmanager
def encoding() -> Iterator[None]:
    """Turn what goes wrong inside an encoder into a ModelError."""
    try:
        yield
    except NonmunError:
        raise
    except Exception as error:
        raise ModelError(f"the encoder failed: {error}") from error


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


def check_half_life(days: float | None) -> None:
    """Raise QueryError where a half-life is no time at all."""
    if days is not None and not 0 < days < math.inf:
        raise QueryError(f"the half-life is {days} days; it must be a number above 0")


def check_examples(like: Sequence[str], unlike: Sequence[str], text: str) -> None:
    """Raise QueryError where there is nothing to be like, or more than can be compared."""
    if not like and not text.strip():
        raise QueryError("nothing to be like; give an id or a text")
    if (given := max(len(like), len(unlike))) > MAX_EXAMPLES:
        raise QueryError(f"{given} papers are given; give {MAX_EXAMPLES} at most")


def names_its_papers(parsed: Parsed, limits: Restriction, pins: Pinned) -> bool:
    """Return whether a query names papers of the store, or nothing but authors who have some."""
    only_authors = bool(parsed.authors) and parsed.text == " ".join(parsed.authors)
    return bool(len(pins.rows)) or (only_authors and limits.papers is not None and bool(limits.papers.any()))


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 3)
