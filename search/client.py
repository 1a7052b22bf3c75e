"""A client of the service: the questions of `Engine`, asked over HTTP, and the same answers.

    from search.client import Client

    with_key = Client("http://127.0.0.1:8000", key="...")
    for result in with_key.search("검색 증강 생성", k=5).results:
        print(result.score, result.paper.title)

The papers of an answer have no sections but the matching ones; `Client.paper` brings a whole summary.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from index.errors import NonmunError, QueryError, UnknownPaper
from index.paper import Kind, Paper
from search.answers import Answer, ExportFormat, Filters, Sort

Values = Mapping[str, Any]

SECONDS = 30.0

_FILTERS = {"date_from": "from", "date_to": "to"}

T = TypeVar("T")


class ServiceError(NonmunError):
    """The service cannot answer: its status, 0 where it was not reached, and the seconds after which to ask again."""

    def __init__(self, detail: str, status: int = 0, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one service; a key is sent where there is one, and no answer is waited for longer than `seconds`.

    Every question raises QueryError where it cannot be answered, UnknownPaper where the store has no such id, and
    ServiceError where the service does not answer.
    """

    address: str
    key: str = ""
    seconds: float = SECONDS

    def search(
        self,
        query: str,
        k: int = 10,
        offset: int = 0,
        filters: Filters | None = None,
        *,
        sort: Sort = "relevance",
        half_life: float | None = None,
        literal: bool = False,
    ) -> Answer:
        """Return the papers that answer a query in Korean or English."""
        order = {"sort": sort, "half_life": half_life, "literal": literal or None}
        asked = {"q": query, "k": k, "offset": offset, **order, **narrowing(filters)}
        return read(Answer, self._get("/search", asked))

    def similar(
        self,
        like: str | Sequence[str] = (),
        k: int = 10,
        offset: int = 0,
        filters: Filters | None = None,
        *,
        unlike: Sequence[str] = (),
        text: str = "",
        aspect: Kind | None = None,
    ) -> Answer:
        """Return the papers most like some of the store, or like a text, and least like others."""
        ids = [like] if isinstance(like, str) else list(like)
        compared = {} if aspect is None else {"aspect": str(aspect)}
        given = {"positive": ids, "negative": list(unlike), "text": text, "k": k, "offset": offset}
        body = {**given, **compared, "filters": narrowing(filters)}
        return read(Answer, self._read(Request(self._url("/similar"), json.dumps(body).encode())))

    def paper(self, paper_id: str) -> Paper:
        """Return one paper with its whole summary."""
        return read(Paper, self._get(f"/papers/{quote(paper_id, safe='')}"))

    def export(self, query: str = "", *, form: ExportFormat = "jsonl", ids: Sequence[str] = (), **more: Any) -> str:
        """Return papers as a file of references: those of ids, else the answer to a query; `more` as `GET /export`."""
        named = {"ids": ",".join(ids)} if ids else {}
        return self._read(Request(self._url("/export", {"q": query, "format": form, **named, **more}))).decode()

    def stats(self) -> dict[str, Any]:
        """Return what the store holds."""
        return dict(json.loads(self._get("/stats")))

    def health(self) -> dict[str, Any]:
        """Return how the service is."""
        return dict(json.loads(self._get("/healthz")))

    def _get(self, path: str, parameters: Values | None = None) -> bytes:
        return self._read(Request(self._url(path, parameters)))

    def _url(self, path: str, parameters: Values | None = None) -> str:
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self.address.rstrip("/") + path + (f"?{urlencode(given)}" if given else "")

    def _read(self, request: Request) -> bytes:
        request.add_header("Content-Type", "application/json")
        if self.key:  # not to another host that an answer may lead to
            request.add_unredirected_header("Authorization", f"Bearer {self.key}")
        try:
            with urlopen(request, timeout=self.seconds) as response:
                body: bytes = response.read()
                return body
        except HTTPError as error:
            with error:
                raise refusal(error.code, error.read(), error.headers.get("Retry-After")) from None
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise ServiceError(f"{self.address} does not answer: {reason}; start it with: nonmun serve") from None


def refusal(status: int, body: bytes, retry_after: str | None) -> NonmunError:
    """Return a refused request as the error that `Engine` raises for it, or as a ServiceError."""
    try:
        detail = str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"the service answered {status} and said no more"
    match status:
        case 404:
            return UnknownPaper(detail)
        case 400 | 413 | 414 | 422:
            return QueryError(detail)
    wait = float(retry_after) if retry_after and retry_after.isdecimal() else None
    return ServiceError(detail, status, wait)


def narrowing(filters: Filters | None) -> dict[str, Any]:
    """Return filters as the service names them."""
    chosen = filters or Filters()
    given = {field.name: getattr(chosen, field.name) for field in fields(Filters)}
    return {_FILTERS.get(name, name): value for name, value in given.items() if value is not None}


def read(shape: type[T], body: bytes) -> T:
    """Return a value of a shape from JSON; what a newer service adds is left out."""
    from pydantic import TypeAdapter

    return TypeAdapter(shape).validate_json(body)
