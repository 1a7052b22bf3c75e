"""Which sentences of a paper answer a query, and where its terms stand: offsets, never markup."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.arrays import FloatArray, Mask
from index.paper import Span, split_sentences
from index.store.remembered import Remembered
from index.words.lexical import Morpheme, Token, is_hangul, word_parts, words_of
from search.answers import Highlight, SectionMatch

Part = Morpheme | Token
WordParts = Remembered[str, Sequence[Part]]

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

    `overlaps` (sentences,) is what the terms of each weigh together; `related` (sentences,) says which are nearer
    than strangers are; `notices` (sentences,) which only say where something is to be had.
    """

    sentences: tuple[Span, ...]
    similarities: FloatArray
    tokens: Sequence[Token]
    overlaps: FloatArray
    related: Mask
    notices: Mask


def sentence_weights(evidence: Sequence[Evidence]) -> list[FloatArray]:
    """Weigh the sentences of one paper's sections against each other, in [0, 1], the best at 1.

    Similarity and lexical overlap are summed as z-scores; a sentence one unit below the best weighs 1/e of it,
    and a notice nothing beside others.
    """
    counts = [len(e.sentences) for e in evidence]
    if not sum(counts):
        return [np.zeros(0, np.float32) for _ in evidence]
    similarity = np.concatenate([e.similarities for e in evidence])
    overlap = np.concatenate([e.overlaps for e in evidence])
    total = standardized(similarity) + OVERLAP_WEIGHT * standardized(overlap)
    notices = np.concatenate([e.notices for e in evidence])
    if not notices.all():
        total[notices] = -np.inf
    return np.split(np.exp(total - total.max()), np.cumsum(counts)[:-1])


def highlights(evidence: Evidence, weights: FloatArray, asked: float, shades: bool = True) -> tuple[Highlight, ...]:
    """Mark a section's best sentences and every occurrence of the query's terms, in reading order.

    A sentence is marked where it is nearer than strangers are, or says half of what all terms of the query weigh,
    `asked`; without `shades` none is.
    """
    enough = evidence.related | (evidence.overlaps >= SAID * max(asked, 1e-9))
    semantic = [
        Highlight(span.start, span.end, round(float(weight), 4), "semantic")
        for span, weight, shown in zip(evidence.sentences, weights, enough, strict=True)
        if shades and weight >= SHOWN and shown
    ]
    lexical = [Highlight(t.start, t.end, 1.0, "term") for t in _outermost(evidence.tokens)]
    return tuple(sorted([*semantic, *lexical], key=lambda h: (h.start, -h.end)))


def notices(text: str, sentences: Sequence[Span]) -> Mask:
    """Tell which sentences of a text are notices, (sentences,)."""
    some = _URL.search(text) or _LICENCE.search(text)
    return np.array([bool(some) and is_notice(text[span.start : span.end]) for span in sentences], np.bool_)


def is_notice(sentence: str) -> bool:
    """Tell a short sentence that holds a URL or names a licence: it says where something is to be had, and no more."""
    if not (_URL.search(sentence) or _LICENCE.search(sentence)):
        return False
    return len(_URL.sub(" ", sentence).split()) <= _NOTICE_WORDS


def _outermost(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens without those that lie within another."""
    found: list[Token] = []
    for token in sorted(tokens, key=lambda t: (t.start, -t.end)):
        if not found or token.end > found[-1].end:
            found.append(token)
    return found


def overlaps(tokens: Sequence[Token], sentences: Sequence[Span], weights: Mapping[str, float]) -> FloatArray:
    """Return what the terms that start in each sentence weigh together, (sentences,); tokens are in order."""
    said: list[set[str]] = [set() for _ in sentences]
    place = 0
    for token in tokens:
        while place < len(sentences) and sentences[place].end <= token.start:
            place += 1
        if place < len(sentences) and sentences[place].start <= token.start:
            said[place].add(token.term)
    return np.array([sum(weights[term] for term in sorted(terms)) for terms in said], np.float32)


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


def searched_parts(analyze: Remembered[str, tuple[Morpheme, ...]]) -> WordParts:
    """Return what gives the parts of words that are searched for, and remembers the words in use."""

    def read(words: Sequence[str]) -> dict[str, Sequence[Part]]:
        analyze.many(filter(is_hangul, words))  # those that are read from the store are read together
        return {word: [part for part in word_parts(word, analyze) if part.term] for word in words}

    return Remembered(read, _REMEMBERED)


def occurrences(texts: Sequence[str], terms: Collection[str], parts: WordParts) -> list[list[Token]]:
    """Return the tokens of some terms in each text, in order: those that `tokenize` gives, without all others."""
    written = [words_of(text) for text in texts]
    known = parts.many(word for words in written for word, _ in words)
    held = {word: found for word, some in known.items() if (found := [part for part in some if part.term in terms])}
    return [
        [
            Token(part.term, start + part.start, start + part.end)
            for word, start in words
            if word in held
            for part in held[word]
        ]
        for words in written
    ]
