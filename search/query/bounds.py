"""What may be asked for at once, and the refusal of what lies outside."""

from __future__ import annotations

import math
from collections.abc import Sequence

from index.errors import QueryError

POOL = 250
"""How many papers are looked at closely, and so the deepest that an answer goes."""
MAX_RESULTS = 100
MAX_OFFSET = POOL - MAX_RESULTS
MAX_EXAMPLES = 50


def check_page(k: int, offset: int) -> None:
    """Raise QueryError where a page lies outside what is answered."""
    if not 1 <= k <= MAX_RESULTS:
        raise QueryError(f"k is {k}; it must be between 1 and {MAX_RESULTS}")
    if not 0 <= offset <= MAX_OFFSET:
        raise QueryError(f"offset is {offset}; it must be between 0 and {MAX_OFFSET}")


def check_half_life(days: float | None) -> None:
    """Raise QueryError where a half-life is no time at all."""
    if days is not None and not 0 < days < math.inf:
        raise QueryError(f"the half-life is {days} days; it must be a number above 0")


def check_examples(like: Sequence[str], unlike: Sequence[str], text: str) -> None:
    """Raise QueryError where there is nothing to be like, or more than can be compared."""
    if not like and not text.strip():
        raise QueryError("nothing to be like; give an id or a text")
    if (given := max(len(like), len(unlike))) > MAX_EXAMPLES:
        raise QueryError(f"{given} papers are given; give {MAX_EXAMPLES} at most")
