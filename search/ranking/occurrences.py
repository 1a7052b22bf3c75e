"""Where some terms stand in texts; what each word is made of is remembered from one question to the next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache

from index.words.lexical import Morpheme, Token, WordAnalysis, word_parts, words_of

WordParts = Callable[[str], Sequence[Morpheme | Token]]

_REMEMBERED = 32_768


def remembered_parts(analyze: WordAnalysis) -> WordParts:
    """Return a function that gives the parts of a word that are searched for, and remembers the words in use."""

    @lru_cache(maxsize=_REMEMBERED)
    def parts(word: str) -> Sequence[Morpheme | Token]:
        return [part for part in word_parts(word, analyze) if part.term]

    return parts


def occurrences(text: str, terms: Collection[str], parts: WordParts) -> list[Token]:
    """Return the tokens of some terms in a text, in order: those that `tokenize` gives, without all others."""
    return [
        Token(part.term, start + part.start, start + part.end)
        for word, start in words_of(text)
        for part in parts(word)
        if part.term in terms
    ]
