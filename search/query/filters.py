"""Which papers and sections may answer: filters as masks over rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from index.arrays import Mask
from index.errors import QueryError
from index.paper import Kind, Paper, name_words
from index.store.generation import Generation
from index.store.layout import KINDS, NO_VOTES
from index.store.vectors import EVERYWHERE, Where
from index.words.people import query_keys
from search.answers import Filters
from search.query.periods import back

FIRST, LAST = "0101", "1231"
"""The month and the day that a year or a month alone begins or ends with."""
AGO = r"^[0-9]{1,4}[dwmy]$"
"""What so many days, weeks, months or years before today look like."""
_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")
_PART = r"(0(\.[0-9]{1,9})?|1(\.0{1,9})?)"
AREA = rf"^{_PART}(,{_PART}){{3}}$"
"""What a rectangle of the map looks like."""


@dataclass(frozen=True, slots=True, eq=False)
class Allowed:
    """What may answer: papers, shape (papers,), or None for all; their sections of a kind, or None for all kinds.

    `where` is what all these sections have in common, for an index that can use it.
    """

    papers: Mask | None = None
    kind: Kind | None = None
    where: Where = EVERYWHERE

    def sections(self, generation: Generation) -> Mask | None:
        """Return the sections that may answer, shape (sections,), or None for all."""
        layout = generation.layout
        if self.papers is None and self.kind is None:
            return None
        count = len(layout.section_kinds)
        mask: Mask = np.ones(count, np.bool_) if self.papers is None else self.papers[layout.section_papers]
        return mask if self.kind is None else mask & (layout.section_kinds == KINDS.index(self.kind))


def allowed_by(filters: Filters, generation: Generation, aspect: Kind | None = None) -> Allowed:
    """Return what filters let through, by sections of one aspect where there is one; QueryError for a bad filter."""
    kind = aspect or filters.section
    return Allowed(paper_mask(filters, generation), kind, where(filters, kind))


def narrowed(allowed: Allowed, papers: Mask | None) -> Allowed:
    """Return what may answer of these papers, shape (papers,); None takes nothing away."""
    if papers is None:
        return allowed
    return replace(allowed, papers=papers if allowed.papers is None else allowed.papers & papers)


def paper_mask(filters: Filters, generation: Generation) -> Mask | None:
    """Return the papers that pass, shape (papers,), or None where every paper does; QueryError for a bad filter."""
    if filters == Filters():
        return None
    check_said(filters)
    layout = generation.layout
    mask = np.ones(len(layout.dates), np.bool_)
    common = where(filters, None)
    if common.first_day is not None:
        mask &= layout.dates >= common.first_day
    if common.last_day is not None:
        mask &= layout.dates <= common.last_day
    if filters.min_votes is not None:
        mask &= (layout.votes >= filters.min_votes) & (layout.votes > NO_VOTES)
    if filters.author:
        mask &= authored(filters.author, generation)
    if filters.field:
        mask &= _among(generation.labelled(_field_label(filters.field)), len(mask))
    if filters.section is not None:
        owners = layout.section_papers[layout.section_kinds == KINDS.index(filters.section)]
        mask &= _among(owners, len(mask))
    if filters.area:
        mask &= within(filters.area, generation)
    return mask


def check_said(filters: Filters) -> None:
    """Raise QueryError for a filter that is given but says nothing."""
    for field in fields(filters):
        value = getattr(filters, field.name)
        if isinstance(value, str) and not value.strip():
            name = field.name.removeprefix("date_")
            raise QueryError(f"the filter {name!r} is empty; write what it lets through, or leave it out")


def where(filters: Filters, kind: Kind | None) -> Where:
    """Return what all sections of a kind have in common whose papers pass; QueryError for a bad date."""
    if filters == Filters() and kind is None:
        return EVERYWHERE
    first = day_number(filters.date_from, FIRST) if filters.date_from else None
    last = day_number(filters.date_to, LAST) if filters.date_to else None
    return Where(
        first_day=1 if first is None and last is not None else first,  # 0 stands for an unknown date
        last_day=last,
        least_votes=filters.min_votes,
        kind=None if kind is None else KINDS.index(kind),
        labels=(
            *(f"author:{word}" for word in _single(name_words(filters.author or ""))),
            *([_field_label(filters.field)] if filters.field else []),
        ),
    )


def day_number(text: str, rest: str, today: date | None = None) -> int:
    """Return an ISO 8601 date, or a day so many days, weeks, months or years ago such as 7d, as yyyymmdd.

    A year or a month alone takes the month and day from `rest`, mmdd.
    """
    written = text.strip()
    if re.fullmatch(AGO, written):
        return int(f"{_ago(written, today or date.today()):%Y%m%d}")
    missing = "-01-01"[len(written) - 4 :] if _YEAR_OR_MONTH.fullmatch(written) else ""
    try:
        day = date.fromisoformat(written + missing)
    except ValueError:
        raise QueryError(f"not a date: {text!r}; write YYYY, YYYY-MM, YYYY-MM-DD, or 7d, 2w, 3m, 1y ago") from None
    digits = (written if missing else day.isoformat()).replace("-", "")
    return int(digits + rest[len(digits) - 4 :])


def _ago(written: str, today: date) -> date:
    unit = {"d": "day", "w": "week", "m": "month", "y": "year"}[written[-1]]
    try:
        return back(today, int(written[:-1]), unit).first
    except ValueError:
        return date.min


def authored(name: str, generation: Generation) -> Mask:
    """Return the papers by an author, shape (papers,).

    Several words are a whole name or a surname with initials, in any order; else every word must be in one name.
    """
    words = name_words(name)
    size = len(generation.layout.dates)
    if len(words) > 1 and (named := [generation.labelled(f"name:{key}") for key in query_keys(name)]):
        mask = _among(np.concatenate(named), size)
        if mask.any():
            return mask
    mask = np.full(size, bool(words))
    for word in words:
        mask &= _among(generation.labelled(f"author:{word}"), size)
    if len(words) > 1:
        rows = np.flatnonzero(mask)
        mask[rows] = [_has_author(generation.paper(int(row)), words) for row in rows]
    return mask


def within(area: str, generation: Generation) -> Mask:
    """Return the papers in a rectangle of the map, shape (papers,); QueryError where it is none."""
    if not re.fullmatch(AREA, area):
        raise QueryError(f"not an area: {area[:40]!r}; write left,top,right,bottom as numbers from 0 to 1")
    left, top, right, bottom = map(float, area.split(","))
    x, y = generation.map_points.points.T
    mask: Mask = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return mask


def _single(words: list[str]) -> list[str]:
    """Return the only word; of several, an author's name may have none as it is written."""
    return words if len(words) == 1 else []


def _has_author(paper: Paper, words: list[str]) -> bool:
    return any(set(words) <= set(name_words(author)) for author in paper.authors)


def _field_label(field: str) -> str:
    return f"field:{field.strip().casefold()}"


def _among(rows: npt.NDArray[np.int32] | npt.NDArray[np.int64], size: int) -> Mask:
    mask = np.zeros(size, np.bool_)
    mask[rows] = True
    return mask
