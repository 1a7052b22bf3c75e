"""The HTTP models of what comes back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.paper import Kind
from search.answers import HighlightKind

Json = dict[str, Any]


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


class SectionPair(BaseModel):
    """A section of the paper whose like were asked for, one of the result, and the likest sentences of the two."""

    example_heading: str
    example_sentence: str
    heading: str
    sentence: str
    similarity: float = Field(description="In [-1, 1].")


class Result(BaseModel):
    """One ranked paper."""

    paper: PaperHead
    score: float = Field(description="Higher is better; the sum of the parts.")
    parts: dict[str, float] = Field(description="What each way of searching adds to the score.")
    sections: list[SectionMatch] = Field(description="Best first.")
    doubtful: bool = Field(description="Whether the summary seems to be that of another paper.")
    pairs: list[SectionPair] = Field(description="The likest first; empty unless one paper's like were asked for.")
    explanation: str = Field("", description="The parts as a sum in thousandths; there with explain=true only.")


class AlsoSearched(BaseModel):
    """What the store's glossary added to a question."""

    term: str = Field(description="As the question says it.")
    other: str = Field(description="The same in the other language.")
    weight: float = Field(description="In (0, 1].")


_TEXT = "생성 모델이 외부 문서를 찾아 읽게 하는 검색 증강 생성(RAG)을 제안합니다."
_EXAMPLE: Json = {
    "query": "검색 증강",
    "generation": "20260101T000000.000000-000000",
    "took_ms": 7.5,
    "confident": True,
    "also_searched": [{"term": "검색", "other": "retrieval", "weight": 0.74}],
    "warnings": [],
    "degraded": False,
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
            "parts": {"sentence": 0.3, "title": 0.12, "terms": 0.35, "glossary": 0.2, "exact": 0.0},
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
            "doubtful": False,
            "pairs": [],
            "explanation": "sentence 0.300 + title 0.120 + terms 0.350 + glossary 0.200 = 0.970",
        }
    ],
}


class Answer(BaseModel):
    """One page of ranked papers."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    query: str = Field(description="The question, or the text or the ids that papers like were asked for.")
    generation: str = Field(description="The generation of the store that answered.")
    took_ms: float = Field(description="How long it took to find; a repeated question keeps the time of the first.")
    confident: bool = Field(description="False where the store may hold nothing on what is asked.")
    also_searched: list[AlsoSearched] = Field(description="The weightiest first.")
    warnings: list[str] = Field(description="What the reader should know, such as that the query was cut.")
    degraded: bool = Field(description="True where the encoder is not at hand, so that words alone were compared.")
    k: int
    offset: int
    results: list[Result] = Field(description="Best first.")


class GlossaryEntry(BaseModel):
    """A phrase of one language and what it stands for in the other."""

    phrase: str
    other: str
    weight: float = Field(description="In (0, 1]: what the other side counts for in a question.")
    together: int = Field(description="How often the two were seen together.")


class Glossary(BaseModel):
    """Entries of the glossary that was mined from the store's own texts."""

    total: int = Field(description="How many entries there are.")
    entries: list[GlossaryEntry] = Field(description="The weightiest first, then the most often seen.")


class Month(BaseModel):
    """The papers of one month."""

    month: str = Field(examples=["2020-05"])
    papers: int = Field(description="How many pass the filters, their dates left out.")
    matches: int = Field(description="How many of these are among the 100 best for the question.")


class Count(BaseModel):
    """A field or an author, and how many of the best papers have it."""

    name: str
    papers: int


class Facets(BaseModel):
    """What lies around the answer to a question."""

    generation: str
    papers: int = Field(description="How many papers pass the filters.")
    months: list[Month] = Field(description="In order of time; months without a paper are left out.")
    fields: list[Count] = Field(description="The commonest first.")
    authors: list[Count] = Field(description="The commonest first.")
    best: list[str] = Field(description="The ids of the 100 best papers, the newest ones without a question.")


class Region(BaseModel):
    """A word that keeps to one place of the map."""

    word: str
    x: float = Field(description="From 0, left, to 1.")
    y: float = Field(description="From 0, top, to 1.")
    papers: int = Field(description="How many papers there hold it.")


class Map(BaseModel):
    """Where each paper lies: what is alike lies together. The lists have one value a paper, in the same order."""

    generation: str
    method: str = Field(description="How the papers were laid out.", examples=["pca", "tsne"])
    ids: list[str]
    x: list[int] = Field(description="In ten-thousandths of the map's width.")
    y: list[int] = Field(description="In ten-thousandths of the map's height.")
    months: list[int] = Field(description="yyyymm, or 0 where a paper has no date.")
    regions: list[Region] = Field(description="The most telling first.")


class Stats(BaseModel):
    """What the store holds and how it was made."""

    generation: str
    created: str = Field(description="ISO 8601.")
    papers: int
    sections: int
    sentences: int
    first_date: str | None
    last_date: str | None
    doubtful: int = Field(description="How many summaries seem to be those of another paper.")
    bytes: int
    index: str = Field(description="How the nearest vectors are found; it depends on how many there are.")
    encoder: Json


class Health(BaseModel):
    """How the service is."""

    status: Literal["ok", "degraded", "starting", "failed"] = Field(
        description="degraded: questions are answered by words alone; starting, failed: they are not answered."
    )
    generation: str | None = Field(description="The generation of the store that answers; null while there is none.")
    detail: str = Field(description="What is the matter, on one line; empty where all is well.")


class Problem(BaseModel):
    """An error, as RFC 9457 has it."""

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(
        description="One line: what is wrong and what to do.", examples=["no paper with the id '0000.00000' here"]
    )
