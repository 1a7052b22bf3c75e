"""The routes: what is asked over HTTP, and which of the engine's answers it gets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import TypeAdapter, ValidationError

from index.paper import Paper
from search.answers import Answer
from search.api import parameters
from search.api.examples import ANSWER
from search.api.limits import RequestError, check_query_string, read_body
from search.api.problems import problem_docs
from search.api.security import is_among
from search.browse.around import Around
from search.browse.around import around as around_paper
from search.browse.days import Days, newest_days
from search.browse.facets import Facets
from search.browse.facets import facets as facets_of
from search.browse.glossary_list import Glossary
from search.browse.glossary_list import glossary as entries_of
from search.browse.map import Map, map_of
from search.browse.stats import Stats
from search.browse.stats import stats as stats_of
from search.browse.suggest import Suggested, suggested
from search.engine import Engine
from search.export.json import explained, made_safe
from search.service.answering import Health, Service
from search.service.metrics import CONTENT_TYPE
from search.service.opened import digest_of

GENERATION_HEADER = "Nonmun-Generation"

JSON = "application/json"
_NOT_ASKED = {"results": {"__all__": {"explanation"}}}

T = TypeVar("T")


@cache
def writer_of(shape: Any) -> Callable[[Any], bytes]:
    """Return what writes values of a shape, the very one that OpenAPI describes; explanations only where there are."""
    adapter: TypeAdapter[Any] = TypeAdapter(shape)

    def write(value: Any) -> bytes:
        silent = isinstance(value, Answer) and not any(one.explanation for one in value.results)
        written = adapter.dump_json(value, exclude=_NOT_ASKED if silent else None)
        return made_safe(written.decode()).encode()

    return write


def service_of(request: Request) -> Service:
    """Return the service that a request is for."""
    service: Service = request.app.state.service
    return service


BEARER = HTTPBearer(auto_error=False, description="One of the service's keys.")


async def admitted(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]) -> None:
    """Refuse a request that bears none of the service's keys."""
    if not is_among(service_of(request).settings.keys, given.credentials if given else ""):
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

    async def answer(self, make: Callable[[Engine], Any], *question: str) -> Response:
        """Answer with what an engine makes of it, as JSON of what the route says it answers with.

        A question that is given in full may be answered from memory.
        """
        return await self.document(make, writer_of(self._request.scope["route"].response_model), *question)

    async def document(
        self, make: Callable[[Engine], T], write: Callable[[T], bytes], *question: str, media_type: str = JSON
    ) -> Response:
        """Answer with what an engine makes of it, written as a document."""
        # Last week is another one tomorrow.
        day = date.today().isoformat()
        asked = digest_of(self._request.scope["route"].path, day, *question) if question else None
        written = await self._service.answer(make, write, self._gone, asked)
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


ANSWERED = ASKED | {200: {**ASKED[200], "content": {JSON: {"example": ANSWER}}}}


def leading(to: str) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route whose answer names a paper: that it can be asked for, and its like."""
    links = {name: {"operationId": name, "parameters": {"paper_id": to}} for name in ("paper", "similar")}
    return ANSWERED | {200: {**ANSWERED[200], "links": links}}


NAMED = ASKED | problem_docs(HTTPStatus.NOT_FOUND)
SENT = NAMED | problem_docs(HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
SIMILAR_CONTENT = {"application/json": {"schema": parameters.body_schema(parameters.SimilarBody)}}

probes = APIRouter(tags=["operation"])
counters = APIRouter(tags=["operation"])
questions = APIRouter(tags=["papers"], dependencies=[Depends(checked)])

OneAsked = Annotated[Asked, Depends(Asked)]
NoParameters = Annotated[parameters.Parameters, Query()]


@probes.get("/healthz", response_model=Health, responses=problem_docs(*LARGE))
async def healthz(request: Request) -> Health:
    """Say that the process runs, and how it is."""
    return service_of(request).health()


@probes.get("/readyz", response_model=Health, responses=READY)
async def readyz(request: Request) -> Health:
    """Say whether questions are answered as well as they can be."""
    return service_of(request).readiness()


@counters.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Count requests, the seconds of each stage, repeated questions and reloads, as Prometheus reads them."""
    return Response(service_of(request).metrics.text(), media_type=CONTENT_TYPE)


@questions.get("/search", response_model=Answer, responses=leading("$response.body#/results/0/paper/id"))
async def search(asked: Annotated[parameters.SearchParameters, Query()], one: OneAsked) -> Response:
    """Find the papers that answer a question in Korean or English, whichever language they are in."""

    def make(engine: Engine) -> Answer:
        filters, half_life = asked.filters(), asked.half_life
        answer = engine.search(
            asked.q, asked.k, asked.offset, filters, sort=asked.sort, half_life=half_life, literal=asked.literal
        )
        return explained(answer) if asked.explain else answer

    return await one.answer(make, asked.model_dump_json())


@questions.post(
    "/similar",
    response_model=Answer,
    responses=SENT,
    openapi_extra={"requestBody": {"required": True, "content": SIMILAR_CONTENT}},
)
async def similar_to_all(
    asked: NoParameters, sent: Annotated[parameters.SimilarBody, Depends(similar_body)], one: OneAsked
) -> Response:
    """Find the papers most like some of the store or like a text, and least like others."""

    def make(engine: Engine) -> Answer:
        filters, text = sent.filters.filters(), sent.text.strip()
        return engine.similar(
            sent.positive, sent.k, sent.offset, filters, unlike=sent.negative, text=text, aspect=sent.kind()
        )

    return await one.answer(make, sent.model_dump_json())


@questions.get("/papers/{paper_id:path}/similar", response_model=Answer, responses=NAMED)
async def similar(paper_id: str, asked: Annotated[parameters.SimilarParameters, Query()], one: OneAsked) -> Response:
    """Find the papers most like one of the store, and say which sections of the two pair."""

    def make(engine: Engine) -> Answer:
        return engine.similar(paper_id, asked.k, asked.offset, asked.filters(), aspect=asked.kind())

    return await one.answer(make, paper_id, asked.model_dump_json())


@questions.get("/papers/{paper_id:path}/around", response_model=Around, responses=NAMED)
async def around(paper_id: str, asked: NoParameters, one: OneAsked) -> Response:
    """Say what lies around a paper: its nearest and how they hang together, and what came before and after it."""
    return await one.answer(lambda engine: around_paper(engine, paper_id), paper_id)


@questions.get("/papers/{paper_id:path}", response_model=Paper, responses=NAMED | leading("$response.body#/id"))
async def paper(paper_id: str, asked: NoParameters, one: OneAsked) -> Response:
    """Return one paper with its whole summary; an id may hold slashes."""
    return await one.answer(lambda engine: engine.paper(paper_id))


@questions.get("/glossary", response_model=Glossary, responses=ASKED)
async def glossary(asked: Annotated[parameters.GlossaryParameters, Query()], one: OneAsked) -> Response:
    """List what the store's own texts say is the same in Korean and in English."""
    question = asked.model_dump_json()
    return await one.answer(lambda engine: entries_of(engine.generation, asked.q, asked.limit), question)


@questions.get("/facets", response_model=Facets, responses=ASKED)
async def facets(asked: Annotated[parameters.FacetParameters, Query()], one: OneAsked) -> Response:
    """Count the papers by month, field and author, for a question or without one."""
    return await one.answer(
        lambda engine: facets_of(engine, asked.q, asked.filters(), asked.literal), asked.model_dump_json()
    )


@questions.get("/suggest", response_model=Suggested, responses=ASKED)
async def suggest(asked: Annotated[parameters.SuggestParameters, Query()], one: OneAsked) -> Response:
    """Say what a question that is being written may become: titles, authors and topics of the archive."""
    return await one.answer(lambda engine: suggested(engine.generation, asked.q), asked.model_dump_json())


@questions.get("/days", response_model=Days, responses=ASKED)
async def days(asked: Annotated[parameters.DayParameters, Query()], one: OneAsked) -> Response:
    """List the newest days: how many papers, on what, and those with the most votes."""
    return await one.answer(lambda engine: newest_days(engine, asked.n), asked.model_dump_json())


@questions.get("/map", response_model=Map, responses=ASKED)
async def map_of_papers(asked: NoParameters, one: OneAsked) -> Response:
    """Say where each paper lies on the map, and which words tell of its regions."""
    return await one.answer(lambda engine: map_of(engine.generation), "")


@questions.get("/stats", response_model=Stats, responses=ASKED)
async def stats(asked: NoParameters, one: OneAsked) -> Response:
    """Say what the store holds and how it was made."""
    return await one.answer(lambda engine: stats_of(engine.generation))
