"""The store as tools of language models, by the Model Context Protocol; the only import of mcp."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field, RootModel

from index.errors import NonmunError
from index.paper import DESCRIBED, Kind, Paper, PaperHead
from search.answers import Answer, Aspect, Filters, Result
from search.engine import Engine, encoder_of
from search.query.bounds import MAX_OFFSET, MAX_RESULTS
from search.ranking.highlights import matching_sentences
from search.service.live import Live
from search.service.metrics import Metrics

INSTRUCTIONS = (
    "An archive of summaries of research papers, in Korean and English. Ask `search` in either language, in whole "
    "sentences or words; follow an id with `similar` or `get_paper`. Where `confident` is false, the archive may hold "
    "nothing on the question: say so. Cite papers by title and url."
)
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)

Many = Annotated[int, Field(ge=1, le=MAX_RESULTS, description="How many papers to return.")]
Skip = Annotated[int, Field(ge=0, le=MAX_OFFSET, description="How many of the best to skip, for the next page.")]
Day = Annotated[str | None, Field(description="YYYY, YYYY-MM, YYYY-MM-DD, or 7d, 2w, 3m, 1y ago; inclusive.")]
Votes = Annotated[int | None, Field(description="The least number of votes.")]
Author = Annotated[str | None, Field(description="Whole words of one author's name.")]
FieldName = Annotated[str | None, Field(description="A field of research, such as cs.CL.")]
Literal = Annotated[
    bool, Field(description="Take the whole question for its topic: read no names, days or exclusions.")
]
SectionKind = Annotated[Kind | None, Field(description="Search sections of this kind only.")]


@dataclass(frozen=True, slots=True)
class Hit(PaperHead):
    """A paper that was found, and why."""

    __pydantic_config__ = DESCRIBED

    heading: str
    """The heading of the section that matches best."""
    passage: str
    """The whole of that section."""
    sentences: tuple[str, ...]
    """The sentences of it that match best."""
    score: float
    """Higher is better; comparable within one answer only."""
    doubtful: bool
    """Whether the summary seems to be that of another paper."""


@dataclass(frozen=True, slots=True)
class Found:
    """The papers that answer, best first."""

    __pydantic_config__ = DESCRIBED

    confident: bool
    """False where the archive may hold nothing on what is asked."""
    read_as: tuple[str, ...]
    """What of the question was read as more than its topic: an author, days, what to leave out."""
    suggestions: tuple[str, ...]
    """What may help, where the answer is not confident."""
    warnings: tuple[str, ...]
    """What to know of how the question was read."""
    also_searched: tuple[str, ...]
    """What the archive's glossary added to the question."""
    papers: tuple[Hit, ...]


def serve(store: Path) -> None:
    """Answer over standard input and output until the client goes away; StoreError where the store cannot be read."""
    live = Live(store, encoder_of, Metrics())
    live.open()
    live.look()
    live.start()
    try:
        server_over(live).run("stdio")
    finally:
        live.close()


def server_over(live: Live) -> MCPServer[None]:
    """Return a server whose tools ask the generation in force."""
    server: MCPServer[None] = MCPServer("nonmun", instructions=INSTRUCTIONS, version=_version(), log_level="WARNING")

    @server.tool(title="Search papers", annotations=READS)
    def search(
        query: Annotated[
            str, Field(description="A question or a description, with names and days, in Korean or English.")
        ],
        k: Many = 10,
        offset: Skip = 0,
        date_from: Day = None,
        date_to: Day = None,
        min_votes: Votes = None,
        author: Author = None,
        field: FieldName = None,
        section: SectionKind = None,
        literal: Literal = False,
    ) -> RootModel[Found]:
        """Find the papers that answer a question, whichever language they are summarised in."""
        filters = Filters(date_from, date_to, min_votes, author, field, section)
        with asked(live) as engine:
            return RootModel(found(engine.search(query, k, offset, filters, literal=literal)))

    @server.tool(title="Similar papers", annotations=READS)
    def similar(
        ids: Annotated[list[str], Field(description="Papers to be like: ids, URLs or short names.")] = [],  # noqa: B006
        unlike: Annotated[list[str], Field(description="Papers to be unlike.")] = [],  # noqa: B006
        text: Annotated[str, Field(description="A text to be like, beside the papers or alone.")] = "",
        aspect: Annotated[Aspect | None, Field(description="Compare sections of this kind only.")] = None,
        k: Many = 10,
    ) -> RootModel[Found]:
        """Find the papers most like some of the archive, or like a text."""
        with asked(live) as engine:
            kind = None if aspect is None else Kind(aspect)
            return RootModel(found(engine.similar(ids, k, unlike=unlike, text=text, aspect=kind)))

    @server.tool(title="Read a paper", annotations=READS)
    def get_paper(
        id: Annotated[str, Field(description="The paper's id, URL, DOI, title or short name.")],
    ) -> RootModel[Paper]:
        """Return one paper with its whole summary."""
        with asked(live) as engine:
            return RootModel(engine.paper(id))

    return server


@contextmanager
def asked(live: Live) -> Iterator[Engine]:
    """Yield the engine in force; what nonmun says of a question goes to who asked."""
    try:
        with live.lease() as held:
            yield held.engine
    except NonmunError as error:
        raise ToolError(str(error)) from error


def found(answer: Answer) -> Found:
    """Return an answer as its reader, a language model, needs it."""
    return Found(
        confident=answer.confident,
        read_as=tuple(f"{one.kind}: {one.value}" for one in answer.read_as if one.kind != "words"),
        suggestions=tuple(f"{one.kind}: {one.term} -> {one.value}" for one in answer.suggestions),
        warnings=(*answer.warnings, *(["words alone were compared"] if answer.degraded else [])),
        also_searched=tuple(one.other for one in answer.also_searched),
        papers=tuple(map(hit, answer.results)),
    )


def hit(result: Result) -> Hit:
    """Return one result with the section that matches best."""
    match = result.sections[0]
    sentences = tuple(match.text[span.start : span.end] for span in matching_sentences(match))
    head: dict[str, Any] = asdict(result.paper)
    return Hit(
        **head,
        heading=match.heading,
        passage=match.text,
        sentences=sentences,
        score=result.score,
        doubtful=result.doubtful,
    )


def _version() -> str:
    try:
        return version("nonmun")
    except PackageNotFoundError:
        return "0"
