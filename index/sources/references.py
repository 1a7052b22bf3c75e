"""Reference managers' files: BibTeX and BibLaTeX, through bibtexparser, and RIS; pure."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from index.sources.gathering import Gathering
from index.sources.parsed import Parsed
from index.sources.records import Given
from index.sources.values import path_date, unwrapped

_BIBTEX = re.compile(r"(?:%[^\n]*\n|\s)*@\s*[A-Za-z]+\s*[{(]")
_RIS = re.compile(r"(?:[^\n]{0,200}\n){0,5}?TY  ?- ?\S")
_RIS_LINE = re.compile(r"([A-Z][A-Z0-9])  ?- ?(.*)")
_MANY = ("AU", "A1", "KW", "N1", "UR", "L1", "L2")
_LAID_OUT = {"T1": "TI", "A1": "AU", "Y1": "PY", "N2": "AB", "CT": "TI", "BT": "T2"}


def is_bibtex(start: str, suffix: str) -> bool:
    """Return whether a text is BibTeX: its first entry, or where it has none its name, says so."""
    return suffix == ".bib" or _BIBTEX.match(start) is not None


def parse_bibtex(text: str, file: str) -> Parsed:
    """Read one paper an entry; comments and strings are none, a broken entry is reported with its line."""
    from bibtexparser import entrypoint, middlewares, model

    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    gathering = Gathering(file, "BibTeX", Given(path_date(file), own_keys=True))
    stack = [middlewares.ResolveStringReferencesMiddleware(), middlewares.RemoveEnclosingMiddleware()]
    for block in entrypoint.parse_string(text, parse_stack=stack).blocks:
        line = (block.start_line or 0) + 1
        whole = block.ignore_error_block if isinstance(block, model.ParsingFailedBlock) else block
        if isinstance(whole, model.Entry):
            fields = ((field.key, field.value) for field in reversed(whole.fields))
            gathering.row(_bibtex_row(whole.entry_type, dict(fields)), line)
        elif isinstance(block, model.ParsingFailedBlock):
            gathering.skip(line, f"entry cannot be read: {' '.join(str(block.error).split())[:160]}")
    return gathering.parsed()


def _bibtex_row(kind: str, fields: dict[str, object]) -> dict[str, object]:
    row: dict[str, object] = {"type": kind}
    for name, value in reversed(fields.items()):
        row[name.lower()] = _said(str(value), name.lower())
    row["author"] = [_name(one) for one in re.split(r"\s+and\s+", str(row.get("author", ""))) if one.strip()]
    if str(row.get("eprinttype", row.get("archiveprefix", "arxiv"))).lower() not in ("arxiv", ""):
        row.pop("eprint", None)
    return {name: value for name, value in row.items() if value}


def _name(name: str) -> str:
    return "" if name.strip().lower() == "others" else name.strip("{} ")


def _said(value: str, name: str) -> str:
    """Return what LaTeX says in the characters of Unicode; formulas stay as they are written."""
    if name in ("url", "doi", "eprint", "file", "isbn", "pmid"):
        return re.sub(r"\\+([_%&#~])|[{}]", r"\1", value).strip()
    if not re.search(r"[\\{}~$]|--", value):
        return unwrapped(value)
    return unwrapped(_decoded(value))


def _decoded(value: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    text = LatexNodes2Text(math_mode="verbatim", keep_comments=True, strict_latex_spaces=False)
    try:
        return str(text.latex_to_text(value.replace("\\%", "%").replace("%", "\\%"))).strip()
    except Exception:  # any text may stand in a field; then it is kept as it is written
        return value.replace("{", "").replace("}", "")


def is_ris(start: str, suffix: str) -> bool:
    """Return whether a text is RIS: a line near its start opens an entry."""
    return suffix == ".ris" or _RIS.match(start[:2_000]) is not None


def parse_ris(text: str, file: str) -> Parsed:
    """Read one paper an entry, from `TY` to `ER`; a value may go on in the lines below it."""
    gathering = Gathering(file, "RIS", Given(path_date(file), own_keys=True))
    for line, row in _ris_rows(text):
        if row:
            gathering.row(row, line)
    return gathering.parsed()


def _ris_rows(text: str) -> Iterator[tuple[int, dict[str, object]]]:
    row: dict[str, object] = {}
    line, last = 0, ""
    for number, written in enumerate(text.split("\n"), 1):
        match = _RIS_LINE.match(written)
        if not match:
            if row and last and written.strip():
                _add(row, last, written.strip(), joined=True)
            continue
        tag, value = _LAID_OUT.get(match[1], match[1]), match[2].strip()
        if tag in ("TY", "ER") and row:
            yield line, row
            row = {}
        if tag == "TY":
            line = number
        if tag != "ER":
            line = line or number
            _add(row, tag, value, joined=False)
        last = tag if tag != "ER" else ""
    if row:
        yield line, row


def _add(row: dict[str, object], tag: str, value: str, *, joined: bool) -> None:
    known = row.get(tag)
    if joined:
        if isinstance(known, list) and known:
            known[-1] = f"{known[-1]}\n{value}"
        else:
            row[tag] = f"{known or ''}\n{value}".strip()
    elif tag in _MANY:
        row[tag] = [*known, value] if isinstance(known, list) else [value]
    elif value and not known:
        row[tag] = value
