"""What may help where a question finds nothing: another spelling, the other language, an author."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from index.store.generation import Generation
from index.words.languages import has_syllables, is_predicate
from index.words.lexical import whole_tokens
from index.words.people import name_parts
from search.answers import Suggestion
from search.query.question import Question
from search.query.request import Request

MOST = 4
_ALIKE = 0.75
_LEAST_LETTERS = 4
_PREFIX = 2


def suggestions(request: Request, asked: Question, generation: Generation) -> tuple[Suggestion, ...]:
    """Return what may help with a question that the archive does not answer, at most MOST, the surest first."""
    unknown = [term for term in dict.fromkeys(asked.terms) if generation.posting(term) is None]
    found = [
        *(Suggestion("spelling", term, close) for term in unknown for close in _spellings(term, generation)),
        *_authors(request.topic, generation),
        *(Suggestion("language", term, _other(term)) for term in unknown[:1] if not is_predicate(term)),
    ]
    return tuple(found[:MOST])


def _spellings(term: str, generation: Generation) -> list[str]:
    """Return how the archive writes a term that begins alike and is spelled nearly so."""
    if len(term) < _LEAST_LETTERS or has_syllables(term):
        return []
    close = get_close_matches(term, generation.terms_beginning(term[:_PREFIX]), 1, _ALIKE)
    return [generation.spelling(one) for one in close]


def _authors(topic: str, generation: Generation) -> Iterator[Suggestion]:
    """Yield the words that some author's name has and no text does, or few do."""
    for token in whole_tokens(topic, lambda word: ()):
        word = topic[token.start : token.end]
        posting = generation.posting(token.term)
        by = sum(len(generation.labelled(f"author:{part}")) for part in name_parts(word))
        if len(word) >= _LEAST_LETTERS and by > (0 if posting is None else len(posting.rows)):
            yield Suggestion("author", word, word)


def _other(term: str) -> str:
    return "en" if has_syllables(term) else "ko"
