"""What papers go by: arXiv, DOI, ACL, OpenReview, PubMed, Semantic Scholar, ISBN, a URL; and where each leads; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import parse_qs, quote, unquote, urlsplit

INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""What directs or joins text and is never part of a name."""

_ARXIV = re.compile(r"(?:arxiv[.:] ?)?(\d{4}\.\d{4,5})(?:v\d+)?", re.IGNORECASE)
_OLD_ARXIV = re.compile(r"(?:arxiv[.:] ?)?([a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?", re.IGNORECASE)
_OLD_ARXIV_PATH = re.compile(r"(?:^|/)([a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?$", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_DOI = re.compile(r"(?:doi ?: ?)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_DOI_PATH = re.compile(r"(?:^|/)(?:doi/)?(?:abs/|full/|pdf/|epdf/|book/|content/)?(10\.\d{4,9}/\S+)")
_DOI_HOSTS = ("doi.org", "dl.acm.org", "onlinelibrary.wiley.com", "link.springer.com", "biorxiv.org", "medrxiv.org")
_PREPRINT_ENDING = re.compile(r"(?:v\d+)?(?:\.(?:full|abstract))?(?:\.pdf|\.full-text)?$")
_ACL_DOI = re.compile(r"10\.(?:18653|3115)/v1/(.+)", re.IGNORECASE)
_ACL = re.compile(r"(?:acl:)?([A-Z]\d{2}-\d{4}|\d{4}\.[\w-]+\.\d+)", re.IGNORECASE)
_S2 = re.compile(r"(?:s2:)?([0-9a-f]{40})")
_ISBN = re.compile(r"(?:isbn[:\s-]*)?((?:97[89][ -]?)?(?:\d[ -]?){9}[\dX])", re.IGNORECASE)
_FILE_ENDING = re.compile(r"\.(?:pdf|html?|md)$", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Return a name in its usual characters: full width as half width, without marks that cannot be seen."""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()


def canonical_id(text: str) -> str:
    """Return an arXiv id without prefix and version, a DOI without what leads to it, any other id as it stands."""
    plain = plain_text(text)
    if match := _ARXIV.fullmatch(plain) or _OLD_ARXIV.fullmatch(plain):
        return match.group(1)
    return _doi(match.group(1)) if (match := _DOI.fullmatch(plain)) else INVISIBLE.sub("", text).strip()


def _doi(text: str) -> str:
    """Return a DOI, or the arXiv or ACL id that it stands for; DOIs are the same in any case."""
    text = text.rstrip(".,;")
    if arxiv := _ARXIV_DOI.fullmatch(text):
        return canonical_id(arxiv.group(1))
    return acl.group(1) if (acl := _ACL_DOI.fullmatch(text)) else text.lower()


def scheme_id(scheme: str, text: str) -> str | None:
    """Return the id of a paper that a text is, where it is known of which kind; None where it is none of that kind."""
    text = plain_text(text)
    read = _SCHEMES.get(scheme)
    if text.startswith(("http://", "https://")):
        return known_id_of_url(text)
    return read(text) if read else None


def _read_arxiv(text: str) -> str | None:
    match = _ARXIV.fullmatch(text) or _OLD_ARXIV.fullmatch(text)
    return match.group(1) if match else None


def _read_doi(text: str) -> str | None:
    return _doi(match.group(1)) if (match := _DOI.fullmatch(text)) else None


def _read_acl(text: str) -> str | None:
    return match.group(1) if (match := _ACL.fullmatch(text)) else None


def _read_pubmed(text: str) -> str | None:
    digits = text.removeprefix("pmid:").removeprefix("PMID:").strip()
    return f"pmid:{digits}" if digits.isdecimal() and len(digits) < 10 else None


def _read_openreview(text: str) -> str | None:
    name = text.removeprefix("openreview:")
    return f"openreview:{name}" if re.fullmatch(r"[\w-]{2,40}", name) else None


def _read_s2(text: str) -> str | None:
    return f"s2:{match.group(1)}" if (match := _S2.fullmatch(text)) else None


def _read_isbn(text: str) -> str | None:
    """Return an ISBN by its digits; of several that a text names, the first."""
    match = _ISBN.match(text)
    return "isbn:" + re.sub("[ -]", "", match.group(1)).upper() if match else None


_SCHEMES: dict[str, Callable[[str], str | None]] = {
    "arxiv": _read_arxiv,
    "doi": _read_doi,
    "acl": _read_acl,
    "openreview": _read_openreview,
    "pubmed": _read_pubmed,
    "s2": _read_s2,
    "isbn": _read_isbn,
}
SCHEMES = tuple(_SCHEMES)
"""The kinds of id, from the one that a paper goes by first to the last."""


def scheme_of(paper_id: str) -> str | None:
    """Return the kind of a paper's id, or None where it is a name of its own."""
    if ":" in paper_id and (scheme := {"pmid": "pubmed"}.get(head := paper_id.partition(":")[0], head)) in _SCHEMES:
        return scheme if _SCHEMES[scheme](paper_id) else None
    return next((name for name in ("arxiv", "doi", "acl") if _SCHEMES[name](paper_id) == paper_id), None)


_LEADING = {
    "arxiv": "https://arxiv.org/abs/",
    "doi": "https://doi.org/",
    "acl": "https://aclanthology.org/",
    "openreview": "https://openreview.net/forum?id=",
    "pubmed": "https://pubmed.ncbi.nlm.nih.gov/",
    "s2": "https://www.semanticscholar.org/paper/",
    "isbn": "https://openlibrary.org/isbn/",
}


def link_of(paper_id: str) -> str:
    """Return the address of the page that an id leads to; empty where it is a name of the archive's own."""
    scheme = scheme_of(paper_id)
    name = paper_id if scheme in ("arxiv", "doi", "acl") else paper_id.partition(":")[2]
    return _LEADING[scheme] + quote(name, safe="/:;()._-") if scheme else ""


def known_id_of_url(url: str) -> str | None:
    """Return the arXiv, DOI, ACL, OpenReview, PubMed or Semantic Scholar id that a URL names, else None."""
    try:
        parts = urlsplit(plain_text(url))
    except ValueError:
        return None
    host = parts.netloc.lower().removeprefix("www.")
    path = _FILE_ENDING.sub("", unquote(parts.path).strip("/"))
    last = path.rpartition("/")[2]
    if host.endswith(("arxiv.org", "alphaxiv.org")) or host == "huggingface.co":
        return _old_or_new_arxiv(path)
    if host.endswith(_DOI_HOSTS):
        return _doi_of_path(host, path)
    if host == "openreview.net":
        return _read_openreview(parse_qs(parts.query).get("id", [""])[0])
    if host.endswith(("aclanthology.org", "aclweb.org")):
        return _read_acl(last)
    if host == "pubmed.ncbi.nlm.nih.gov" or "ncbi.nlm.nih.gov/pubmed" in f"{host}/{path}":
        return _read_pubmed(last)
    return _read_s2(last) if host.endswith("semanticscholar.org") else None


def _old_or_new_arxiv(path: str) -> str | None:
    if old := _OLD_ARXIV_PATH.search(path):
        return old.group(1)
    return match.group(1) if (match := _ARXIV.fullmatch(path.rpartition("/")[2])) else None


def _doi_of_path(host: str, path: str) -> str | None:
    match = _DOI_PATH.search(path)
    if not match:
        return None
    doi = _PREPRINT_ENDING.sub("", match.group(1)) if host.endswith("rxiv.org") else match.group(1)
    return _doi(doi)


def id_of_url(url: str) -> str | None:
    """Return the id that a URL names, else a stable name made of the URL, else None.

    The last part of the path is the name where it tells papers apart by itself (six characters or more,
    one of them a digit, no query behind it); otherwise host, path and query are.
    """
    if known := known_id_of_url(url):
        return known
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    path = _FILE_ENDING.sub("", parts.path.strip("/"))
    last = path.rpartition("/")[2]
    if arxiv := _old_or_new_arxiv(path):
        return arxiv
    if not parts.query and len(last) >= 6 and any(c.isdigit() for c in last):
        return last
    whole = f"{parts.netloc.lower()}/{path}" + (f"?{parts.query}" if parts.query else "")
    return whole if path or parts.query else None
