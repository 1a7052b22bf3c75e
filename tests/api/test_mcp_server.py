"""The MCP server, asked by the client of the official library over standard input and output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.types import TextContent
from pydantic import TypeAdapter

from index.publishing.opening import open_generation
from search.api.mcp_server import Found
from search.cli.main import main
from tests.support.paths import REPOSITORY

LORA, QLORA, RAG = "2106.09685", "2305.14314", "2005.11401"
SECONDS = 120.0

Talk = Callable[[Client], Coroutine[Any, Any, None]]


def talk(store: Path, words: Talk) -> None:
    """Start the server on a store and talk to it."""

    async def run() -> None:
        arguments = ["-m", "search.cli.main", "mcp", "--store", str(store)]
        server = StdioServerParameters(command=sys.executable, args=arguments, cwd=REPOSITORY)
        async with Client(server, read_timeout_seconds=SECONDS) as client:
            await words(client)

    anyio.run(run)


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    """Return what a tool says of arguments that it cannot take."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_a_language_model_searches_follows_and_reads_papers(example_store: Path) -> None:
    async def words(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"search", "similar", "get_paper"}
        for tool in tools.values():
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert tool.output_schema
        assert tools["search"].input_schema["required"] == ["query"]
        assert "Korean" in str(client.instructions)

        answer = await client.call_tool("search", {"query": "검색한 문서를 근거로 답을 생성하는 모델", "k": 3})
        found = TypeAdapter(Found).validate_python(answer.structured_content)
        assert (len(found.papers), found.papers[0].id, found.confident) == (3, RAG, True)
        assert "검색 증강 생성" in " ".join(found.papers[0].sentences)
        assert all(sentence in found.papers[0].passage for sentence in found.papers[0].sentences)

        english = {
            "query": "fine-tuning",
            "author": "hu",
            "date_from": "2021",
            "date_to": "2021",
            "section": "whats_new",
        }
        found = TypeAdapter(Found).validate_python((await client.call_tool("search", english)).structured_content)
        assert [paper.id for paper in found.papers] == [LORA]

        like = {"ids": [LORA], "unlike": [RAG], "aspect": "technical_details", "k": 5}
        found = TypeAdapter(Found).validate_python((await client.call_tool("similar", like)).structured_content)
        assert QLORA in [paper.id for paper in found.papers]
        assert RAG not in [paper.id for paper in found.papers]

        paper = (await client.call_tool("get_paper", {"id": LORA})).structured_content
        with closing(open_generation(example_store)) as generation:
            assert paper == generation.paper(generation.row_of(LORA)).as_dict()

        off = TypeAdapter(Found).validate_python(
            (await client.call_tool("search", {"query": "김치찌개 끓이는 순서"})).structured_content
        )
        assert not off.confident

        assert "9999.99999" in await refused(client, "get_paper", id="9999.99999")
        assert "20x1" in await refused(client, "search", query="model", date_from="20x1")
        assert "give an id or a text" in await refused(client, "similar")
        assert "100" in await refused(client, "search", query="model", k=101)
        assert (await client.call_tool("get_paper", {"id": QLORA})).structured_content

    talk(example_store, words)


def test_without_a_store_the_command_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mcp", "--store", str(tmp_path / "none")]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nonmun index" in captured.err


def test_without_the_library_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "search.api.mcp_server")
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    assert main(["mcp", "--store", str(tmp_path / "none")]) == 4
    assert "nonmun[mcp]" in capsys.readouterr().err
