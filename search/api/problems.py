"""Every error of a route as problem details (RFC 9457): one line that says what is wrong and what to do."""

from __future__ import annotations

import logging
import reprlib
from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter

from index.errors import QueryError, StoreError, UnknownPaper
from search.api.asgi import PROBLEM, Problem, problem
from search.api.limits import RequestError
from search.service.refusals import Abandoned, NotNow

CLIENT_CLOSED_REQUEST = 499
RETRY_SECONDS = 5

logger = logging.getLogger("nonmun")

Handler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def problem_docs(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route's errors."""
    content = {PROBLEM: {"schema": TypeAdapter(Problem).json_schema()}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def problem_response(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error as a response."""
    return Response(problem(status, detail), status, headers, PROBLEM)


async def on_request_error(request: Request, error: RequestError) -> Response:
    """Answer a refused request with its own status."""
    challenge = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else {}
    return problem_response(error.status, str(error), challenge)


async def on_not_now(request: Request, error: NotNow) -> Response:
    """Answer that the question may be asked again, and when."""
    wait = {"Retry-After": str(error.retry_after)}
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, str(error), wait)


async def on_abandoned(request: Request, error: Abandoned) -> Response:
    """Answer nobody; the status is for the log."""
    return Response(status_code=CLIENT_CLOSED_REQUEST)


async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer parameters that do not validate, all of them in one line."""
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(map(described, error.errors())))


async def on_query_error(request: Request, error: QueryError) -> Response:
    """Answer a question that the engine cannot understand."""
    return problem_response(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


async def on_unknown_paper(request: Request, error: UnknownPaper) -> Response:
    """Answer an id that the store lacks."""
    return problem_response(HTTPStatus.NOT_FOUND, str(error))


async def on_store_error(request: Request, error: StoreError) -> Response:
    """Answer that the store cannot; the details are for the log."""
    logger.error("not answered: %s", error)
    retry = {"Retry-After": str(RETRY_SECONDS)}
    return problem_response(HTTPStatus.SERVICE_UNAVAILABLE, "the store cannot answer now; ask again later", retry)


async def on_unknown_route(request: Request, error: HTTPException) -> Response:
    """Answer an address that no route has."""
    detail = f"there is nothing at {request.url.path!r}; /openapi.json lists what there is"
    return problem_response(HTTPStatus.NOT_FOUND, detail)


async def on_wrong_method(request: Request, error: HTTPException) -> Response:
    """Answer a method that a route does not have."""
    allowed = dict(error.headers or {"Allow": "GET"})
    detail = f"{request.method} does not work at {request.url.path!r}; use {allowed['Allow']}"
    return problem_response(HTTPStatus.METHOD_NOT_ALLOWED, detail, allowed)


HANDLERS: dict[int | type[Exception], Handler] = {
    RequestError: on_request_error,
    NotNow: on_not_now,
    Abandoned: on_abandoned,
    RequestValidationError: on_invalid,
    QueryError: on_query_error,
    UnknownPaper: on_unknown_paper,
    StoreError: on_store_error,
    HTTPStatus.NOT_FOUND.value: on_unknown_route,
    HTTPStatus.METHOD_NOT_ALLOWED.value: on_wrong_method,
}


def described(error: Mapping[str, Any]) -> str:
    """Return one line on a parameter, or a part of a body, that does not validate."""
    name = ".".join(map(str, error["loc"][1:])) or "the body"
    given = reprlib.repr(error["input"])
    match error["type"]:
        case "missing":
            return f"{name} is missing; write {name}= and a few words"
        case "value_error":
            return str(error["ctx"]["error"])
        case "enum" | "literal_error":
            return f"{name} is {given}; it must be {error['ctx']['expected']}"
        case "bool_parsing":
            return f"{name} is {given}; it must be true or false"
        case "extra_forbidden":
            return f"the body can have no {name[:40]!r}; /openapi.json lists what it can have"
        case "model_type":
            return f"{name} is {given}; it must be an object"
        case "json_invalid":
            return f"the body is not JSON: {error['ctx']['error']}"
        case kind if kind.startswith("int_"):
            return f"{name} is {given}; it must be a whole number"
    return f"{name} is {given}: {error['msg']}"
