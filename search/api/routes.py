"""The routes: what is asked over HTTP, and which of the engine's answers it gets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from search.api import parameters, schemas
from search.api.limits import RequestError, check_query_string, read_body
from search.api.problems import problem_docs
from search.api.security import admits
from search.browse.facets import facets as facets_of
from search.browse.glossary_list import glossary as entries_of
from search.browse.map import atlas
from search.browse.stats import stats as stats_of
from search.engine import Engine
from search.export.json_values import answer_body, json_text
from search.service.answering import Body, Service, Write
from search.service.metrics import CONTENT_TYPE
from search.service.remembered import digest_of

GENERATION_HEADER = "Nonmun-Generation"

Make = Callable[[Engine], Body]


def service_of(request: Request) -> Service:
    """Return the service that a request is for."""
    service: Service = request.app.state.service
    return service


async def admitted(request: Request) -> None:
    """Refuse a request that bears no key, where keys are wanted."""
    keys = service_of(request).settings.keys
    if keys and not admits(keys, request.headers.get("authorization", "")):
        detail = "this service wants a key; send it as: Authorization: Bearer KEY"
        raise RequestError(HTTPStatus.UNAUTHORIZED, detail)


async def checked(request: Request) -> None:
    """Refuse a query string before its bytes are read as something else."""
    check_query_string(request.scope["query_string"])


async def similar_body(request: Request) -> parameters.SimilarBody:
    """Return the body of a request for similar papers."""
    raw = await read_body(request.stream(), service_of(request).settings.seconds)
    try:
        return parameters.SimilarBody.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None


class Asked:
    """One request for an answer."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._service = service_of(request)

    async def answer(
        self, make: Make, *question: str, write: Write = json_text, media_type: str = "application/json"
    ) -> Response:
        """Answer with what an engine makes of it; a question that is given in full may be answered from memory."""
        asked = digest_of(self._request.scope["route"].path, *question) if question else None
        written = await self._service.answer(make, self._gone, asked, write)
        self._request.scope["noted"] = {"generation": written.generation}
        headers = {GENERATION_HEADER: written.generation, "Cache-Control": "no-store"}
        return Response(written.body, headers=headers, media_type=media_type)

    async def _gone(self) -> None:
        """Return once the client has gone away."""
        with suppress(RequestError):
            while (await self._request.receive())["type"] != "http.disconnect":
                pass


def documented(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route that an engine answers: its header, and its errors."""
    header = {"description": "The generation that answered.", "schema": {"type": "string"}}
    return {200: {"headers": {GENERATION_HEADER: header}}} | problem_docs(*statuses)


LARGE = (HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
READY = problem_docs(*LARGE, HTTPStatus.SERVICE_UNAVAILABLE)
ASKED = documented(HTTPStatus.BAD_REQUEST, *LARGE, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)


def leading(to: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route whose answer names a paper: that it can be asked for, and its like."""
    links = {name: {"operationId": name, "parameters": {"paper_id": to}} for name in ("paper", "similar")}
    return ASKED | {200: {**ASKED[200], "links": links}}


NAMED = ASKED | problem_docs(HTTPStatus.NOT_FOUND)
SENT = NAMED | problem_docs(HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
SIMILAR_CONTENT = {"application/json": {"schema": parameters.body_schema(parameters.SimilarBody)}}

probes = APIRouter(tags=["operation"])
counters = APIRouter(tags=["operation"], dependencies=[Depends(admitted)])
questions = APIRouter(tags=["papers"], dependencies=[Depends(admitted), Depends(checked)])

OneAsked = Annotated[Asked, Depends(Asked)]
NoParameters = Annotated[parameters.Parameters, Query()]


@probes.get("/healthz", response_model=schemas.Health, responses=problem_docs(*LARGE))
async def healthz(request: Request) -> Body:
    """Say that the process runs, and how it is."""
    return service_of(request).health()


@probes.get("/readyz", response_model=schemas.Health, responses=READY)
async def readyz(request: Request) -> Body:
    """Say whether questions are answered as well as they can be."""
    return service_of(request).readiness()


@counters.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Count requests, the seconds of each stage, repeated questions and reloads, as Prometheus reads them."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE)


@questions.get("/search", response_model=schemas.Answer, responses=leading("$response.body#/results/0/paper/id"))
async def search(asked: Annotated[parameters.SearchParameters, Query()], one: OneAsked) -> Response:
    """Find the papers that answer a question in Korean or English, whichever language they are in."""

    def make(engine: Engine) -> Body:
        filters, half_life = asked.filters(), asked.half_life
        answer = engine.search(asked.q, asked.k, asked.offset, filters, sort=asked.sort, half_life=half_life)
        return answer_body(answer, asked.k, asked.offset, asked.explain)

    return await one.answer(make, asked.model_dump_json())


@questions.post(
    "/similar",
    response_model=schemas.Answer,
    responses=SENT,
    openapi_extra={"requestBody": {"required": True, "content": SIMILAR_CONTENT}},
)
async def similar_to_all(
    asked: NoParameters, sent: Annotated[parameters.SimilarBody, Depends(similar_body)], one: OneAsked
) -> Response:
    """Find the papers most like some of the store or like a text, and least like others."""

    def make(engine: Engine) -> Body:
        filters, text = sent.filters.filters(), sent.text.strip()
        answer = engine.similar(
            sent.positive, sent.k, sent.offset, filters, unlike=sent.negative, text=text, aspect=sent.kind()
        )
        return answer_body(answer, sent.k, sent.offset)

    return await one.answer(make, sent.model_dump_json())


@questions.get("/papers/{paper_id:path}/similar", response_model=schemas.Answer, responses=NAMED)
async def similar(paper_id: str, asked: Annotated[parameters.SimilarParameters, Query()], one: OneAsked) -> Response:
    """Find the papers most like one of the store, and say which sections of the two pair."""

    def make(engine: Engine) -> Body:
        answer = engine.similar(paper_id, asked.k, asked.offset, asked.filters(), aspect=asked.kind())
        return answer_body(answer, asked.k, asked.offset)

    return await one.answer(make, paper_id, asked.model_dump_json())


@questions.get("/papers/{paper_id:path}", response_model=schemas.Paper, responses=NAMED | leading("$response.body#/id"))
async def paper(paper_id: str, asked: NoParameters, one: OneAsked) -> Response:
    """Return one paper with its whole summary; an id may hold slashes."""
    return await one.answer(lambda engine: engine.paper(paper_id).as_dict())


@questions.get("/glossary", response_model=schemas.Glossary, responses=ASKED)
async def glossary(asked: Annotated[parameters.GlossaryParameters, Query()], one: OneAsked) -> Response:
    """List what the store's own texts say is the same in Korean and in English."""

    def make(engine: Engine) -> Body:
        return asdict(entries_of(engine.generation, asked.q, asked.limit))

    return await one.answer(make, asked.model_dump_json())


@questions.get("/facets", response_model=schemas.Facets, responses=ASKED)
async def facets(asked: Annotated[parameters.FacetParameters, Query()], one: OneAsked) -> Response:
    """Count the papers by month, field and author, for a question or without one."""
    return await one.answer(lambda engine: asdict(facets_of(engine, asked.q, asked.filters())), asked.model_dump_json())


@questions.get("/map", response_model=schemas.Map, responses=ASKED)
async def map_of_papers(asked: NoParameters, one: OneAsked) -> Response:
    """Say where each paper lies on the map, and which words tell of its regions."""
    return await one.answer(lambda engine: atlas(engine.generation), "")


@questions.get("/stats", response_model=schemas.Stats, responses=ASKED)
async def stats(asked: NoParameters, one: OneAsked) -> Response:
    """Say what the store holds and how it was made."""
    return await one.answer(lambda engine: asdict(stats_of(engine.generation)))
