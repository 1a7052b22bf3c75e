"""The commands that read a store: search, similar, show, glossary, stats."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from index.errors import QueryError
from index.paper import Kind
from search.answers import Answer, Filters
from search.cli.arguments import (
    GlossaryArguments,
    Page,
    SearchArguments,
    ShowArguments,
    SimilarArguments,
    StatsArguments,
)
from search.cli.opening import opened_engine, opened_generation
from search.cli.output import print_body, print_export, screen_of, warn
from search.cli.terminal import answer_lines, glossary_lines, paper_lines, stats_lines

if TYPE_CHECKING:
    from search.engine import Engine


def run_search(arguments: SearchArguments) -> None:
    """Run `nonmun search`."""

    def ask(engine: Engine, page: Page) -> Answer:
        return engine.search(
            " ".join(arguments.words),
            page.k,
            page.offset,
            _filters(page),
            sort=arguments.sort,
            half_life=arguments.half_life,
            literal=arguments.literal,
        )

    return _answer(arguments, ask, arguments.explain)


def run_similar(arguments: SimilarArguments) -> None:
    """Run `nonmun similar`."""
    text = _read_input() if arguments.text == "-" else arguments.text or ""

    def ask(engine: Engine, page: Page) -> Answer:
        return engine.similar(
            arguments.ids,
            page.k,
            page.offset,
            _filters(page),
            unlike=arguments.unlike or (),
            text=text.strip(),
            aspect=Kind(arguments.aspect) if arguments.aspect else None,
        )

    return _answer(arguments, ask)


def _read_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise QueryError(f"standard input is not UTF-8 text ({error.reason} at byte {error.start})") from None


def _filters(page: Page) -> Filters:
    section = Kind(page.section) if page.section else None
    return Filters(page.date_from, page.date_to, page.min_votes, page.author, page.field, section)


def _answer(
    arguments: SearchArguments | SimilarArguments, ask: Callable[[Engine, Page], Answer], explain: bool = False
) -> None:
    """Print an answer, or its whole papers in the format that is asked for."""
    from search.browse.listing import answering
    from search.export.json import answer_body, explained

    page = arguments.page
    with opened_engine(arguments.store) as engine:
        answer = ask(engine, page)
        papers = answering(engine, answer) if page.format else []
    for warning in () if arguments.json else answer.warnings:
        warn(warning)
    if page.format:
        print_export(arguments.json, page.format, papers)
    else:
        body = answer_body(explained(answer) if explain else answer)
        print_body(arguments.json, body, answer_lines(answer, page.offset, screen_of(page.color), explain), page.pager)


def run_show(arguments: ShowArguments) -> None:
    """Run `nonmun show`."""
    from search.query.exact import paper_row

    with opened_generation(arguments.store) as generation:
        paper = generation.paper(paper_row(arguments.id, generation))
    if arguments.format:
        print_export(arguments.json, arguments.format, [paper])
    else:
        lines = paper_lines(paper, screen_of(arguments.color))
        print_body(arguments.json, paper.as_dict(), lines, arguments.pager)


def run_glossary(arguments: GlossaryArguments) -> None:
    """Run `nonmun glossary`."""
    from search.browse.glossary_list import glossary

    with opened_generation(arguments.store) as generation:
        found = asdict(glossary(generation, " ".join(arguments.words), arguments.limit))
    print_body(arguments.json, found, glossary_lines(found), arguments.pager)


def run_stats(arguments: StatsArguments) -> None:
    """Run `nonmun stats`."""
    from search.browse.stats import stats

    with opened_generation(arguments.store) as generation:
        found = asdict(stats(generation))
    print_body(arguments.json, found, stats_lines(found))
