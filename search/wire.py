"""Answers as JSON-ready values: one body for the HTTP service and for the command line."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from search.answers import Answer, Result


def answer_body(answer: Answer, k: int, offset: int, explain: bool = False) -> dict[str, Any]:
    """Return one page of an answer as JSON-ready values; a result's paper has no sections but the matching ones."""
    values = asdict(answer)
    results = values.pop("results")
    for written, result in zip(results, answer.results, strict=True):
        del written["paper"]["sections"]
        if explain:
            written["explanation"] = explanation(result)
    return {**values, "k": k, "offset": offset, "results": results}


def explanation(result: Result) -> str:
    """Return how the parts of a result make its score, those that say nothing left out.

    The thousandths are rounded by largest remainders, so that the sum holds as written.
    """
    exact = {name: 1000 * part for name, part in result.parts.items()}
    shown = {name: math.floor(part) for name, part in exact.items()}
    total = round(1000 * result.score)
    for name in sorted(exact, key=lambda name: shown[name] - exact[name])[: max(total - sum(shown.values()), 0)]:
        shown[name] += 1
    terms = [f"{name} {thousandths / 1000:.3f}" for name, thousandths in shown.items() if thousandths]
    return f"{' + '.join(terms) or '0.000'} = {sum(shown.values()) / 1000:.3f}"
