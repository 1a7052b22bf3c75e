"""OpenAPI says what there is."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter

from index.paper import Paper
from search.answers import Answer
from search.api.parameters import SimilarBody
from search.api.routes import writer_of
from search.browse.glossary_list import Glossary
from search.browse.stats import Stats
from search.export.formats import FORMATS
from search.service.answering import Health
from tests.support.servers import body_of
from tests.support.services import ENGLISH, KOREAN


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (f"/search?q={KOREAN}&k=5&section=whats_new", Answer),
        (f"/search?q={ENGLISH}&k=5&explain=yes&half_life=30", Answer),
        ("/papers/2106.09685/similar?k=5", Answer),
        ("/glossary?limit=3", Glossary),
        ("/papers/2005.11401", Paper),
        ("/stats", Stats),
        ("/healthz", Health),
        ("/readyz", Health),
    ],
)
def test_a_body_holds_what_openapi_says_and_nothing_else(client: httpx.Client, path: str, shape: Any) -> None:
    body = body_of(client.get(path))
    assert json.loads(writer_of(shape)(TypeAdapter(shape).validate_python(body, extra="forbid"))) == body


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
        "/papers/{paper_id}/around",
        "/suggest",
        "/days",
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
    assert names == ["q", "k", "offset", *filters, "literal", "sort", "half_life", "explain"]


def test_openapi_has_an_example_of_every_answer_that_validates(openapi: dict[str, Any]) -> None:
    answered = openapi["paths"]["/search"]["get"]["responses"]["200"]["content"]["application/json"]
    answer = TypeAdapter(Answer).validate_python(answered["example"], extra="forbid")
    section = answer.results[0].sections[0]
    marks = [section.text[h.start : h.end] for h in section.highlights]
    assert marks == [section.text, "검색", "증강"]
    assert answered["schema"] == {"$ref": "#/components/schemas/Answer"}


def test_openapi_says_what_the_fields_of_an_answer_mean(openapi: dict[str, Any]) -> None:
    shapes = openapi["components"]["schemas"]
    assert {"Answer", "Result", "SectionMatch", "Highlight", "PaperHead", "Paper", "Facets", "Map"} <= shapes.keys()
    assert shapes["Highlight"]["properties"]["end"]["description"] == "The code point after the last."
    assert shapes["Result"]["properties"]["parts"]["description"]


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
