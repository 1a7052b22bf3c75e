"""The values that a question brings back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.paper import Kind, Paper
from search.export.markup import answer_html

HighlightKind = Literal["semantic", "term"]
Sort = Literal["relevance", "date", "votes"]
ExportFormat = Literal["bibtex", "ris", "csv", "jsonl", "md"]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A range of code points in a section's text; `weight` is in (0, 1], higher is better."""

    start: int
    end: int
    weight: float
    kind: HighlightKind


@dataclass(frozen=True, slots=True)
class SectionMatch:
    """One section of a result, its text untouched."""

    kind: Kind
    heading: str
    text: str
    score: float
    highlights: tuple[Highlight, ...]


@dataclass(frozen=True, slots=True)
class SectionPair:
    """How alike a section of the example paper and one of a result are, in [-1, 1], and their likest sentences."""

    example_heading: str
    example_sentence: str
    heading: str
    sentence: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Result:
    """One ranked paper; `parts` sum to `score`, and the sections come best first.

    `doubtful` says that the summary seems to be that of another paper. `pairs` compares every section with
    every one of the example paper, the likest first.
    """

    paper: Paper
    score: float
    parts: dict[str, float]
    sections: tuple[SectionMatch, ...]
    doubtful: bool = False
    pairs: tuple[SectionPair, ...] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a result must satisfy; dates are ISO 8601 and inclusive, names match whole words in any case.

    `area` is a rectangle of the map: left, top, right and bottom, in [0, 1], between commas.
    """

    date_from: str | None = None
    date_to: str | None = None
    min_votes: int | None = None
    author: str | None = None
    field: str | None = None
    section: Kind | None = None
    area: str | None = None


@dataclass(frozen=True, slots=True)
class AlsoSearched:
    """What the glossary added to a query: a term of it, that in the other language, and its weight."""

    term: str
    other: str
    weight: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The ranked papers of one question, from one generation of the store.

    `confident` is false where the question scores below nearly all that the store's own texts could ask;
    `degraded` is true where the encoder was not at hand, so that words alone were compared.
    """

    query: str
    results: tuple[Result, ...]
    generation: str
    took_ms: float
    confident: bool = True
    also_searched: tuple[AlsoSearched, ...] = ()
    warnings: tuple[str, ...] = ()
    degraded: bool = False

    def _repr_html_(self) -> str:
        """Return the answer as a notebook shows it."""
        return answer_html(self)
