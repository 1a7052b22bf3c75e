"""What a query names exactly: arXiv ids, titles and short names, quoted phrases, authors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from index.arrays import FloatArray, Mask, RowArray
from index.errors import QueryError, UnknownPaper
from index.paper import Paper, Span, name_words
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
_LONGEST_LEAD = 200
_LEADS_TO = re.compile(
    r"(?:(?:https?://|www\.|10\.48550/|doi:)?[\w.:/?=&%#-]*[/:.]|arxiv[:\s]\s?)?$", re.IGNORECASE | re.ASCII
)
_LEADS_ON = re.compile(r"(?:\.pdf)?(?:[/?#][\w./?=&%#-]*)?", re.IGNORECASE | re.ASCII)
_SUBJECT_CLASS = re.compile(r"\.[a-z]{2}(?=/)", re.IGNORECASE)
_GAP = r"[\s\-\u2010-\u2015\u2212]+"
_LETTER = r"[^\W_가-힣]"


@dataclass(frozen=True, slots=True)
class Clause:
    """A quoted phrase or a marked author, from `start` to `end`, and where its value stands."""

    is_author: bool
    start: int
    end: int
    value: Span


@dataclass(frozen=True, slots=True)
class Address:
    """A paper's arXiv id within whatever leads to it: a URL, a DOI, a version."""

    start: int
    end: int
    id: str


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


def clauses(text: str) -> list[Clause]:
    """Return the quoted phrases and marked authors of a text; an incomplete clause, such as one quote, is none."""
    found: list[Clause] = []
    for match in _CLAUSE.finditer(text):
        value = _trimmed(text, *match.span(match.lastindex or 0), ",; " if match["author"] else " ")
        said = text[value.start : value.end]
        is_author = match["author"] is not None
        alike = sum(one.is_author == is_author for one in found)
        if alike < MAX_CLAUSES and (name_words(said) if is_author else plain(said)):
            found.append(Clause(is_author, *match.span(), value))
    return found


def _trimmed(text: str, start: int, end: int, away: str) -> Span:
    part = text[start:end]
    left = len(part) - len(part.lstrip(away))
    return Span(start + left, start + max(left, len(part.rstrip(away))))


def addresses(text: str) -> list[Address]:
    """Return the arXiv ids of a text with the URL, DOI or version that each stands in."""
    found = []
    for match in _ID.finditer(text):
        start = match.start() - len(_LEADS_TO.search(text[max(0, match.start() - _LONGEST_LEAD) : match.start()])[0])  # type: ignore[index]
        end = _LEADS_ON.match(text, match.end()).end()  # type: ignore[union-attr]
        found.append(Address(start, end, match[1] or match[2]))
    return found


def restrict(
    phrases: Sequence[str], authors: Sequence[str], generation: Generation, analyze: WordAnalysis
) -> Restriction:
    """Return the papers that hold some phrases and are by some authors; a phrase that none holds is left out."""
    found = {phrase: holding(phrase, generation, analyze) for phrase in phrases}
    held = [mask for mask in found.values() if mask.any()]
    by = [authored(name, generation) for name in authors]
    papers, together = _all_of([*held, *by]), _all_of(by)
    if together is not None and not together.any() and all(mask.any() for mask in by):
        any_of_them: Mask = np.logical_or.reduce(by)
        warning = "no paper is by all of the query's authors; those by any of them are taken"
        return Restriction(_all_of([*held, any_of_them]), (*map(_unheld, _missing(found)), warning))
    warnings = [
        *map(_unheld, _missing(found)),
        *(f'no paper has an author "{a}"' for a, mask in zip(authors, by, strict=True) if not mask.any()),
    ]
    if papers is not None and not papers.any() and not warnings:
        warnings.append("no paper has all of the query's quoted phrases and authors")
    return Restriction(papers, tuple(warnings))


def _missing(phrases: Mapping[str, Mask]) -> list[str]:
    return [phrase for phrase, mask in phrases.items() if not mask.any()]


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


def pinned(text: str, ids: Sequence[str], generation: Generation, allowed: Mask | None) -> Pinned:
    """Return the allowed papers that a query names by an id, its whole title, or its short name."""
    wanted = {i: row_of_id(i, generation) for i in ids}
    rows = {row: WHOLE_NAME for row in (*wanted.values(), row_of_id(text, generation)) if row is not None}
    whole = plain(text)
    for row in named_rows(text, generation).tolist():
        rows.setdefault(row, WHOLE_NAME if plain(generation.paper(row).title) == whole else SHORT_NAME)
    kept = sorted(row for row in rows if allowed is None or allowed[row])
    warnings = tuple(f"no paper has the id {i!r} in this store" for i, row in wanted.items() if row is None)
    return Pinned(np.array(kept, np.int64), np.array([rows[row] for row in kept], np.float32), warnings)


def named_rows(text: str, generation: Generation) -> RowArray:
    """Return the papers whose title or short name a text is, whatever its case, spacing and punctuation, ascending."""
    return generation.named(plain(text))


def row_of_id(paper_id: str, generation: Generation) -> int | None:
    """Return the row of the paper with an id, old or new, or None."""
    for written in (paper_id, _SUBJECT_CLASS.sub("", paper_id.lower())):
        with suppress(UnknownPaper):
            return generation.row_of(written)
    return None


def paper_row(text: str, generation: Generation) -> int:
    """Return the row of the one paper that people mean by an id, a URL, a DOI, a title or a short name.

    Raises:
        UnknownPaper: the store has no such paper.
        QueryError: several papers go by the name; it says which.
    """
    written = unicodedata.normalize("NFC", text).strip()
    for one in (written, *(address.id for address in addresses(written))):
        if (row := row_of_id(one, generation)) is not None:
            return row
    rows = named_rows(written, generation).tolist()
    if len(rows) > 1:
        papers = [generation.paper(row) for row in rows]
        raise QueryError(
            f"{text!r} names {len(rows)} papers: {'; '.join(f'{p.id} {p.title}' for p in papers)}; give an id"
        )
    return rows[0] if rows else generation.row_of(text)
