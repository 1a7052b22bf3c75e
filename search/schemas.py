"""The HTTP models: what a request may hold, and what the bodies that come back look like."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from index.paper import Kind
from search.answers import Filters, HighlightKind
from search.engine import MAX_OFFSET, MAX_RESULTS

Json = dict[str, Any]


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


class Question(Parameters):
    """What is asked."""

    q: str = Field(
        description="The question, in Korean or English.",
        examples=["검색한 문서를 근거로 답을 생성하는 모델", "let a language model call a calculator"],
    )


class SimilarParameters(Parameters):
    """Which page of the results, and which papers may be among them."""

    k: int = Field(
        10,
        description="How many papers to return.",
        json_schema_extra={"minimum": 1, "maximum": MAX_RESULTS},
        examples=[10],
    )
    offset: int = Field(
        0,
        description="How many of the best papers to skip, for the next page.",
        json_schema_extra={"minimum": 0, "maximum": MAX_OFFSET},
        examples=[0],
    )
    date_from: str | None = Field(
        None, alias="from", description="The first day, inclusive: YYYY, YYYY-MM or YYYY-MM-DD.", examples=["2020-05"]
    )
    date_to: str | None = Field(
        None, alias="to", description="The last day, inclusive: YYYY, YYYY-MM or YYYY-MM-DD.", examples=["2020"]
    )
    min_votes: int | None = Field(None, description="The least number of votes.", examples=[2])
    author: str | None = Field(
        None, description="Whole words of one author's name, in any case and order.", examples=["lewis"]
    )
    field: str | None = Field(None, description="A field of research as the source names it.", examples=["cs.CL"])
    section: Kind | None = Field(
        None, description="Search and return sections of this kind only.", examples=["whats_new"]
    )

    def filters(self) -> Filters:
        """Return the filters as the engine takes them."""
        return Filters(self.date_from, self.date_to, self.min_votes, self.author, self.field, self.section)


class SearchParameters(SimilarParameters, Question):
    """A question, and which page of its answer is wanted; the last base's field is documented first."""


class Highlight(BaseModel):
    """A range of code points (not UTF-16 units) in a section's text."""

    start: int = Field(description="The first code point.")
    end: int = Field(description="The code point after the last.")
    weight: float = Field(description="In (0, 1]; the paper's best sentence has 1.")
    kind: HighlightKind = Field(description="A sentence close in meaning, or a term of the query.")


class SectionMatch(BaseModel):
    """One section of a result."""

    kind: Kind
    heading: str = Field(description="As the source writes it.")
    text: str = Field(description="Untouched: no markup is added or taken away.")
    score: float = Field(description="The weight of the section's best sentence.")
    highlights: list[Highlight] = Field(description="In reading order.")


class PaperHead(BaseModel):
    """A paper without its sections."""

    id: str
    title: str
    url: str
    date: str | None = Field(description="ISO 8601; null where the source names none.")
    votes: int | None
    authors: list[str]
    fields: list[str]


class Section(BaseModel):
    """One section of a summary, as the source writes it."""

    kind: Kind
    heading: str
    text: str


class Paper(PaperHead):
    """One paper with its whole summary."""

    sections: list[Section]


class Result(BaseModel):
    """One ranked paper."""

    paper: PaperHead
    score: float = Field(description="Higher is better; the sum of the parts.")
    parts: dict[str, float] = Field(description="What each way of searching adds to the score.")
    sections: list[SectionMatch] = Field(description="Best first.")


_TEXT = "생성 모델이 외부 문서를 찾아 읽게 하는 검색 증강 생성(RAG)을 제안합니다."
_EXAMPLE: Json = {
    "query": "검색 증강",
    "generation": "20260101T000000.000000-000000",
    "took_ms": 7.5,
    "warnings": [],
    "k": 1,
    "offset": 0,
    "results": [
        {
            "paper": {
                "id": "2005.11401",
                "title": "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks",
                "url": "https://arxiv.org/abs/2005.11401",
                "date": "2020-05-22",
                "votes": 2,
                "authors": ["Patrick Lewis", "Ethan Perez"],
                "fields": ["cs.CL"],
            },
            "score": 0.97,
            "parts": {"dense": 0.5, "lexical": 0.47},
            "sections": [
                {
                    "kind": "whats_new",
                    "heading": "What's New",
                    "text": _TEXT,
                    "score": 1.0,
                    "highlights": [
                        {"start": 0, "end": len(_TEXT), "weight": 1.0, "kind": "semantic"},
                        {"start": 23, "end": 25, "weight": 1.0, "kind": "term"},
                        {"start": 26, "end": 28, "weight": 1.0, "kind": "term"},
                    ],
                }
            ],
        }
    ],
}


class Answer(BaseModel):
    """One page of ranked papers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    query: str = Field(description="The question, or the id of the paper whose like were asked for.")
    generation: str = Field(description="The generation of the store that answered.")
    took_ms: float
    warnings: list[str] = Field(description="What the reader should know, such as that the query was cut.")
    k: int
    offset: int
    results: list[Result] = Field(description="Best first.")


class Stats(BaseModel):
    """What the store holds and how it was made."""

    generation: str
    created: str = Field(description="ISO 8601.")
    papers: int
    sections: int
    sentences: int
    first_date: str | None
    last_date: str | None
    bytes: int
    encoder: Json


class Health(BaseModel):
    """That the process runs, or that it can answer."""

    status: str = Field(examples=["ok", "ready"])


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(
        description="One line: what is wrong and what to do.", examples=["no paper with the id '0000.00000' here"]
    )
