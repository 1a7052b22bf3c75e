"""What a query names exactly: arXiv ids, titles and short names, quoted phrases, authors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Mask, RowArray
from index.errors import UnknownPaper
from index.paper import Paper, name_words
from index.store.generation import Generation
from index.words.lexical import WordAnalysis, whole_tokens
from index.words.names import plain
from search.query.filters import authored
from search.stages import check

MAX_CLAUSES = 8
"""The most quoted phrases, and the most authors, of one query; further ones are read as words."""

SHORT_NAME = 1.0
WHOLE_NAME = 2.0

_CLAUSE = re.compile(
    r"""(?P<author>(?<!\w)(?:author|저자)\s?[:：]\s?)?
    (?: (?<!\w)"([^"“”]+)" | “([^"“”]+)” | 「([^「」]+)」 | (?(author)([^\s"“”「」]+)|(?!)) )""",
    re.IGNORECASE | re.VERBOSE,
)
_ID = re.compile(
    r"""(?<!\d)(?<!\d\.)(\d\d(?:0[1-9]|1[0-2])\.\d{4,5})(?:v\d+)?(?!\d)
    | (?<![\w.-])([a-z]+(?:-[a-z]+)?(?:\.[a-z]{2})?/\d\d(?:0[1-9]|1[0-2])\d{3})(?:v\d+)?(?!\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_SUBJECT_CLASS = re.compile(r"\.[a-z]{2}(?=/)", re.IGNORECASE)
_GAP = r"[\s\-\u2010-\u2015\u2212]+"
_LETTER = r"[^\W_가-힣]"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query taken apart; `text` is what is ranked by meaning and words, and keeps the words of phrases."""

    text: str
    phrases: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Restriction:
    """The papers that a query's phrases and authors leave, or None for all, and what was left out of it."""

    papers: Mask | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Pinned:
    """The papers that a query names, ascending, with SHORT_NAME or WHOLE_NAME for each; and ids that no paper has."""

    rows: RowArray
    values: FloatArray
    warnings: tuple[str, ...] = ()


def parse(query: str) -> Parsed:
    """Take a query apart; what is no complete clause stays in the text, unbalanced quotes too."""
    written = unicodedata.normalize("NFC", query)
    phrases: list[str] = []
    authors: list[str] = []

    def read(clause: re.Match[str]) -> str:
        value = clause[clause.lastindex or 0].strip()
        if clause["author"] and name_words(value.strip(",;")) and len(authors) < MAX_CLAUSES:
            authors.append(value.strip(",;"))
            return " "
        if not clause["author"] and plain(value) and len(phrases) < MAX_CLAUSES:
            phrases.append(value)
            return value
        return clause.group()

    text = " ".join(_CLAUSE.sub(read, written).split())
    ids = dict.fromkeys(new or old for new, old in _ID.findall(written))
    return Parsed(text, tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(authors)), tuple(ids))


def restrict(parsed: Parsed, generation: Generation, analyze: WordAnalysis) -> Restriction:
    """Return the papers that hold a query's phrases and are by its authors; a phrase that none holds is left out."""
    phrases = {phrase: holding(phrase, generation, analyze) for phrase in parsed.phrases}
    held = [mask for mask in phrases.values() if mask.any()]
    by = [authored(name, generation) for name in parsed.authors]
    papers = _all_of([*held, *by])
    warnings = [
        *(_unheld(phrase) for phrase, mask in phrases.items() if not mask.any()),
        *(f'no paper has an author "{a}"' for a, mask in zip(parsed.authors, by, strict=True) if not mask.any()),
    ]
    if papers is not None and not papers.any() and not warnings:
        warnings.append("no paper has all of the query's quoted phrases and authors")
    return Restriction(papers, tuple(warnings))


def _unheld(phrase: str) -> str:
    return f'the phrase "{phrase}" was found in no paper; its words were searched for instead'


def _all_of(masks: Sequence[Mask]) -> Mask | None:
    return reduce(np.logical_and, masks) if masks else None


def holding(phrase: str, generation: Generation, analyze: WordAnalysis) -> Mask:
    """Return the papers whose title or a section holds a phrase, shape (papers,).

    Case does not matter, white space and hyphens are alike, and a Latin word is matched as a whole. A phrase
    is looked up by its terms first: one of stop words alone is held by no paper.
    """
    mask = np.zeros(generation.manifest.papers, np.bool_)
    pattern = _pattern(phrase)
    for row in _candidates(phrase, generation, analyze):
        check()
        mask[row] = _holds(generation.paper(int(row)), pattern)
    return mask


def _candidates(phrase: str, generation: Generation, analyze: WordAnalysis) -> npt.NDArray[np.integer]:
    """Return the papers that have every term of a phrase; in lower case, a compound is one term however written."""
    nowhere = np.zeros(0, np.int32)
    postings = [generation.posting(term) for term in {t.term for t in whole_tokens(_folded(phrase), analyze)}]
    return reduce(np.intersect1d, sorted((p.rows if p else nowhere for p in postings), key=len) or [nowhere])


def _pattern(phrase: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in re.split(_GAP, _folded(phrase)) if word]
    return re.compile(rf"(?<!{_LETTER}(?={_LETTER})){_GAP.join(words)}(?!(?<={_LETTER}){_LETTER})")


def _holds(paper: Paper, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(_folded(text)) for text in (paper.title, *(s.text for s in paper.sections)))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def pinned(parsed: Parsed, generation: Generation, allowed: Mask | None) -> Pinned:
    """Return the allowed papers that a query names by an id, its whole title, or its short name."""
    wanted = {i: _row_of_id(i, generation) for i in parsed.ids}
    rows = {row: WHOLE_NAME for row in (*wanted.values(), _row_of_id(parsed.text, generation)) if row is not None}
    whole = plain(parsed.text)
    for row in named_rows(parsed.text, generation).tolist():
        rows.setdefault(row, WHOLE_NAME if plain(generation.paper(row).title) == whole else SHORT_NAME)
    kept = sorted(row for row in rows if allowed is None or allowed[row])
    warnings = tuple(f"no paper has the id {i!r} in this store" for i, row in wanted.items() if row is None)
    return Pinned(np.array(kept, np.int64), np.array([rows[row] for row in kept], np.float32), warnings)


def named_rows(text: str, generation: Generation) -> RowArray:
    """Return the papers whose title or short name a text is, whatever its case, spacing and punctuation, ascending."""
    return generation.named(plain(text))


def _row_of_id(paper_id: str, generation: Generation) -> int | None:
    for written in (paper_id, _SUBJECT_CLASS.sub("", paper_id.lower())):
        with suppress(UnknownPaper):
            return generation.row_of(written)
    return None
