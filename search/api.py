"""The HTTP service: routes over one engine, and every error as problem details (RFC 9457)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from index.errors import QueryError, UnknownPaper
from search import parameters, schemas
from search.atlas import atlas
from search.engine import Engine
from search.facets import facets as facets_of
from search.glossary import glossary as entries_of
from search.pages import add_pages
from search.service import OpenEngine, RequestError, Service, check_query_string, described, open_warm, read_body
from search.settings import Settings
from search.wire import answer_body

PROBLEM = "application/problem+json"
SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]
Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


async def ready_engine(request: Request) -> Engine:
    """Return the engine that answers this request."""
    service: Service = request.app.state.service
    return service.engine


async def checked(request: Request) -> None:
    """Refuse a query string before its bytes are read as something else."""
    check_query_string(request.scope["query_string"])


async def similar_body(request: Request) -> parameters.SimilarBody:
    """Return the body of a request for similar papers."""
    raw = await read_body(request.stream())
    try:
        return parameters.SimilarBody.model_validate_json(raw)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None


def problem_docs(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route's errors."""
    content = {PROBLEM: {"schema": schemas.Problem.model_json_schema()}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


READY = problem_docs(HTTPStatus.SERVICE_UNAVAILABLE)
ASKED = READY | problem_docs(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_URI_TOO_LONG, HTTPStatus.UNPROCESSABLE_ENTITY)
NAMED = ASKED | problem_docs(HTTPStatus.NOT_FOUND)
SENT = NAMED | problem_docs(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
SIMILAR_CONTENT = {"application/json": {"schema": parameters.body_schema(parameters.SimilarBody)}}

probes = APIRouter(tags=["operation"])
questions = APIRouter(tags=["papers"], dependencies=[Depends(checked)])

ReadyEngine = Annotated[Engine, Depends(ready_engine)]
NoParameters = Annotated[parameters.Parameters, Query()]


@probes.get("/healthz", response_model=schemas.Health)
async def healthz() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}


@probes.get("/readyz", response_model=schemas.Health, responses=READY)
async def readyz(engine: ReadyEngine) -> dict[str, str]:
    """Say whether questions can be answered."""
    return {"status": "ready"}


@questions.get("/search", response_model=schemas.Answer, responses=ASKED)
def search(asked: Annotated[parameters.SearchParameters, Query()], engine: ReadyEngine) -> JSONResponse:
    """Find the papers that answer a question in Korean or English, whichever language they are in."""
    answer = engine.search(asked.q, asked.k, asked.offset, asked.filters(), sort=asked.sort, half_life=asked.half_life)
    return JSONResponse(answer_body(answer, asked.k, asked.offset, asked.explain))


@questions.post(
    "/similar",
    response_model=schemas.Answer,
    responses=SENT,
    openapi_extra={"requestBody": {"required": True, "content": SIMILAR_CONTENT}},
)
def similar_to_all(
    asked: NoParameters, sent: Annotated[parameters.SimilarBody, Depends(similar_body)], engine: ReadyEngine
) -> JSONResponse:
    """Find the papers most like some of the store or like a text, and least like others."""
    answer = engine.similar(
        sent.positive,
        sent.k,
        sent.offset,
        sent.filters.filters(),
        unlike=sent.negative,
        text=sent.text.strip(),
        aspect=sent.kind(),
    )
    return JSONResponse(answer_body(answer, sent.k, sent.offset))


@questions.get("/papers/{paper_id:path}/similar", response_model=schemas.Answer, responses=NAMED)
def similar(
    paper_id: str, asked: Annotated[parameters.SimilarParameters, Query()], engine: ReadyEngine
) -> JSONResponse:
    """Find the papers most like one of the store, and say which sections of the two pair."""
    answer = engine.similar(paper_id, asked.k, asked.offset, asked.filters(), aspect=asked.kind())
    return JSONResponse(answer_body(answer, asked.k, asked.offset))


@questions.get("/papers/{paper_id:path}", response_model=schemas.Paper, responses=NAMED)
def paper(paper_id: str, asked: NoParameters, engine: ReadyEngine) -> JSONResponse:
    """Return one paper with its whole summary; an id may hold slashes."""
    return JSONResponse(engine.paper(paper_id).as_dict())


@questions.get("/glossary", response_model=schemas.Glossary, responses=ASKED)
def glossary(asked: Annotated[parameters.GlossaryParameters, Query()], engine: ReadyEngine) -> JSONResponse:
    """List what the store's own texts say is the same in Korean and in English."""
    return JSONResponse(asdict(entries_of(engine.generation, asked.q, asked.limit)))


@questions.get("/facets", response_model=schemas.Facets, responses=ASKED)
def facets(asked: Annotated[parameters.FacetParameters, Query()], engine: ReadyEngine) -> JSONResponse:
    """Count the papers by month, field and author, for a question or without one."""
    return JSONResponse(asdict(facets_of(engine, asked.q, asked.filters())))


@questions.get("/map", response_model=schemas.Map, responses=ASKED)
def map_of_papers(asked: NoParameters, engine: ReadyEngine) -> JSONResponse:
    """Say where each paper lies on the map, and which words tell of its regions."""
    return JSONResponse(atlas(engine.generation))


@questions.get("/stats", response_model=schemas.Stats, responses=ASKED)
def stats(asked: NoParameters, engine: ReadyEngine) -> JSONResponse:
    """Say what the store holds and how it was made."""
    return JSONResponse(asdict(engine.stats()))


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as problem details; `detail` is one line that says what to do."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return JSONResponse(body, status, headers, PROBLEM)


async def on_request_error(request: Request, error: RequestError) -> JSONResponse:
    """Answer a refused request with its own status."""
    wait = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return problem(error.status, str(error), wait)


async def on_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer parameters that do not validate, all of them in one line."""
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(map(described, error.errors())))


async def on_query_error(request: Request, error: QueryError) -> JSONResponse:
    """Answer a question that the engine cannot understand."""
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


async def on_unknown_paper(request: Request, error: UnknownPaper) -> JSONResponse:
    """Answer an id that the store lacks."""
    return problem(HTTPStatus.NOT_FOUND, str(error))


async def on_unknown_route(request: Request, error: HTTPException) -> JSONResponse:
    """Answer an address that no route has."""
    return problem(HTTPStatus.NOT_FOUND, f"there is nothing at {request.url.path!r}; /openapi.json lists what there is")


async def on_wrong_method(request: Request, error: HTTPException) -> JSONResponse:
    """Answer a method that a route does not have."""
    allowed = dict(error.headers or {"Allow": "GET"})
    detail = f"{request.method} does not work at {request.url.path!r}; use {allowed['Allow']}"
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, allowed)


async def on_failure(request: Request, error: Exception) -> JSONResponse:
    """Answer an error of the service itself without its insides, outside of the middleware; the server logs it."""
    detail = "the service failed on this request; its log says why"
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, SECURITY_HEADERS)


HANDLERS: dict[int | type[Exception], Handler] = {
    RequestError: on_request_error,
    RequestValidationError: on_invalid,
    QueryError: on_query_error,
    UnknownPaper: on_unknown_paper,
    HTTPStatus.NOT_FOUND.value: on_unknown_route,
    HTTPStatus.METHOD_NOT_ALLOWED.value: on_wrong_method,
    Exception: on_failure,
}


class SecurityHeaders:
    """Adds the security headers to every response of an application."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._headers = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, and its response back with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the engine beside the event loop, so that the probes answer meanwhile; release it at the end."""
    service: Service = app.state.service
    opening = asyncio.create_task(run_in_threadpool(service.open))
    yield
    await opening
    service.close()


def create_app(settings: Settings | None = None, open_engine: OpenEngine = open_warm) -> FastAPI:
    """Return the service over one store, by default the one that the environment names."""
    chosen = settings or Settings.from_environment()
    app = FastAPI(
        title="nonmun",
        summary="Semantic search over paper summaries in Korean and English.",
        lifespan=lifespan,
        docs_url=None,  # both pages load scripts from another host
        redoc_url=None,
        exception_handlers=HANDLERS,
    )
    app.state.service = Service(chosen.store, open_engine)
    app.add_middleware(SecurityHeaders)
    app.include_router(probes)
    app.include_router(questions)
    add_pages(app)
    return app
