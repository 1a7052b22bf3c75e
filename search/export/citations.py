"""Papers as references for bibliography programs: BibTeX and RIS; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from index.paper import Paper, PaperHead, text_digest
from search.export.latex import latex, latex_title
from search.text import one_line

_ARXIV = re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7}")
_ARXIV_FIELD = re.compile(r"[a-z-]+(?:\.[A-Za-z-]+)?")
_NOT_IN_KEY = re.compile(r"[^A-Za-z0-9./:+-]")
_TWO_NAMES = re.compile(r",|\band\b", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z]")
_SUFFIXES = {"Jr", "Jr.", "Sr", "Sr.", "II", "III", "IV"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_URL_SAFE = ":/?#[]@!$&'()*+,;=%~-._"


def bibtex(papers: Sequence[Paper]) -> str:
    """Return papers as BibTeX, in UTF-8 characters; the summary is an annotation, which no style prints."""
    return "\n".join(_bibtex_entry(paper) for paper in papers)


def _bibtex_entry(paper: Paper) -> str:
    lines = "".join(f"  {name} = {value},\n" for name, value in _bibtex_fields(paper))
    return f"@misc{{{key(paper)},\n{lines}}}\n"


def _bibtex_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{latex_title(one_line(paper.title))}}}"
    if paper.authors:
        yield "author", f"{{{' and '.join(map(_bibtex_author, paper.authors))}}}"
    if paper.date:
        year, month, _ = paper.date.split("-")
        yield "year", f"{{{year}}}"
        yield "month", _MONTHS[int(month) - 1]
    if _ARXIV.fullmatch(paper.id):
        yield "eprint", f"{{{paper.id}}}"
        yield "archiveprefix", "{arXiv}"
        if paper.fields and _ARXIV_FIELD.fullmatch(paper.fields[0]):
            yield "primaryclass", f"{{{paper.fields[0]}}}"
    if url := web_address(paper):
        yield "url", f"{{{url}}}"
    if paper.fields:
        yield "keywords", f"{{{', '.join(latex(one_line(field)) for field in paper.fields)}}}"
    yield "annote", f"{{{latex(' '.join(_notes(paper)))}}}"


def _bibtex_author(name: str) -> str:
    """Return a name that is read as one name, whatever stands in it."""
    written = latex(one_line(name))
    return f"{{{written}}}" if _TWO_NAMES.search(name) else written


def key(paper: Paper) -> str:
    """Return a key that is the same in every export, and that no other paper of a store has."""
    surname = _ascii(surname_first(paper.authors[0]).partition(",")[0]) if paper.authors else ""
    year = (paper.date or "")[:4]
    name = _NOT_IN_KEY.sub("", paper.id)
    told = f"{name}-{text_digest(paper.id)[:8]}" if name != paper.id else name
    return ":".join(part for part in (f"{surname}{year}", told) if part)


def _ascii(text: str) -> str:
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", text).lower())


def ris(papers: Sequence[Paper]) -> str:
    """Return papers as RIS; each section of a summary is a note."""
    return "".join(f"{tag}  - {value}\r\n" for paper in papers for tag, value in _ris_lines(paper))


def _ris_lines(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "UNPB"
    yield "ID", key(paper)
    yield "TI", one_line(paper.title)
    for author in paper.authors:
        yield "AU", surname_first(author)
    if paper.date:
        yield "PY", paper.date[:4]
        yield "DA", f"{paper.date.replace('-', '/')}/"
    for field in paper.fields:
        yield "KW", one_line(field)
    if url := web_address(paper):
        yield "UR", url
    if _ARXIV.fullmatch(paper.id):
        yield "PB", "arXiv"
    yield "AN", one_line(paper.id)
    for note in _notes(paper):
        yield "N1", note
    yield "ER", ""


def surname_first(name: str) -> str:
    """Return a Latin name as `Surname, Given, Suffix`; any other name as it stands."""
    parts = one_line(name).split()
    suffix = parts.pop() if len(parts) > 2 and parts[-1] in _SUFFIXES else ""
    if len(parts) < 2 or "," in name or not _LATIN.search(name):
        return one_line(name)
    first = len(parts) - 1
    while first > 1 and parts[first - 1].islower():
        first -= 1
    return ", ".join(part for part in (" ".join(parts[first:]), " ".join(parts[:first]), suffix) if part)


def web_address(paper: PaperHead) -> str:
    """Return where a paper is on the web, in ASCII without braces and spaces, or nothing."""
    url = paper.url.strip()
    return quote(url, safe=_URL_SAFE) if url.lower().startswith(("https://", "http://")) else ""


def _notes(paper: Paper) -> Iterator[str]:
    for section in paper.sections:
        yield f"{one_line(section.heading)}: {one_line(section.text)}"
