"""Answers as JSON-ready values: one body for the HTTP service and for the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from search.answers import Answer


def answer_body(answer: Answer, k: int, offset: int) -> dict[str, Any]:
    """Return one page of an answer as JSON-ready values; a result's paper has no sections but the matching ones."""
    values = asdict(answer)
    results = values.pop("results")
    for result in results:
        del result["paper"]["sections"]
    return {**values, "k": k, "offset": offset, "results": results}
