"""A query, understood: what is asked, which papers may answer, and which it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.arrays import normalized
from index.encoding.encoder import QueryVector
from index.errors import QueryError
from index.store.generation import Generation
from index.words.lexical import WordAnalysis
from search.answers import Filters
from search.query.exact import Parsed, Pinned, Restriction, pinned, restrict
from search.query.filters import Allowed, allowed_by, narrowed
from search.query.loanwords import spellings, with_latin
from search.query.question import Question, question
from search.query.reading import read
from search.stages import begin

Encode = Callable[[str], QueryVector]


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """What is asked, of which papers, those that are named, and what the writer should know of the reading."""

    question: Question
    allowed: Allowed
    pins: Pinned
    names_its_papers: bool
    warnings: tuple[str, ...]


def understand(query: str, filters: Filters, generation: Generation, analyze: WordAnalysis, encode: Encode) -> Query:
    """Understand a query by the words of a generation; QueryError where it is empty or a filter says nothing."""
    if not query.strip():
        raise QueryError("the query is empty; write a few words")
    reading = read(query, generation, analyze)
    limits = restrict(reading.parsed, generation, analyze)
    allowed = narrowed(allowed_by(filters, generation), limits.papers)
    pins = pinned(reading.parsed, generation, allowed.papers)
    asked, warnings = as_question(reading.parsed.text, generation, analyze, encode)
    named = _names_its_papers(reading.parsed, limits, pins)
    return Query(asked, allowed, pins, named, (*reading.warnings, *limits.warnings, *pins.warnings, *warnings))


def as_question(
    text: str, generation: Generation, analyze: WordAnalysis, encode: Encode
) -> tuple[Question, tuple[str, ...]]:
    """Return a text as the ranking sees it, and what its writer should know of that."""
    begin("encode")
    encoded = encode(with_latin(text, spellings(text, generation, analyze), generation))
    warning = f"the query is longer than the model reads: only its first {encoded.tokens} tokens count for meaning"
    # A query's first sentence says what the rest is about.
    vector = encoded.vector if encoded.lead is None else normalized(encoded.vector + encoded.lead)
    begin("lexical")
    return question(text, vector, generation, analyze), (warning,) if encoded.truncated else ()


def _names_its_papers(parsed: Parsed, limits: Restriction, pins: Pinned) -> bool:
    """Return whether a query names papers of the store, or nothing but authors who have some."""
    only_authors = bool(parsed.authors) and parsed.text == " ".join(parsed.authors)
    return bool(len(pins.rows)) or (only_authors and limits.papers is not None and bool(limits.papers.any()))
