"""The README and the documents as tests read them: text, code blocks, tables and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import REPOSITORY

ACTIVATION = "source .venv/bin/activate"
LINK = re.compile(r"\]\(([^()\s]+)\)")


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file of the repository."""

    path: Path

    @property
    def name(self) -> str:
        """Return its path in the repository."""
        return self.path.relative_to(REPOSITORY).as_posix()

    @property
    def text(self) -> str:
        """Return what it says."""
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Return what it says outside code blocks."""
        return re.sub(r"^ *```.*?^ *```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @property
    def anchors(self) -> set[str]:
        """Return the anchors that GitHub gives its headings."""
        titles = re.findall(r"^#+ (.+)$", self.prose, flags=re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}

    def blocks(self, language: str) -> list[str]:
        """Return its code blocks of a language."""
        found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", self.text, flags=re.MULTILINE | re.DOTALL)
        return [re.sub(rf"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]

    def commands(self) -> Iterator[str]:
        """Yield the command lines of its code blocks in their order, without comments."""
        shells = re.findall(r"^ *```(sh|console)\n(.*?)^ *```$", self.text, flags=re.MULTILINE | re.DOTALL)
        for language, block in shells:
            for line in block.splitlines():
                shown = line.strip() if language == "sh" else line.strip().partition("$ ")[2]
                if command := re.sub(r"(?:^|\s)#\s.*$", "", shown).strip():
                    yield command

    def paragraph_after(self, words: str) -> str:
        """Return what follows some words as far as the next empty line."""
        _, found, after = self.text.partition(words)
        assert found, f"{self.name} does not say: {words}"
        return after.strip().partition("\n\n")[0]

    def table_under(self, comment: str) -> list[list[str]]:
        """Return the cells of the table under a comment, without its head."""
        return cells(self.paragraph_after(f"<!-- {comment} -->"))

    def section(self, heading: str) -> str:
        """Return what stands under a heading of the second level."""
        return self.text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def cells(table: str) -> list[list[str]]:
    """Return the cells of a table, without its head."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


README = Document(REPOSITORY / "README.md")
PAGES = {path.stem: Document(path) for path in sorted((REPOSITORY / "docs").glob("*.md"))}
DOCUMENTS = (README, *PAGES.values())


def everything() -> str:
    """Return the text of the README and all documents."""
    return "\n".join(document.text for document in DOCUMENTS)
