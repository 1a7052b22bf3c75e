"""A Korean-English glossary, mined from the archive itself.

Phrases come from what summaries put in brackets, "지식 증류(knowledge distillation)": the Korean words that
keep preceding the same English ones. Single words come from `index.associations`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from index.words.languages import has_syllables
from index.words.lexical import WordAnalysis, latin_tokens, tokens_of

LONGEST = 5
LEAST_SEEN = 2
LEAST_SHARE = 0.3
PHRASE_WEIGHT = 1.0
MOST_PHRASES = 2
_REACH = 40

_BRACKETS = re.compile(r"\(([A-Za-z][A-Za-z0-9 /'\-]{2,50})(?:[,;:][^)]*)?\)")
_CLAUSE_END = re.compile(r"[.,;:()\[\]\"'’”·!?\n]")
_ENGLISH_WORD = re.compile(r"[A-Za-z0-9]+")

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase of one language and what it stands for in the other, both as terms; `weight` is in (0, 1]."""

    phrase: Phrase
    other: Phrase
    weight: float
    together: int


EntriesOf = Mapping[Phrase, Sequence[Entry]]


class PhraseCounts:
    """How often which Korean words stand before which bracketed English ones."""

    def __init__(self) -> None:
        self._bracketed: Counter[Phrase] = Counter()
        self._before: dict[Phrase, Counter[Phrase]] = {}
        self._endings: Counter[Phrase] = Counter()

    def add(self, english: Phrase, korean: Phrase, times: int = 1) -> None:
        """Count a pair as `bracketed` gives it."""
        self._bracketed[english] += times
        before = self._before.setdefault(english, Counter())
        for start, term in enumerate(korean):
            if has_syllables(term):
                before[korean[start:]] += times
                self._endings[korean[start:]] += times

    def entries(self) -> Iterator[Entry]:
        """Yield the pairs that recur, in both directions, in the order of their phrases."""
        pairs = [(english, *self._best(english)) for english in sorted(self._before)]
        found = [(english, korean, count) for english, korean, count in pairs if count]
        directed = [(k, e, n) for e, k, n in found] + found
        chosen: dict[Phrase, list[tuple[int, Phrase]]] = {}
        for phrase, other, count in directed:
            chosen.setdefault(phrase, []).append((-count, other))
        for phrase in sorted(chosen):
            for count, other in sorted(chosen[phrase])[:MOST_PHRASES]:
                yield Entry(phrase, other, PHRASE_WEIGHT, -count)

    def _best(self, english: Phrase) -> tuple[Phrase, int]:
        """Return the Korean ending that most likely stands for an English phrase, and its count, or 0."""
        total = self._bracketed[english]
        likely = [
            (self._together(count, korean, english), korean, count)
            for korean, count in self._before[english].items()
            if count >= max(LEAST_SEEN, LEAST_SHARE * total)
        ]
        if not likely:
            return (), 0
        _, korean, count = max(likely, key=lambda option: (option[0], option[1]))
        return korean, count

    def _together(self, count: int, korean: Phrase, english: Phrase) -> float:
        """Return how much two phrases keep to each other: Dice's coefficient, less for a Korean one that goes on."""
        dice = 2 * count / (self._bracketed[english] + self._endings[korean])
        return dice if len(korean) <= len(english) + 1 else dice / 2


def bracketed(text: str, words: Sequence[tuple[str, int]], analyze: WordAnalysis) -> Iterator[tuple[Phrase, Phrase]]:
    """Yield each English phrase that a text puts in brackets behind Korean words, and the last few terms of these.

    `words` are the text's, as `words_of` gives them.
    """
    for match in _BRACKETS.finditer(text):
        english = tuple(t.term for word in _ENGLISH_WORD.findall(match[1]) for t in latin_tokens(word)[:1])
        if 0 < len(english) <= LONGEST and (korean := _before(text, match.start(), words, analyze)):
            yield english, korean


def _before(text: str, bracket: int, words: Sequence[tuple[str, int]], analyze: WordAnalysis) -> Phrase:
    """Return the last few terms of the clause that ends in Hangul right before a bracket."""
    clause = text[max(0, bracket - _REACH) : bracket]
    if not has_syllables(clause.rstrip()[-1:]):
        return ()
    start = max((match.end() for match in _CLAUSE_END.finditer(clause)), default=0) + bracket - len(clause)
    first, last = (bisect_right(words, place, key=itemgetter(1)) for place in (start, bracket))
    tokens = tokens_of(words[max(0, first - 1) : last], analyze)
    return tuple(token.term for token in tokens if start <= token.start and token.end <= bracket)[-LONGEST:]


def expansions(query: Sequence[str], entries_of: Callable[[Collection[Phrase]], EntriesOf]) -> list[Entry]:
    """Return the glossary's entries for the words and phrases of a query, without what the query says itself."""
    said, found = set(query), dict[tuple[Phrase, Phrase], Entry]()
    lengths = range(1, LONGEST + 1)
    phrases = [tuple(query[i : i + length]) for length in lengths for i in range(len(query) - length + 1)]
    entries = entries_of(phrases)
    for entry in (entry for phrase in phrases for entry in entries[phrase]):
        if not said.issuperset(entry.other):
            found.setdefault((entry.phrase, entry.other), entry)
    return list(found.values())
