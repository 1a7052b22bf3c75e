"""The HTTP service: `create_app()` puts the routes, the layers around them and one store together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.cors import CORSMiddleware

from search.api.documents import documents
from search.api.limits import Limits
from search.api.pages import add_pages
from search.api.problems import HANDLERS, problem_docs
from search.api.request_log import ID_HEADER, RequestLog
from search.api.routes import GENERATION_HEADER, admitted, counters, probes, questions
from search.api.security import KnownHosts, SecurityHeaders
from search.engine import encoder_of
from search.service.answering import Service
from search.service.live import LoadEncoder
from search.service.logs import write_logs
from search.settings import Settings

EXPOSED = (GENERATION_HEADER, ID_HEADER, "Retry-After")


class Api(FastAPI):
    """An application whose description says that a blank parameter counts as not given, except the question."""

    def openapi(self) -> dict[str, Any]:
        """Return the description."""
        document = super().openapi()
        for methods in document["paths"].values():
            for parameter in (one for operation in methods.values() for one in operation.get("parameters", ())):
                if parameter["in"] == "query" and not parameter["required"]:
                    parameter["allowEmptyValue"] = True
        return document


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the store beside the event loop, so that the probes answer meanwhile; release it at the end."""
    service: Service = app.state.service
    write_logs(service.settings.log, service.settings.log_queries)
    service.start()
    yield
    await run_in_threadpool(service.close)


def create_app(settings: Settings | None = None, load_encoder: LoadEncoder = encoder_of) -> FastAPI:
    """Return the service over one store, by default the one that the environment names."""
    chosen = settings or Settings.from_environment()
    app = Api(
        title="nonmun",
        summary="Semantic search over paper summaries in Korean and English.",
        lifespan=lifespan,
        docs_url=None,  # both pages load scripts from another host
        redoc_url=None,
        exception_handlers=HANDLERS,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.service = service = Service(chosen, load_encoder)
    add_layers(app, service)
    app.include_router(probes)
    for router in (counters, questions, documents):
        include_guarded(app, router, chosen)
    add_pages(app)
    return app


def add_layers(app: FastAPI, service: Service) -> None:
    """Put the layers around the routes, the innermost first."""
    settings = service.settings
    app.add_middleware(Limits)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=EXPOSED,
        )
    app.add_middleware(KnownHosts, names=settings.hosts)
    app.add_middleware(RequestLog, metrics=service.metrics, log_queries=settings.log_queries)
    app.add_middleware(SecurityHeaders)


def include_guarded(app: FastAPI, router: APIRouter, settings: Settings) -> None:
    """Include routes that want a key where there are keys, and say so in OpenAPI."""
    if not settings.keys:
        return app.include_router(router)
    app.include_router(router, dependencies=[Depends(admitted)], responses=problem_docs(HTTPStatus.UNAUTHORIZED))
