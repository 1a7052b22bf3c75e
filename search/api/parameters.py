"""What an HTTP request may hold: its parameters, and the body of POST /similar."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from index.paper import Kind
from search.answers import Aspect, ExportFormat, Filters, Sort
from search.browse.days import MAX_DAYS
from search.query.bounds import MAX_EXAMPLES, MAX_OFFSET, MAX_RESULTS
from search.query.filters import AGO, AREA

MAX_ENTRIES = 1000

Json = dict[str, Any]

_SAID = r"^[^\x00]*[^\s\x00][^\x00]*$"
_MAYBE_SAID = r"^[^\x00]*$"
_MONTH = {"type": "string", "pattern": "^[1-9][0-9]{3}(-(0[1-9]|1[0-2]))?$"}
_AGO = {"type": "string", "pattern": AGO}


def _whole(value: Any) -> Any:
    """Return 5 for 5.0, which are the same number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Said = Annotated[str, WithJsonSchema({"type": "string", "pattern": _SAID})]
MaybeSaid = Annotated[str, WithJsonSchema({"type": "string", "pattern": _MAYBE_SAID})]
Area = Annotated[str, WithJsonSchema({"type": "string", "pattern": AREA})]
Day = Annotated[str, WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, _MONTH, _AGO]})]


class Parameters(BaseModel):
    """The parameters of one route: any other name is an error, and a blank value counts as not given."""

    @model_validator(mode="before")
    @classmethod
    def given(cls, values: Json) -> Json:
        """Return the values that say something; ValueError names the first parameter that the route lacks."""
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for name in values:
            if name not in known:
                raise ValueError(unknown_parameter(name, known))
        return {name: value for name, value in values.items() if name == "q" or str(value).strip()}


def unknown_parameter(name: str, known: list[str]) -> str:
    """Say that a route has no such parameter, and which one may be meant."""
    close = get_close_matches(name, known, n=1)
    if close:
        return f"there is no parameter {name[:40]!r} here; did you mean {close[0]!r}?"
    return f"there is no parameter {name[:40]!r} here; " + (
        f"there are {', '.join(known)}" if known else "there are none"
    )


class Reading(BaseModel):
    """How a question is read."""

    literal: bool = Field(
        False,
        description="Take the whole question for its topic; else names, days, what to leave out and an order are read.",
        examples=[False],
    )


class Question(BaseModel):
    """What is asked."""

    q: str = Field(
        "",
        json_schema_extra={"pattern": _MAYBE_SAID},
        description="The question, in Korean or English, with names, days and what to leave out as people write them; "
        '"a phrase" is found as it is. Without one, or with nothing but names and days, the newest papers are listed.',
        examples=["검색한 문서를 근거로 답을 생성하는 모델", "let a language model call a calculator"],
    )


class Page(BaseModel):
    """Which page of the results."""

    k: Whole = Field(
        10,
        description="How many papers to return.",
        json_schema_extra={"minimum": 1, "maximum": MAX_RESULTS},
        examples=[10],
    )
    offset: Whole = Field(
        0,
        description="How many of the best papers to skip, for the next page.",
        json_schema_extra={"minimum": 0, "maximum": MAX_OFFSET},
        examples=[0],
    )


class Narrowing(BaseModel):
    """Which papers may be among the results."""

    date_from: Day | None = Field(
        None,
        alias="from",
        description="The first day, inclusive: YYYY, YYYY-MM, YYYY-MM-DD, or 7d, 2w, 3m, 1y ago.",
        examples=["2020-05"],
    )
    date_to: Day | None = Field(
        None, alias="to", description="The last day, inclusive, written alike.", examples=["2020"]
    )
    min_votes: Whole | None = Field(None, description="The least number of votes.", examples=[2])
    author: Said | None = Field(
        None, description="Whole words of one author's name, in any case and order.", examples=["lewis"]
    )
    field: Said | None = Field(None, description="A field of research as the source names it.", examples=["cs.CL"])
    section: Kind | None = Field(
        None, description="Search and return sections of this kind only.", examples=["whats_new"]
    )

    area: Area | None = Field(
        None,
        description="A rectangle of the map: left, top, right and bottom, from 0 to 1.",
        examples=["0.25,0.25,0.75,0.75"],
    )

    def filters(self) -> Filters:
        """Return the filters as the engine takes them."""
        return Filters(self.date_from, self.date_to, self.min_votes, self.author, self.field, self.section, self.area)


class Compared(BaseModel):
    """What papers are compared by."""

    aspect: Aspect | None = Field(
        None, description="Compare sections of this kind only; by default all of them.", examples=["technical_details"]
    )

    def kind(self) -> Kind | None:
        """Return the kind of section that is compared, as the engine takes it."""
        return None if self.aspect is None else Kind(self.aspect)


class Order(BaseModel):
    """How the results are put in order, and whether the order is explained."""

    sort: Sort = Field(
        "relevance",
        description=f"Put the {MAX_RESULTS} most relevant papers in this order; dates and votes descend.",
        examples=["date"],
    )
    half_life: float | None = Field(
        None,
        description="Prefer new papers: what a paper gains by its date halves with every so many days of age.",
        allow_inf_nan=False,
        json_schema_extra={"exclusiveMinimum": 0},
        examples=[365],
    )
    explain: bool = Field(False, description="Add to each result how its parts make its score.", examples=[True])


class SearchParameters(Order, Reading, Narrowing, Page, Question, Parameters):
    """A question, and which page of its answer is wanted; the last base's field is documented first."""


class SimilarParameters(Compared, Narrowing, Page, Parameters):
    """Which page of the papers like one, and by which sections they are compared."""


class FacetParameters(Reading, Narrowing, Parameters):
    """A question, or none, and which papers count."""

    q: MaybeSaid = Field(
        "", description="The question; without one the newest papers count as the best.", examples=["망각"]
    )


class ListParameters(Reading, Narrowing, Parameters):
    """A question, or none for the newest papers, and which papers count."""

    q: MaybeSaid = Field("", description="The question; without one the newest papers.", examples=["망각"])
    k: Whole = Field(
        20, description="How many papers.", json_schema_extra={"minimum": 1, "maximum": MAX_RESULTS}, examples=[20]
    )


class ExportParameters(Order, Reading, Narrowing, Page, Parameters):
    """Which papers to write, and how: those of ids, else the answer to a question, else the newest."""

    q: MaybeSaid = Field("", description="The question, as for GET /search; without one the newest papers.")
    ids: str | None = Field(
        None,
        json_schema_extra={"pattern": r"^[^\x00]*[^\s,\x00][^\x00]*$"},
        description="Ids of papers between commas: those that pass the filters; then nothing is asked or paged.",
        examples=["2106.09685,2305.14314"],
    )
    format: ExportFormat = Field("jsonl", description="How the papers are written.", examples=["bibtex"])


class GlossaryParameters(Parameters):
    """Which entries of the glossary."""

    q: MaybeSaid = Field("", description="Letters that one side of an entry holds.", examples=["diffusion"])
    limit: int = Field(50, description="How many entries to return.", ge=1, le=MAX_ENTRIES, examples=[50])


class SuggestParameters(Parameters):
    """What is written so far."""

    q: MaybeSaid = Field("", description="The letters that are written.", examples=["gaussian spl"])


class DayParameters(Parameters):
    """How many days."""

    n: int = Field(3, description="How many of the newest days that have papers.", ge=1, le=MAX_DAYS, examples=[3])


class FilterBody(Narrowing):
    """The filters of a body."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SimilarBody(Compared, Page):
    """Papers to be like and to be unlike; the papers that are given do not come back."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={
            "anyOf": [
                {"required": ["positive"], "properties": {"positive": {"minItems": 1}}},
                {"required": ["text"], "properties": {"text": {"pattern": r"\S"}}},
            ],
            "examples": [
                {"positive": ["2106.09685", "2305.14314"], "negative": ["1810.04805"], "aspect": "whats_new", "k": 5},
                {"text": "작은 행렬만 학습하는 미세 조정", "filters": {"from": "2021"}},
            ],
        },
    )

    positive: list[str] = Field(
        [], description="Ids of papers to be like.", json_schema_extra={"maxItems": MAX_EXAMPLES}
    )
    negative: list[str] = Field(
        [], description="Ids of papers to be unlike.", json_schema_extra={"maxItems": MAX_EXAMPLES}
    )
    text: str = Field("", description="A text to be like, such as an abstract, beside the papers or alone.")
    filters: FilterBody = Field(FilterBody.model_validate({}), description="As the parameters of GET /search.")


def body_schema(model: type[BaseModel]) -> Json:
    """Return a model's JSON Schema with every reference filled in."""
    schema = model.model_json_schema()
    definitions: Json = schema.pop("$defs", {})

    def filled(value: Any) -> Any:
        match value:
            case {"$ref": str(name), **rest}:
                return filled({**definitions[name.rpartition("/")[2]], **rest})
            case dict():
                return {key: filled(part) for key, part in value.items()}
            case list():
                return [filled(part) for part in value]
        return value

    filled_schema: Json = filled(schema)
    return filled_schema
