"""One open generation and one encoder: questions in, answers out."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import Mask
from index.encoding.encoder import Encoder, Passage, QueryVector, Runtime
from index.encoding.models import load_encoder
from index.errors import EncoderMismatch, ModelError, NonmunError
from index.paper import Kind, Paper
from index.publishing.opening import open_generation
from index.store.generation import Generation
from search.answers import Answer, Filters, News, SectionMatch, Sort
from search.query.bounds import check_examples, check_half_life, check_page
from search.query.exact import paper_row
from search.query.filters import Allowed, allowed_by, narrowed
from search.query.question import Question, also_searched, word_analysis
from search.query.suggesting import suggestions
from search.query.understanding import Encode, Interpreter, Query
from search.ranking.fusion import RECIPE, Recipe, only, ordered
from search.ranking.highlights import searched_parts
from search.ranking.hybrid import Found, everything, find, is_confident
from search.ranking.news import near_enough
from search.ranking.results import Presenter
from search.ranking.similar import Example, combined, neighbours, paper_example, text_example
from search.stages import begin


class Engine:
    """Answers questions from one generation of a store; safe to share between threads.

    Without an encoder it ranks by words alone, and its answers say that they are degraded.
    """

    def __init__(
        self,
        generation: Generation,
        encoder: Encoder | None,
        recipe: Recipe = RECIPE,
        today: Callable[[], date] = date.today,
    ) -> None:
        if encoder is not None:
            check_encoder(generation, encoder)
        self.generation = generation
        self._encoder = encoder
        self._recipe = recipe
        self._analyze = word_analysis(generation)
        self._parts = searched_parts(self._analyze)
        # It must not hold this engine: a generation goes with its last user, at once.
        self._interpreter = Interpreter(generation, self._analyze, encoding_of(generation, encoder), today)

    @classmethod
    def open(cls, store: Path | str, encoder: Encoder | None = None) -> Engine:
        """Open a store with the encoder it was built with; StoreError or ModelError say what to run."""
        generation = open_generation(store)
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
        literal: bool = False,
    ) -> Answer:
        """Return the papers that answer a query in Korean or English; QueryError where it cannot be answered.

        Names, days, exclusions and an order are read out of the query, unless it is `literal`; what has no topic left
        lists the papers that it allows, the newest first. `sort` orders the most relevant papers by date or votes;
        with a half-life, in days, newer papers gain.
        """
        started = time.perf_counter()
        check_page(k, offset)
        check_half_life(half_life)
        asked = self._understood(query, filters, literal)
        found = self._found(asked)
        layout = self.generation.layout
        wanted = asked.request.order or sort if sort == "relevance" else sort
        ranked = ordered(found.ranked, layout.dates, layout.votes, wanted, None if asked.lists else half_life)
        confident = self._is_confident(asked, found)
        return Answer(
            query,
            self._presenter(asked.question, asked.allowed.kind, confident).page(ranked, offset, k),
            self.generation.name,
            elapsed_ms(started),
            confident,
            also_searched(asked.question, self.generation),
            asked.request.readings,
            () if confident else suggestions(asked.request, asked.question, self.generation),
            asked.warnings,
            self.degraded,
            k,
            offset,
        )

    def news(self, query: str, new: Mask, k: int) -> News:
        """Return which of the new papers, shape (papers,), answer a query: at most k that surely do, and k that may.

        They are ranked among themselves; what is older plays no part. A query that only lists papers surely means them.
        """
        check_page(k, 0)
        asked = self._understood(query, None)
        is_new = new[asked.pins.rows]
        pins = replace(asked.pins, rows=asked.pins.rows[is_new], values=asked.pins.values[is_new])
        asked = replace(asked, allowed=narrowed(asked.allowed, new), pins=pins)
        ranked = self._found(asked).ranked
        surely, may = near_enough(asked.question, ranked, self.generation)
        surely |= asked.lists | np.isin(ranked.rows, pins.rows)
        presenter = self._presenter(asked.question, asked.allowed.kind)
        strong, weaker = (presenter.page(only(ranked, kept), 0, k) for kept in (surely, may & ~surely))
        return News(query, strong, weaker, asked.warnings)

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
            UnknownPaper: the store has no paper of a given id or name.
            QueryError: nothing is given to be like, or too much, or several papers go by a name.
        """
        started = time.perf_counter()
        check_page(k, offset)
        ids = [like] if isinstance(like, str) else list(like)
        text = unicodedata.normalize("NFC", text.strip())
        check_examples(ids, unlike, text)
        rows, away = ([paper_row(one, self.generation) for one in group] for group in (ids, unlike))
        example = self._combined(rows, away, text, aspect)
        allowed = self._others(rows, away, filters, aspect)
        ranked = neighbours(example, self.generation, allowed)
        asked = Question(text, example.sections, tuple(example.terms), ())
        presenter = self._presenter(asked, (filters or Filters()).section)
        results = presenter.page(ranked, offset, k, rows[0] if len(rows) == 1 and not text else None)
        degraded = self.degraded and bool(text)
        took = elapsed_ms(started)
        said = text or " ".join(ids)
        return Answer(said, results, self.generation.name, took, degraded=degraded, k=k, offset=offset)

    def paper(self, paper_id: str) -> Paper:
        """Return the paper that is meant by an id, a URL, a DOI, a title or a short name.

        Raises:
            UnknownPaper: the store has no such paper.
            QueryError: several papers go by the name.
        """
        return self.generation.paper(paper_row(paper_id, self.generation))

    def ranked_ids(self, query: str, k: int) -> list[str]:
        """Return the ids of the k best papers, without their sections."""
        return [self.generation.paper(int(row)).id for row in self.ranked_rows(query, k)]

    def ranked_rows(
        self, query: str, k: int, filters: Filters | None = None, literal: bool = False
    ) -> npt.NDArray[np.int64]:
        """Return the rows of the k best of the papers that pass, best first."""
        return self._found(self._understood(query, filters, literal)).ranked.rows[:k]

    def similar_ids(self, paper_id: str, k: int) -> list[str]:
        """Return the ids of the k papers most like one, without their sections."""
        rows = [paper_row(paper_id, self.generation)]
        ranked = neighbours(self._combined(rows, [], "", None), self.generation, self._others(rows, [], None, None))
        return [self.generation.paper(int(row)).id for row in ranked.rows[:k]]

    def matches(self, query: str, paper_id: str) -> tuple[SectionMatch, ...]:
        """Return one paper's sections with what matches a query in them, best first."""
        asked = self._understood(query, None)
        rows = np.array([paper_row(paper_id, self.generation)])
        return self._presenter(asked.question, None).matches(rows)[0]

    def _understood(self, query: str, filters: Filters | None, literal: bool = False) -> Query:
        return self._interpreter.understand(query, filters or Filters(), literal)

    def _found(self, asked: Query) -> Found:
        if asked.lists:
            return everything(self.generation, asked.allowed, asked.request.order or "date", asked.unwanted)
        return find(asked.question, self.generation, self._recipe, asked.allowed, asked.pins, asked.unwanted)

    def _is_confident(self, asked: Query, found: Found) -> bool:
        """Return whether a question is on the store's subject: a list or a named paper is where there is any."""
        if asked.lists or len(asked.pins.rows):
            return bool(len(found.ranked.rows))
        return is_confident(asked.question, found, self.generation)

    def _combined(self, like: Sequence[int], unlike: Sequence[int], text: str, aspect: Kind | None) -> Example:
        liked, disliked = (
            [paper_example(row, self.generation, self._analyze, aspect) for row in rows] for rows in (like, unlike)
        )
        return combined([*liked, *([self._text_example(text)] if text else [])], disliked)

    def _text_example(self, text: str) -> Example:
        begin("encode")
        if self._encoder is None:
            return text_example(text, None, self.generation, self._analyze)
        with encoding():
            ((_, vectors),) = self._encoder.encode_passages([Passage(text)])
        return text_example(text, vectors.section, self.generation, self._analyze)

    def _others(
        self, like: Sequence[int], unlike: Sequence[int], filters: Filters | None, aspect: Kind | None
    ) -> Allowed:
        """Return what may be like some papers and unlike others: all that the filters let through but these."""
        others = np.ones(self.generation.manifest.papers, np.bool_)
        others[[*like, *unlike]] = False
        return narrowed(allowed_by(filters or Filters(), self.generation, aspect), others)

    def _presenter(self, asked: Question, kind: Kind | None, shades: bool = True) -> Presenter:
        begin("highlight")
        return Presenter(self.generation, self._parts, asked, kind, shades)


def encoding_of(generation: Generation, encoder: Encoder | None) -> Encode:
    """Return what gives a query's vector, zero without an encoder; it raises ModelError where the encoder fails."""

    def encode(query: str) -> QueryVector:
        if encoder is None:
            return QueryVector(np.zeros(generation.index.dimensions, np.float32), 0, False)
        with encoding():
            return encoder.encode_query(query)

    return encode


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


def elapsed_ms(started: float) -> float:
    """Return the milliseconds since a reading of `time.perf_counter`."""
    return round((time.perf_counter() - started) * 1000, 3)
