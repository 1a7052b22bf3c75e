"""The values that a question brings back: the one shape that an answer has, wherever it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from index.paper import DESCRIBED, Kind, PaperHead

HighlightKind = Literal["semantic", "term"]
Sort = Literal["relevance", "date", "votes"]
Aspect = Literal["whats_new", "technical_details", "performance"]
ReadingKind = Literal["author", "days", "without", "order", "phrase", "paper", "words"]
SuggestionKind = Literal["spelling", "language", "author"]
ExportFormat = Literal["bibtex", "ris", "csv", "jsonl", "md"]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A range of code points (not UTF-16 units) in a section's text."""

    __pydantic_config__ = DESCRIBED

    start: int
    """The first code point."""
    end: int
    """The code point after the last."""
    weight: float
    """In (0, 1]; the paper's best sentence has 1."""
    kind: HighlightKind
    """A sentence close in meaning, or a term of the query."""


@dataclass(frozen=True, slots=True)
class SectionMatch:
    """One section of a result."""

    __pydantic_config__ = DESCRIBED

    kind: Kind
    heading: str
    """As the source writes it."""
    text: str
    """Untouched: no markup is added or taken away."""
    score: float
    """The weight of the section's best sentence."""
    highlights: tuple[Highlight, ...]
    """In reading order."""


@dataclass(frozen=True, slots=True)
class SectionPair:
    """A section of the example paper and one of the result, with the two sentences of them that are most alike."""

    __pydantic_config__ = DESCRIBED

    example_heading: str
    example_sentence: str
    heading: str
    sentence: str
    similarity: float
    """Of the sections, in [-1, 1]."""


@dataclass(frozen=True, slots=True)
class Result:
    """One ranked paper."""

    __pydantic_config__ = DESCRIBED

    paper: PaperHead
    score: float
    """Higher is better; the sum of the parts."""
    parts: dict[str, float]
    """What each way of searching adds to the score."""
    sections: tuple[SectionMatch, ...]
    """Best first."""
    doubtful: bool = False
    """Whether the summary seems to be that of another paper."""
    pairs: tuple[SectionPair, ...] = ()
    """Every section beside every one of the example paper, the most similar first; empty without one example."""
    explanation: str = ""
    """The parts as a sum in thousandths, where it is asked for."""


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
    """What the store's glossary added to a question."""

    __pydantic_config__ = DESCRIBED

    term: str
    """As the question says it."""
    other: str
    """The same in the other language."""
    weight: float
    """In (0, 1]."""


@dataclass(frozen=True, slots=True)
class ReadAs:
    """Words of a question that were taken for more than its topic."""

    __pydantic_config__ = DESCRIBED

    kind: ReadingKind
    """An author, days, what to leave out, an order, an exact phrase, a paper, or words that only ask."""
    start: int
    """The first code point of the words in the question, in NFC."""
    end: int
    """The code point after the last."""
    value: str
    """How they were read: a name, days such as 2024-05-01/2024-05-31 (.. is an open end), a phrase, an id, an order."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may help where the store holds nothing on a question."""

    __pydantic_config__ = DESCRIBED

    kind: SuggestionKind
    """Another spelling, the other language, or an author."""
    term: str
    """As the question says it."""
    value: str
    """The spelling, the language (ko or en), or the name to look for as an author's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of ranked papers, from one generation of the store."""

    __pydantic_config__ = DESCRIBED

    query: str
    """The question, or the text or the ids that papers were to be like."""
    results: tuple[Result, ...]
    """Best first."""
    generation: str
    """The generation of the store that answered."""
    took_ms: float
    """How long it took to find; a repeated question keeps the time of the first."""
    confident: bool = True
    """False where the store may hold nothing on what is asked."""
    also_searched: tuple[AlsoSearched, ...] = ()
    """The weightiest first."""
    read_as: tuple[ReadAs, ...] = ()
    """What of the question was read as more than its topic, in its order."""
    suggestions: tuple[Suggestion, ...] = ()
    """What may help, where the answer is not confident."""
    warnings: tuple[str, ...] = ()
    """What the reader should know, such as that the query was cut."""
    degraded: bool = False
    """True where the encoder is not at hand, so that words alone were compared."""
    k: int = 10
    """How many papers the page may hold."""
    offset: int = 0
    """How many of the best come before it."""


@dataclass(frozen=True, slots=True)
class News:
    """Which of the new papers answer a question: those that surely do, and those that may, each best first."""

    query: str
    strong: tuple[Result, ...]
    weaker: tuple[Result, ...]
    warnings: tuple[str, ...] = ()
