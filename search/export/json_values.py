"""Answers as JSON-ready values: one body for the HTTP service and for the command line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from search.answers import Answer, Result

_UNSAFE = re.compile("[<\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(body: Mapping[str, Any], ascii_only: bool = False, indent: int | None = None) -> str:
    """Return a body as JSON whose text no page takes for markup and no terminal obeys, whatever a paper says.

    What could be either is written as an escape of JSON, so that the values are untouched.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(body, ensure_ascii=ascii_only, allow_nan=False, indent=indent, separators=separators)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def answer_body(answer: Answer, k: int, offset: int, explain: bool = False) -> dict[str, Any]:
    """Return one page of an answer as JSON-ready values."""
    values = asdict(replace(answer, results=()))
    return {**values, "k": k, "offset": offset, "results": [result_body(one, explain) for one in answer.results]}


def result_body(result: Result, explain: bool = False) -> dict[str, Any]:
    """Return a result as JSON-ready values; its paper has no sections but the matching ones."""
    values = asdict(result)
    del values["paper"]["sections"]
    return {**values, "explanation": explanation(result)} if explain else values


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
