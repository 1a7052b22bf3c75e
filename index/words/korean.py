"""Korean morphemes of single words, by Kiwi; needed while indexing only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from index.words.lexical import ATTACHED, Morpheme

_NOUNS_AND_ADVERBS = frozenset({"NNG", "NNP", "NR", "XR", "MAG", "SL", "SH", "SN"})
_PREDICATES = frozenset({"VV", "VA"})
_STANDS_IN = "A"


def analysis_version() -> str:
    """Return what the analysis of a word depends on, as a key for stored analyses."""
    return f"kiwi-{version('kiwipiepy')}-model-{version('kiwipiepy_model')}-1"


def analyze_words(words: Iterable[str]) -> dict[str, tuple[Morpheme, ...]]:
    """Return the morphemes of each Hangul word, with their places within the word.

    Nouns, roots and adverbs are kept as they are and predicates in their dictionary form; particles,
    endings, affixes and bound nouns have an empty term.
    """
    todo = list(words)
    if not todo:
        return {}
    readable = [word.replace(ATTACHED, _STANDS_IN) for word in todo]
    analyses = _kiwi().tokenize(readable)
    return {word: _morphemes(word, tokens) for word, tokens in zip(todo, analyses, strict=True)}


@lru_cache(maxsize=1)
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=-1)


def _morphemes(word: str, tokens: Iterable[Any]) -> tuple[Morpheme, ...]:
    shift = 1 if word.startswith(ATTACHED) else 0
    found = [Morpheme(_term(t.form, t.tag), t.start - shift, t.end - shift) for t in tokens if t.start >= shift]
    return tuple(found)


def _term(form: str, tag: str) -> str:
    plain = tag.split("-")[0]
    if plain in _PREDICATES:
        return form + "다"
    return form if plain in _NOUNS_AND_ADVERBS else ""
