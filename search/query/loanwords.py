"""Hangul words of a query that spell Latin terms of the archive."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby

import numpy as np

from index.store.generation import Generation
from index.words.languages import has_syllables
from index.words.lexical import ATTACHED, Costs, Morpheme, WordAnalysis, hangul_words
from index.words.loans import Loan

FEW = 5
"""A word that no more papers write is also looked for as the Latin terms that it spells."""
_ENOUGH_WHERE_KNOWN = 8.0
_LOAN_COST = 14.0
_LEAST_PIECE = 3
_ENOUGH_IN_PIECE = 8.0


@dataclass(frozen=True, slots=True)
class Spelling:
    """A Hangul word, where it ends in its text, and a Latin term that it spells."""

    hangul: str
    end: int
    term: str


def pieces(surfaces: Collection[str], generation: Generation) -> Costs:
    """Return the term that each part of a Hangul word stands for or spells, and what it costs to read it so, or None.

    A part that the archive never writes so may spell a Latin term.
    """
    known = generation.piece.many(surfaces)
    return {surface: found or _spelled_piece(surface, generation) for surface, found in known.items()}


def _spelled_piece(surface: str, generation: Generation) -> tuple[str, float] | None:
    found = generation.loans(surface) if len(surface) >= _LEAST_PIECE else ()
    return (found[0].term, _LOAN_COST) if found and found[0].evidence >= _ENOUGH_IN_PIECE else None


def borrowed(word: str, generation: Generation) -> tuple[Morpheme, ...]:
    """Return the Latin terms that a Hangul word spells, with or without a particle behind it."""
    for end in range(len(word), max(1, len(word) - 3), -1):
        if generation.piece(word[:end]):
            return ()
        particle = end == len(word) or (generation.piece(word[end:]) or ("?",))[0] == ""
        if particle and (found := generation.loans(word[:end])):
            return tuple(Morpheme(loan.term, 0, end) for loan in found)
    return ()


def spellings(text: str, generation: Generation, analyze: WordAnalysis) -> list[Spelling]:
    """Return the Latin terms that words of a text spell: words that no paper writes, or few."""
    return [
        Spelling(word.removeprefix(ATTACHED)[part.start : part.end], start + part.end, part.term)
        for word, start in hangul_words(text)
        for part in _spelled(word, generation, analyze)
    ]


def _spelled(word: str, generation: Generation, analyze: WordAnalysis) -> Iterator[Morpheme]:
    known = generation.word(word)
    if known is None:
        yield from (part for part in analyze(word) if part.term and not has_syllables(part.term))
    elif parts := [part for part in known if part.term]:
        end, rows = parts[-1].end, _holders([part.term for part in parts], generation)
        if len(rows) <= FEW:
            for loan in generation.loans(word.removeprefix(ATTACHED)[:end]):
                if loan.evidence + _company(loan, rows, generation) >= _ENOUGH_WHERE_KNOWN:
                    yield Morpheme(loan.term, 0, end)


def _holders(terms: Sequence[str], generation: Generation) -> Sequence[int]:
    """Return the papers that hold all of some terms, ascending."""
    postings = [generation.posting(term) for term in terms]
    found = [posting.rows for posting in postings if posting is not None]
    rows: list[int] = reduce(np.intersect1d, found).tolist() if len(found) == len(terms) else []
    return rows


def _company(loan: Loan, rows: Sequence[int], generation: Generation) -> float:
    """Return what it says, in bits, that the papers of a Hangul word hold a Latin term or do not."""
    posting = generation.posting(loan.term)
    if posting is None:
        return -math.inf
    together = sum(map(posting.holds, rows))
    share = min(0.5, len(posting.rows) / generation.manifest.papers)
    return together * math.log2(0.5 / share) - (len(rows) - together)


def with_latin(text: str, spellings: Sequence[Spelling], generation: Generation) -> str:
    """Return a text with the Latin spelling behind each Hangul word that has one."""
    parts, place = [], 0
    for end, some in groupby(spellings, key=lambda one: one.end):
        parts += [text[place:end], *(f" {generation.spelling(one.term)}" for one in some)]
        place = end
    return "".join([*parts, text[place:]])
