"""A digest of saved searches as a document: Markdown, Atom or a page of HTML; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index.paper import Section
from search.answers import Result
from search.export.atom import FeedEntry, atom
from search.export.formats import entry_lines
from search.export.json import result_body
from search.export.markup import match_html, paper_facts, paper_link, text
from search.export.saved_searches import Digest, Part
from search.text import one_line

TITLE = "새 논문 · New papers"
WEAKER = "약한 일치 · weaker matches"
NOTHING = "Nothing is new."

_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{margin:1.5rem 0}small{opacity:.75}h2{border-bottom:1px solid;padding-bottom:.2rem}"
)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A digest, the name of its file, and the generation that it is from."""

    digest: Digest
    file: str
    generation: str
    created: str


def markdown_bulletin(bulletin: Bulletin) -> str:
    """Return a digest as Markdown, which `nonmun index` reads too."""
    lines = [f"# {TITLE}", "", f"{one_line(bulletin.file)} · {bulletin.created}", ""]
    parts = [line for part in bulletin.digest.parts for line in _part_lines(part, bulletin.created[:10])]
    return "\n".join([*lines, *(parts or [NOTHING])]) + "\n"


def _part_lines(part: Part, day: str) -> Iterator[str]:
    yield f"## {day} · {_asked(part)}"  # a heading without a day would be read as text of the paper above
    yield ""
    for result in part.results:
        best = tuple(Section(match.kind, match.heading, match.text) for match in result.sections[:1])
        yield from entry_lines(result.paper.whole(best))
        yield ""


def _asked(part: Part) -> str:
    """Return which queries a part answers, and whether only perhaps."""
    return " · ".join([*map(one_line, part.queries), *([] if part.strong else [WEAKER])])


def html_bulletin(bulletin: Bulletin) -> str:
    """Return a digest as a page that loads nothing."""
    parts = "".join(map(_part_html, bulletin.digest.parts)) or f"<p>{NOTHING}</p>"
    return (
        f'<!doctype html>\n<html lang="ko">\n<head><meta charset="utf-8"><title>{TITLE}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{TITLE}</h1><p><small>{text(bulletin.file)} · {text(bulletin.created)}</small></p>\n"
        f"{parts}</body>\n</html>\n"
    )


def _part_html(part: Part) -> str:
    return f"<section><h2>{text(_asked(part))}</h2>{''.join(map(_result_html, part.results))}</section>\n"


def _result_html(result: Result) -> str:
    dated = (result.paper.date, *paper_facts(result.paper))
    facts = text(" · ".join(fact for fact in dated if fact))
    why = f"<p>{match_html(result.sections[0])}</p>" if result.sections else ""
    return f"<article><h3>{paper_link(result.paper)}</h3><p><small>{facts}</small></p>{why}</article>"


def atom_bulletin(bulletin: Bulletin) -> str:
    """Return a digest as a feed."""
    results = [result for part in bulletin.digest.parts for result in part.results]
    entries = [FeedEntry(result.paper, result.sections[0] if result.sections else None) for result in results]
    title = f"{TITLE}: {one_line(bulletin.file)}"
    return atom(f"digest {bulletin.file}", title, entries, updated=bulletin.created)


DOCUMENTS: Mapping[str, Callable[[Bulletin], str]] = {
    "md": markdown_bulletin,
    "atom": atom_bulletin,
    "html": html_bulletin,
}


def bulletin_body(bulletin: Bulletin) -> dict[str, Any]:
    """Return a digest as JSON-ready values."""
    parts = [
        {"queries": part.queries, "strong": part.strong, "results": [result_body(one) for one in part.results]}
        for part in bulletin.digest.parts
    ]
    warnings, new = list(bulletin.digest.warnings), len(bulletin.digest.ids())
    return {"generation": bulletin.generation, "new": new, "parts": parts, "warnings": warnings}
