"""The sections of a generation in Milvus, searched as the vector index on disk is.

Every vector is compared with the query. What the engine allows is decided by its own mask: Milvus is asked for
what the allowed rows have in common, for more than is wanted, or for the very rows, and each hit is looked up in the
mask. So a condition that a server reads otherwise costs hits, and lets nothing through.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from index.arrays import FloatArray, Mask, RowArray
from index.errors import StoreError
from index.milvus.client import DAY, KIND, LABELS, NAME_PROPERTY, ROW, VOTES, Milvus
from index.store.address import Address
from index.store.vectors import EVERYWHERE, Where

MOST = 16_384
"""As many hits as Milvus gives at once."""
LISTED = 10_000
"""As many rows as are named in one condition."""
MOST_LISTED = 10 * LISTED
_MORE = 1.2
_AT_ONCE = 2_000


class MilvusIndex:
    """Inner-product search over the sections of one generation, its scores exact."""

    def __init__(self, marker: Path) -> None:
        place = _place(marker)
        self._generation = marker.parent.name
        self._milvus = Milvus(Address(place["uri"], place["collection"]))
        self.rows = self._milvus.load(self._generation)
        named = self._milvus.properties(self._generation).get(NAME_PROPERTY)
        if named != self._generation:
            raise StoreError(
                f"{place['uri']}: holds {named!r} in the place of {self._generation}; rebuild: nonmun index"
            )
        self.dimensions = int(place["dimensions"])
        self.kind = f"every vector compared, by Milvus {self._milvus.version()}"

    def search(
        self, query: FloatArray, k: int, allowed: Mask | None = None, where: Where = EVERYWHERE
    ) -> tuple[FloatArray, RowArray]:
        """Return the scores and rows of the k best of the allowed rows, best first; fewer where fewer are allowed.

        At most MOST come back, and where more than MOST_LISTED are allowed, those among the MOST nearest that meet
        the condition.
        """
        usable = self.rows if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, usable, MOST)
        if k == 0:
            return np.zeros(0, np.float32), np.zeros(0, np.int64)
        if allowed is None or usable == self.rows:
            return self._asked(query, k, "")
        if usable <= LISTED:
            return self._among(query, k, np.flatnonzero(allowed))
        scores, rows = self._more_and_more(query, k, allowed, condition(where))
        if len(rows) < k and usable <= MOST_LISTED:
            return self._among(query, k, np.flatnonzero(allowed))
        return scores, rows

    def vectors(self, rows: RowArray) -> FloatArray:
        """Return the stored vectors of some rows, shape (len(rows), dimensions)."""
        found: dict[int, list[float]] = {}
        wanted = np.unique(rows).tolist()
        for start in range(0, len(wanted), _AT_ONCE):
            found |= self._milvus.vectors(self._generation, wanted[start : start + _AT_ONCE])
        try:
            return np.array([found[row] for row in rows.tolist()], np.float32).reshape(len(rows), self.dimensions)
        except KeyError as error:
            raise StoreError(f"{self._generation}: Milvus has no row {error}; rebuild with: nonmun index") from None

    def _asked(self, query: FloatArray, limit: int, asked: str) -> tuple[FloatArray, RowArray]:
        scores, rows = self._milvus.search(self._generation, query.tolist(), limit, asked)
        return np.array(scores, np.float32), np.array(rows, np.int64)

    def _more_and_more(self, query: FloatArray, k: int, allowed: Mask, asked: str) -> tuple[FloatArray, RowArray]:
        """Return the k best of the allowed rows, or as many as are among the MOST that meet a condition."""
        share = 1.0 if asked else float(np.count_nonzero(allowed)) / self.rows
        limit = min(MOST, math.ceil(k * _MORE / share))
        while True:
            scores, rows = self._asked(query, limit, asked)
            passes = allowed[rows]
            if passes.sum() >= k or len(rows) < limit or limit == MOST:
                return scores[passes][:k], rows[passes][:k]
            limit = min(MOST, 2 * limit)

    def _among(self, query: FloatArray, k: int, rows: RowArray) -> tuple[FloatArray, RowArray]:
        """Return the k best of some rows, which are named to Milvus."""
        parts = [rows[start : start + LISTED] for start in range(0, len(rows), LISTED)]
        found = [self._asked(query, min(k, len(part)), _one_of(part)) for part in parts]
        scores, best = (np.concatenate(columns) for columns in zip(*found, strict=True))
        kept = np.isin(best, rows)
        order = np.argsort(-scores[kept], kind="stable")[:k]
        return scores[kept][order], best[kept][order]


def condition(where: Where) -> str:
    """Return what allowed rows have in common, as Milvus reads it; text is quoted as JSON, as it is."""
    limits = [
        f"{DAY} >= {where.first_day}" if where.first_day is not None else "",
        f"{DAY} <= {where.last_day}" if where.last_day is not None else "",
        f"{VOTES} >= {where.least_votes}" if where.least_votes is not None else "",
        f"{KIND} == {where.kind}" if where.kind is not None else "",
    ]
    labels = [f'json_contains({LABELS}["all"], {json.dumps(label, ensure_ascii=False)})' for label in where.labels]
    return " and ".join([limit for limit in limits if limit] + labels)


def _one_of(rows: RowArray) -> str:
    return f"{ROW} in {json.dumps(rows.tolist(), separators=(',', ':'))}"


def _place(marker: Path) -> dict[str, str]:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
        return {key: str(found[key]) for key in ("uri", "collection", "dimensions")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{marker}: damaged ({error}); remove the folder {marker.parent}, then try again") from error
