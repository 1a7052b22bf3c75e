"""Names of authors that Hangul words spell: 카이밍 허 Kaiming He, 송한 Song Han, 최예진 Yejin Choi.

A name is found by both of its ends, the given name and the surname, in either order, as two words or as one. The
evidence is measured in bits as that of `index.words.loans` is; what the archive often writes is little evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.words.loans import rarity_of
from index.words.name_sounds import name_readings
from index.words.sound_costs import distance
from index.words.sounds import CODAS, VOWELS, Reading, hangul_reading

ENOUGH = 6.0
"""The evidence, in bits, from which on Hangul words are taken to spell a name."""
MOST = 3
_LIKELIEST = -8.0
"""A prior that no name exceeds."""
_ALONE = 4.0
"""How much likelier a name is, in bits, where a query says nothing else."""
_ORDINARY = 8.0
_DISAGREEMENT = 40.0
_WORST = 0.16
_NEAR = 3.0
_LEAST_ARCHIVE = 20_000
_LONGEST = 7
_LONGEST_PARTICLE = 3
_NEVER_LAST = "으"


@dataclass(frozen=True, slots=True)
class Author:
    """An author's name, and the binary logarithm of how likely a name in the archive is this one."""

    name: str
    prior: float


@dataclass(frozen=True, slots=True)
class SpelledName:
    """An author's name that the words `first` to `last`, both included, spell, and the evidence for it, in bits."""

    name: str
    first: int
    last: int
    evidence: float


Naming = Callable[[str], Iterable[Author]]
Piece = Callable[[str], tuple[str, float] | None]
_Ends = tuple[str, str]


def name_sounds(authors: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str, float]]:
    """Yield the key by which each author's name is found, once for each, with the name and its prior.

    `authors` are names and how many papers each has.
    """
    some = list(authors)
    total = max(_LEAST_ARCHIVE, sum(papers for _, papers in some))
    for name, papers in some:
        keys = {
            _key(first.skeleton, last.skeleton)
            for given, surname in ends_of(name)
            for first in name_readings(given)
            for last in name_readings(surname)
        }
        yield from ((key, name, math.log2(papers / total)) for key in sorted(keys))


def ends_of(name: str) -> list[_Ends]:
    """Return the given name, alone and with what follows it, each with the surname; initials are left out."""
    words = [word for word in name.split() if len(word.strip(".")) > 1]
    if len(words) < 2:
        return []
    first, *middle, last = words
    return list(dict.fromkeys([(first, last), ("".join([first, *middle]), last)]))


def _key(one: str, other: str) -> str:
    return " ".join(sorted((one, other)))


def spelled_names(words: Sequence[str], naming: Naming, piece: Piece) -> list[SpelledName]:
    """Return the authors' names that words of a query spell with enough evidence, the likeliest first.

    `words` are the query's, of any alphabet and in order. `naming` gives the names that are found by a key, `piece`
    the term of a piece of a Hangul word, empty for a particle, and -log of its share; None where it is unknown.
    """
    best: dict[str, SpelledName] = {}
    recalled = lru_cache(maxsize=None)(piece)
    for span in _spans(words, recalled):
        spare = span.rarity(recalled) + _ALONE * (span.last - span.first == len(words) - 1)
        for author, cost in _alike(span, spare, naming):
            evidence = round(spare + author.prior - _DISAGREEMENT * cost, 3)
            found = SpelledName(author.name, span.first, span.last, evidence)
            best[author.name] = max(found, best.get(author.name, found), key=lambda name: name.evidence)
    names = sorted(best.values(), key=lambda name: (-name.evidence, name.name))
    return [name for name in names[:MOST] if name.evidence >= max(ENOUGH, names[0].evidence - _NEAR)]


@dataclass(frozen=True, slots=True)
class _Span:
    """One or two Hangul words, `first` to `last`, without a particle, that may be a name."""

    first: int
    last: int
    written: tuple[str, ...]

    def rarity(self, piece: Piece) -> float:
        """Return how rare such words are in running Korean, in bits, less where all are ordinary words."""
        bits = sum(map(rarity_of, self.written))
        if bits + _ALONE + _LIKELIEST < ENOUGH:
            return bits
        bits = sum(min(rarity_of(word), _known_rarity(word, piece)) for word in self.written)
        return bits - _ORDINARY * all(_is_ordinary(word, piece) for word in self.written)

    def ends(self) -> Iterator[tuple[str, str]]:
        """Yield what may be the two ends of the name."""
        if len(self.written) > 1:
            yield self.written[0], self.written[1]
        else:
            word = self.written[0]
            yield from ((word[:cut], word[cut:]) for cut in range(1, len(word)))


def _spans(words: Sequence[str], piece: Piece) -> Iterator[_Span]:
    bodies = [list(_bodies(word, piece)) for word in words]
    for place, some in enumerate(bodies):
        yield from (_Span(place, place, (body,)) for body in some if len(body) > 1)
    for place, (one, some) in enumerate(zip(words, bodies[1:], strict=False)):
        if is_syllables(one) and len(one) < _LONGEST and _heard(one):
            yield from (_Span(place, place + 1, (one, body)) for body in some)


def _bodies(word: str, piece: Piece) -> Iterator[str]:
    """Yield a Hangul word, and without the particle at its end where it may have one."""
    if is_syllables(word):
        for end in range(len(word), max(0, len(word) - 1 - _LONGEST_PARTICLE), -1):
            particle = end == len(word) or (piece(word[end:]) or ("?",))[0] == ""
            if end <= _LONGEST and word[end - 1] != _NEVER_LAST and particle and _heard(word[:end]):
                yield word[:end]


def _is_ordinary(word: str, piece: Piece) -> bool:
    """Tell a word of two syllables or more that the archive writes, with particles and endings or without."""
    ends = [len(word)]
    for start in range(len(word) - 1, 1, -1):
        if any((piece(word[start:end]) or ("?",))[0] == "" for end in ends):
            ends.append(start)
    return any((piece(word[:end]) or ("",))[0] for end in ends)


def _known_rarity(word: str, piece: Piece) -> float:
    """Return how rare the pieces are, in bits, of which the archive's words make a word; infinity where none do."""
    best = [0.0]
    for end in range(1, len(word) + 1):
        ways = ((best[start], piece(word[start:end])) for start in range(end))
        best.append(min((spent + known[1] for spent, known in ways if known), default=math.inf))
    return best[-1] / math.log(2)


def is_syllables(word: str) -> bool:
    """Tell a word of Hangul syllables alone."""
    return bool(word) and all("가" <= letter <= "힣" for letter in word)


def _alike(span: _Span, spare: float, naming: Naming) -> Iterator[tuple[Author, float]]:
    """Yield the authors whose names sound so in either order, and what they lack in agreement."""
    if spare + _LIKELIEST < ENOUGH:
        return
    for one, other in ((_heard(one), _heard(other)) for one, other in span.ends()):
        if one is None or other is None:
            continue
        for author in naming(_key(one.skeleton, other.skeleton)):
            if spare + author.prior >= ENOUGH and (cost := _name_cost(one, other, author.name)) < math.inf:
                yield author, cost


def _name_cost(one: Reading, other: Reading, name: str) -> float:
    pairs = (order for ends in ends_of(name) for order in (ends, ends[::-1]))
    return min(_cost(one, first) + _cost(other, last) for first, last in pairs)


@lru_cache(maxsize=1024)
def _heard(hangul: str) -> Reading | None:
    return hangul_reading("".join(map(_plain_vowel, hangul)))


def _plain_vowel(syllable: str) -> str:
    """Return a syllable with ㅣ in the place of ㅢ, which names hold and borrowed words do not."""
    vowels = (ord(syllable) - ord("가")) // CODAS % len(VOWELS)
    return chr(ord(syllable) + CODAS) if VOWELS[vowels] == "ㅢ" else syllable


def _cost(heard: Reading, word: str) -> float:
    """Return what it costs to write a part of a name so, or infinity where it is too much."""
    costs = (distance(heard, said) for said in name_readings(word) if said.skeleton == heard.skeleton)
    cost = min(costs, default=math.inf)
    return cost if cost <= _WORST * max(2, len(heard.consonants)) else math.inf
