"""Which sentences of a paper answer a query, and where its terms stand: offsets, never markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from index.arrays import FloatArray, Mask
from index.paper import Span, split_sentences
from index.words.lexical import Morpheme, Token, WordAnalysis, word_parts, words_of
from search.answers import Highlight, SectionMatch

WordParts = Callable[[str], Sequence[Morpheme | Token]]

_REMEMBERED = 32_768
_SENTENCES_SHOWN = 3

SHOWN = 0.35
"""The least weight that a sentence is marked with; the paper's best sentence has weight 1."""


SAID = 0.5
_NOTICE_WORDS = 12
_URL = re.compile(r"(?:https?://|www\.)\S+|\b\w+\.(?:com|io|org)/\S+", re.IGNORECASE)
_LICENCE = re.compile(r"\blicen[cs]ed?\b|라이[선센]스|creative commons|\bCC[- ]BY\b", re.IGNORECASE)

OVERLAP_WEIGHT = 1.5
"""How much lexical overlap counts beside similarity; measured on KorQuAD and on sentences picked by readers."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """One section's sentences, their similarities to the query (sentences,), and where the query's terms stand.

    `related` (sentences,) says which are nearer than strangers are; `notices` (sentences,) which only say where
    something is to be had.
    """

    sentences: tuple[Span, ...]
    similarities: FloatArray
    tokens: Sequence[Token]
    related: Mask
    notices: Mask


def sentence_weights(evidence: Sequence[Evidence], term_weights: Mapping[str, float]) -> list[FloatArray]:
    """Weigh the sentences of one paper's sections against each other, in [0, 1], the best at 1.

    Similarity and lexical overlap are summed as z-scores; a sentence one unit below the best weighs 1/e of it,
    and a notice nothing beside others.
    """
    counts = [len(e.sentences) for e in evidence]
    if not sum(counts):
        return [np.zeros(0, np.float32) for _ in evidence]
    similarity = np.concatenate([e.similarities for e in evidence])
    overlap = np.concatenate([_overlaps(e, term_weights) for e in evidence])
    total = standardized(similarity) + OVERLAP_WEIGHT * standardized(overlap)
    notices = np.concatenate([e.notices for e in evidence])
    if not notices.all():
        total[notices] = -np.inf
    return np.split(np.exp(total - total.max()), np.cumsum(counts)[:-1])


def highlights(
    evidence: Evidence, weights: FloatArray, terms: Mapping[str, float], shades: bool = True
) -> tuple[Highlight, ...]:
    """Mark a section's best sentences and every occurrence of the query's terms, in reading order.

    A sentence is marked where it is nearer than strangers are, or says half of the query by its terms' weights;
    without `shades` none is.
    """
    enough = evidence.related | (_overlaps(evidence, terms) >= SAID * max(sum(terms.values()), 1e-9))
    semantic = [
        Highlight(span.start, span.end, round(float(weight), 4), "semantic")
        for span, weight, shown in zip(evidence.sentences, weights, enough, strict=True)
        if shades and weight >= SHOWN and shown
    ]
    lexical = [Highlight(t.start, t.end, 1.0, "term") for t in _outermost(evidence.tokens, terms)]
    return tuple(sorted([*semantic, *lexical], key=lambda h: (h.start, -h.end)))


def is_notice(sentence: str) -> bool:
    """Tell a short sentence that holds a URL or names a licence: it says where something is to be had, and no more."""
    if not (_URL.search(sentence) or _LICENCE.search(sentence)):
        return False
    return len(_URL.sub(" ", sentence).split()) <= _NOTICE_WORDS


def _outermost(tokens: Sequence[Token], terms: Collection[str]) -> list[Token]:
    """Return the tokens of these terms, without those that lie within another."""
    found: list[Token] = []
    for token in sorted((t for t in tokens if t.term in terms), key=lambda t: (t.start, -t.end)):
        if not found or token.end > found[-1].end:
            found.append(token)
    return found


def _overlaps(evidence: Evidence, term_weights: Mapping[str, float]) -> FloatArray:
    found = (_terms_within(evidence.tokens, sentence) for sentence in evidence.sentences)
    return np.array([sum(term_weights.get(term, 0.0) for term in sorted(terms)) for terms in found], np.float32)


def _terms_within(tokens: Sequence[Token], sentence: Span) -> set[str]:
    return {token.term for token in tokens if sentence.start <= token.start < sentence.end}


def standardized(values: FloatArray) -> FloatArray:
    """Return values as z-scores; values that do not differ become 0."""
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)


def matching_sentences(match: SectionMatch) -> list[Span]:
    """Return the sentences that match best, at most three, in reading order; the first where none does."""
    sentences = split_sentences(match.text)
    strengths = {span: _strength(span, match.highlights) for span in sentences}
    found = sorted((s for s in sentences if strengths[s] > (0.0, 0)), key=lambda s: strengths[s], reverse=True)
    return sorted(found[:_SENTENCES_SHOWN] or sentences[:1], key=lambda span: span.start)


def _strength(sentence: Span, highlights: Sequence[Highlight]) -> tuple[float, int]:
    """Return the best semantic weight within a sentence, and how many terms stand in it."""
    within = [h for h in highlights if h.start < sentence.end and h.end > sentence.start]
    return max((h.weight for h in within if h.kind == "semantic"), default=0.0), sum(h.kind == "term" for h in within)


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
