"""Tables with a row a paper: Zotero's CSV, Scopus's, a spreadsheet's; pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from index.sources.aliases import part_of
from index.sources.gathering import Gathering
from index.sources.parsed import Parsed
from index.sources.records import Given
from index.sources.values import path_date

_OF_PAPERS = {"authors", "text", "doi", "arxiv", "acl", "pubmed", "isbn"}
_SUFFIXES = (".csv", ".tsv")
_LARGEST = 10_000_000
_WHY_NOT = (
    "a table without papers: it needs a column with the title and one with authors, an abstract, a DOI or arXiv id"
)


def is_table(start: str, suffix: str) -> bool:
    """Return whether a text is a table, by its name or by a first line that names parts of a paper."""
    names = _split(start.partition("\n")[0][:20_000])
    parts = {part_of(name) for name in names}
    return suffix in _SUFFIXES or ("title" in parts and len(parts & _OF_PAPERS) > 1 and start.count('"') > 3)


def _split(line: str) -> list[str]:
    delimiter = max(",\t;", key=line.count)
    return [cell.strip().strip('"') for cell in line.split(delimiter)]


def parse_table(text: str, file: str) -> Parsed:
    """Read one paper a row, by the names in the first; a list of titles and addresses alone is none of papers."""
    delimiter = max(",\t;", key=text.partition("\n")[0].count)
    csv.field_size_limit(_LARGEST)
    rows = _rows(text, delimiter)
    _, names = next(rows, (0, []))
    parts = {part_of(name) for name in names}
    if "title" not in parts or not parts & _OF_PAPERS:
        return Parsed((), (), 0, why=_WHY_NOT)
    gathering = Gathering(file, "table", Given(path_date(file), own_keys=True))
    for line, cells in rows:
        if len(cells) > len(names):
            gathering.skip(
                line,
                f"row has {len(cells)} cells, and there are {len(names)} columns; quote what holds a {delimiter!r}",
            )
        elif any(cell.strip() for cell in cells):
            gathering.row(dict(zip(names, cells, strict=False)), line)
    return gathering.parsed()


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line where it begins."""
    reader = csv.reader(text.split("\n") if "\n" not in text else text.splitlines(keepends=True), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, []
