"""OpenAPI says what there is."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from search.api import schemas
from search.api.parameters import SimilarBody
from search.export.formats import FORMATS
from tests.support.servers import body_of
from tests.support.services import ENGLISH, KOREAN


@pytest.mark.parametrize(
    ("path", "model"),
    [
        (f"/search?q={KOREAN}&k=5&section=whats_new", schemas.Answer),
        (f"/search?q={ENGLISH}&k=5&explain=yes&half_life=30", schemas.Answer),
        ("/papers/2106.09685/similar?k=5", schemas.Answer),
        ("/glossary?limit=3", schemas.Glossary),
        ("/papers/2005.11401", schemas.Paper),
        ("/stats", schemas.Stats),
        ("/healthz", schemas.Health),
        ("/readyz", schemas.Health),
    ],
)
def test_a_body_holds_what_openapi_says_and_nothing_else(
    client: httpx.Client, path: str, model: type[BaseModel]
) -> None:
    body = body_of(client.get(path))
    assert json.loads(model.model_validate(body, extra="forbid").model_dump_json(exclude_unset=True)) == body


@pytest.fixture(scope="module")
def openapi(client: httpx.Client) -> dict[str, Any]:
    """Return the service's own description."""
    return body_of(client.get("/openapi.json"))


def test_openapi_lists_every_route_and_parameter(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]) == {
        "/search",
        "/similar",
        "/papers/{paper_id}",
        "/papers/{paper_id}/similar",
        "/glossary",
        "/export",
        "/facets",
        "/feed.atom",
        "/map",
        "/stats",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    names = [parameter["name"] for parameter in openapi["paths"]["/search"]["get"]["parameters"]]
    filters = ["from", "to", "min_votes", "author", "field", "section", "area"]
    assert names == ["q", "k", "offset", *filters, "sort", "half_life", "explain"]


def test_openapi_has_an_example_of_every_answer_that_validates(openapi: dict[str, Any]) -> None:
    for example in openapi["components"]["schemas"]["Answer"]["examples"]:
        answer = schemas.Answer.model_validate(example, extra="forbid")
        section = answer.results[0].sections[0]
        marks = [section.text[h.start : h.end] for h in section.highlights]
        assert marks == [section.text, "검색", "증강"]


def test_the_examples_of_the_parameters_are_answered(client: httpx.Client, openapi: dict[str, Any]) -> None:
    parameters = openapi["paths"]["/search"]["get"]["parameters"]
    examples = {p["name"]: p["schema"].get("examples") or p.get("examples") for p in parameters}
    assert all(examples.values()), examples
    for name, values in examples.items():
        for value in values:
            body_of(client.get("/search", params={"q": KOREAN, name: value}))


def test_the_examples_of_a_body_are_answered(client: httpx.Client, openapi: dict[str, Any]) -> None:
    schema = openapi["paths"]["/similar"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert "$ref" not in json.dumps(schema)
    assert set(schema["properties"]) == set(SimilarBody.model_fields)
    assert set(schema["properties"]["filters"]["properties"]) == {
        "from", "to", "min_votes", "author", "field", "section", "area"
    }  # fmt: skip
    for example in schema["examples"]:
        assert body_of(client.post("/similar", json=example))["results"]


def test_openapi_describes_every_error_as_a_problem(openapi: dict[str, Any]) -> None:
    written = {"/metrics": ["text/plain"], "/feed.atom": ["application/atom+xml"]}
    written["/export"] = [form.media_type for form in FORMATS.values()]
    for path, methods in openapi["paths"].items():
        ((_, method),) = methods.items()
        assert list(method["responses"]["200"]["content"]) == written.get(path, ["application/json"]), path
        for status, response in method["responses"].items():
            assert status in ("200", "304") or list(response["content"]) == ["application/problem+json"], path
    assert "413" in openapi["paths"]["/similar"]["post"]["responses"]
