"""The routes whose answers are documents for other programs: files of references, and a feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from index.paper import Paper, text_digest
from search.api.parameters import ExportParameters, ListParameters
from search.api.routes import ASKED, NAMED, OneAsked, checked
from search.browse.listing import answering, named, newest
from search.engine import Engine
from search.export.atom import MEDIA_TYPE, FeedEntry, atom
from search.export.formats import FORMATS
from search.query.bounds import check_half_life, check_page
from search.text import one_line

documents = APIRouter(tags=["documents"], dependencies=[Depends(checked)])


def written_as(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of the media types of an answer."""
    content = {media_type: {"schema": {"type": "string"}} for media_type in media_types}
    return {200: {**ASKED[200], "content": content}}


EXPORTED = NAMED | written_as(*(form.media_type for form in FORMATS.values()))
FED = ASKED | written_as(MEDIA_TYPE) | {304: {"description": "The feed is the one that the reader has."}}


@dataclass(frozen=True, slots=True)
class Exported:
    """Papers to write, and whether words alone found them."""

    papers: Sequence[Paper]
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Fed:
    """What a feed holds, when the store was made, and whether words alone found it."""

    entries: Sequence[FeedEntry]
    updated: str
    degraded: bool


@documents.get("/export", response_class=Response, responses=EXPORTED)
async def export(asked: Annotated[ExportParameters, Query()], one: OneAsked) -> Response:
    """Write papers with their whole summaries for other programs: an answer, some that are named, or the newest."""
    form = FORMATS[asked.format]

    def make(engine: Engine) -> Exported:
        filters, half_life = asked.filters(), asked.half_life
        check_page(asked.k, asked.offset)
        check_half_life(half_life)
        if asked.ids:
            return Exported(named(engine, asked.ids, filters))
        if not asked.q.strip():
            return Exported(newest(engine, asked.k, asked.offset, filters))
        answer = engine.search(
            asked.q, asked.k, asked.offset, filters, sort=asked.sort, half_life=half_life, literal=asked.literal
        )
        return Exported(answering(engine, answer), answer.degraded)

    question = asked.model_dump_json()
    response = await one.document(
        make, lambda made: form.write(made.papers).encode(), question, media_type=form.media_type
    )
    response.headers["Content-Disposition"] = f'attachment; filename="nonmun.{form.ending}"'
    return response


@documents.get("/feed.atom", response_class=Response, responses=FED)
async def feed(asked: Annotated[ListParameters, Query()], one: OneAsked, request: Request) -> Response:
    """Feed a reader with the newest of the papers that answer a question best, or with the newest papers."""
    question, address = asked.model_dump_json(), str(request.url)

    def make(engine: Engine) -> Fed:
        return Fed(entries(engine, asked), engine.generation.manifest.created, engine.degraded)

    def write(made: Fed) -> bytes:
        title = f"논문 nonmun: {one_line(asked.q)}" if asked.q.strip() else "논문 nonmun"
        return atom(f"feed {question}", title, made.entries, updated=made.updated, address=address).encode()

    response = await one.document(make, write, question, address, media_type=MEDIA_TYPE)
    return unless_known(response, request)


def entries(engine: Engine, asked: ListParameters) -> list[FeedEntry]:
    """Return what a feed holds: the newest of the best, each with the section that matches."""
    if not asked.q.strip():
        return [FeedEntry(paper) for paper in newest(engine, asked.k, 0, asked.filters())]
    answer = engine.search(asked.q, asked.k, 0, asked.filters(), sort="date", literal=asked.literal)
    return [FeedEntry(result.paper, result.sections[0] if result.sections else None) for result in answer.results]


def unless_known(response: Response, request: Request) -> Response:
    """Return a response with its tag, or only that it has not changed since a reader was last here."""
    tag = f'"{text_digest(bytes(response.body).decode())[:32]}"'
    response.headers.update({"ETag": tag, "Cache-Control": "no-cache"})
    if tag not in request.headers.get("if-none-match", ""):
        return response
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
