"""Whether a question is on an archive's subject: how near it comes to a section, and how much of it papers say.

Nearness alone mistakes everyday words for topics, and words alone mistake a paraphrase for a stranger; together
they are compared with what the archive's own titles and sentences reach among other papers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from index.words.bm25 import Posting
from index.words.glossary import Entry

CLOSEST = 10
"""How many papers, those with the nearest sections, are asked what they say of a question."""
NEAREST = 60
"""So many sections hold that many papers."""
_TRANSLATES = 0.3
_MOST = 30.0
_WEIGHT = 0.004
"""What a unit of inverse document frequency that is said counts beside a cosine."""

PostingOf = Callable[[str], Posting | None]


def evidence(nearest: float, said: float) -> float:
    """Return how strongly an archive answers a question, from its nearest section's score and what papers say of it."""
    return nearest + _WEIGHT * min(_MOST, said)


def said(terms: Sequence[str], entries: Iterable[Entry], posting_of: PostingOf, rows: Sequence[int]) -> float:
    """Return the most, by inverse document frequency, that one of some papers says of a question's terms.

    A term is said by itself, or by what the glossary's entries give for it.
    """
    others: dict[str, list[list[Posting]]] = {}
    for entry in entries:
        found = [posting for posting in map(posting_of, entry.other) if posting is not None]
        if len(entry.phrase) == 1 and entry.weight >= _TRANSLATES and len(found) == len(entry.other):
            others.setdefault(entry.phrase[0], []).append(found)
    known = [(term, posting) for term in sorted(set(terms)) if (posting := posting_of(term)) is not None]

    def says(row: int, term: str, posting: Posting) -> bool:
        return posting.holds(row) or any(all(one.holds(row) for one in some) for some in others.get(term, ()))

    return max((sum(p.idf for term, p in known if says(row, term, p)) for row in rows), default=0.0)
