"""What papers say that they do without: "without labels", "라벨 없이"."""

from __future__ import annotations

import re

from index.words.lexical import latin_tokens

MOST_WORDS = 3
_REACH = 40

_ENGLISH = re.compile(
    r"\bwithout\s+(?:(?:using|requiring|relying\s+on|the\s+need\s+for|any|the|an?|explicit|additional|further)\s+)*"
    rf"([A-Za-z][\w-]*(?:\s[A-Za-z][\w-]*){{0,{MOST_WORDS - 1}}})",
    re.IGNORECASE,
)
_KOREAN = re.compile(r"없(?:이|는)(?![가-힣])")
_FREE = re.compile(r"([A-Za-z]+)-free\b", re.IGNORECASE)
_NEEDED = re.compile(r"\s?필요(?:가|도|성이)?$")
_PARTICLE = re.compile(r"(?<=\w)(?:을|를|이|가|은|는|도)$")
_CLAUSE_END = re.compile(r"[.,;:()\n]")


def lacking(text: str) -> set[str]:
    """Return what a text says that it does without, as plain words: each noun phrase that may be meant."""
    found = {one for match in _ENGLISH.finditer(text) for one in _beginnings(match[1])}
    found |= {plain_words(match[1]) for match in _FREE.finditer(text)}
    for match in _KOREAN.finditer(text):
        clause = _CLAUSE_END.split(text[max(0, match.start() - _REACH) : match.start()].rstrip())[-1]
        found |= _endings(_PARTICLE.sub("", _NEEDED.sub("", clause)))
    return found


def plain_words(text: str) -> str:
    """Return words by their stems, as `lacking` gives them."""
    return " ".join(_stem(word) for word in text.split())


def _stem(word: str) -> str:
    tokens = latin_tokens(word) if word.isascii() else ()
    return tokens[0].term if tokens else word.lower()


def _beginnings(text: str) -> set[str]:
    words = text.split()
    return {plain_words(" ".join(words[:count])) for count in range(1, len(words) + 1)}


def _endings(text: str) -> set[str]:
    words = text.split()[-MOST_WORDS:]
    return {plain_words(" ".join(words[start:])) for start in range(len(words))}
