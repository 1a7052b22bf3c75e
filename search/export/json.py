"""Answers as JSON that no page takes for markup and no terminal obeys."""

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
    """Return a body as JSON that is safe to show, whatever a paper says."""
    separators = (",", ":") if indent is None else None
    return made_safe(json.dumps(body, ensure_ascii=ascii_only, allow_nan=False, indent=indent, separators=separators))


def made_safe(text: str) -> str:
    """Return JSON with an escape for what a page could take for markup or a terminal obey; its values stay the same."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def answer_body(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON-ready values, its results as `result_body` does."""
    return {**asdict(replace(answer, results=())), "results": [result_body(one) for one in answer.results]}


def result_body(result: Result) -> dict[str, Any]:
    """Return a result as JSON-ready values; what was not asked to be explained holds no explanation."""
    values = asdict(result)
    return values if result.explanation else {name: value for name, value in values.items() if name != "explanation"}


def explained(answer: Answer) -> Answer:
    """Return an answer whose results say how their parts make their scores."""
    return replace(answer, results=tuple(replace(one, explanation=explanation(one)) for one in answer.results))


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
