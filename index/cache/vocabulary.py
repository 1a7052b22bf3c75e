"""Texts by number, each once, and the parts that words are made of; kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import Int32Array
from index.cache.database import Cache
from index.versions import version_of
from index.words import korean, lexical
from index.words.lexical import ATTACHED, Morpheme, is_hangul, morphemes_from_json, morphemes_to_json, word_parts

Analysis = dict[str, tuple[Morpheme, ...]]

_MOST_REMEMBERED = 200_000


class Vocabulary:
    """Numbers that texts are known by, and for each word its parts as numbers of what is written and of its term."""

    def __init__(self, cache: Cache, analyze: Callable[[Iterable[str]], Analysis] = korean.analyze_words) -> None:
        self._cache = cache
        self._analyze_new = analyze
        self._numbers: dict[str, int] = {}
        self._learned: set[str] = set()
        self.version = version_of(lexical, korean, korean.analysis_version(), version("PyStemmer"))
        self._analyses: dict[str, tuple[Morpheme, ...]] = {}

    def numbers(self, texts: Sequence[str]) -> Int32Array:
        """Return each text's number, giving new texts one."""
        if len(self._numbers) > _MOST_REMEMBERED:
            self._numbers.clear()
        new = [text for text in dict.fromkeys(texts) if text not in self._numbers]
        if new:
            with self._cache.database as database:
                database.executemany("INSERT OR IGNORE INTO strings (text) VALUES (?)", ((text,) for text in new))
            self._numbers.update(self._cache.rows("SELECT text, id FROM strings WHERE text IN ({keys})", new))
        return np.array([self._numbers[text] for text in texts], np.int32)

    def texts(self, numbers: npt.NDArray[Any]) -> list[str]:
        """Return the texts of some numbers."""
        wanted = np.unique(numbers).tolist()
        found = dict(self._cache.rows("SELECT id, text FROM strings WHERE id IN ({keys})", wanted))
        return [found[number] for number in numbers.tolist()]

    def learn(self, words: Iterable[str]) -> None:
        """Make sure that the parts of some words, as `words_of` gives them, are known."""
        if len(self._learned) > _MOST_REMEMBERED:
            self._learned.clear()
        new = sorted(set(words) - self._learned)
        numbers = self.numbers(new).tolist()
        find = "SELECT id FROM words WHERE version = ? AND id IN ({keys})"
        known = {number for (number,) in self._cache.rows(find, numbers, self.version)}
        unknown = [word for word, number in zip(new, numbers, strict=True) if number not in known]
        if unknown:
            self._store(unknown, self._analyze_new([word for word in unknown if is_hangul(word)]))
        self._learned.update(new)

    def _store(self, words: Sequence[str], analysis: Analysis) -> None:
        split = [word_parts(word, analysis.__getitem__) for word in words]
        written = [
            text
            for word, parts in zip(words, split, strict=True)
            for part in parts
            for text in (word.removeprefix(ATTACHED)[part.start : part.end], part.term)
        ]
        numbers, place = self.numbers(written), 0
        rows = []
        for number, word, parts in zip(self.numbers(words).tolist(), words, split, strict=True):
            morphemes = morphemes_to_json(analysis[word]) if is_hangul(word) else None
            rows.append((number, self.version, morphemes, numbers[place : place + 2 * len(parts)].tobytes()))
            place += 2 * len(parts)
        with self._cache.database as database:
            database.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?)", rows)

    def parts(self, words: npt.NDArray[Any]) -> tuple[Int32Array, npt.NDArray[np.bool_], Int32Array]:
        """Return how many parts each word has, which are Hangul, and all parts: (what is written, its term), (n, 2)."""
        find = "SELECT id, morphemes IS NOT NULL, parts FROM words WHERE id IN ({keys})"
        found = {row[0]: row[1:] for row in self._cache.rows(find, words.tolist())}
        rows = [found[number] for number in words.tolist()]
        sizes = np.array([len(parts) // 8 for _, parts in rows], np.int32)
        hangul = np.array([hangul for hangul, _ in rows], np.bool_)
        return sizes, hangul, np.frombuffer(b"".join(parts for _, parts in rows), np.int32).reshape(-1, 2)

    def analyses(self, words: npt.NDArray[Any]) -> Iterator[tuple[str, str]]:
        """Yield each Hangul word among some words, and its morphemes as JSON."""
        find = (
            "SELECT text, morphemes FROM words JOIN strings USING (id)"
            " WHERE morphemes IS NOT NULL AND words.id IN ({keys})"
        )
        yield from self._cache.rows(find, words.tolist())

    def analyze(self, word: str) -> tuple[Morpheme, ...]:
        """Return the morphemes of a Hangul word that was learned."""
        known = self._analyses.get(word)
        return self._read(word) if known is None else known

    def _read(self, word: str) -> tuple[Morpheme, ...]:
        if len(self._analyses) > _MOST_REMEMBERED:
            self._analyses.clear()
        find = "SELECT morphemes FROM words WHERE id = ?"
        (text,) = self._cache.database.execute(find, (int(self.numbers([word])[0]),)).fetchone()
        found = self._analyses[word] = morphemes_from_json(text)
        return found
