"""Links within a line of Markdown: which leads to a paper, what is left when they are taken out; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.ids import known_id_of_url
from index.sources.values import one_line, without_tags

_LINK = re.compile(
    r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\[\]]{0,200}\]){0,600})\]"
    r"\(<?(?P<url>https?://[^\s()<>]+(?:\([^\s()<>]*\)[^\s()<>]*)*)>?[^()]{0,200}\)",
    re.IGNORECASE,
)
_BARE = re.compile(r"<?(https?://[^\s()<>\[\]|*\"'，。；、）]+)>?", re.IGNORECASE)
_HREF = re.compile(r"<a\s[^<>]{0,300}?href=[\"']?(https?://[^\s\"'<>]+)[^<>]{0,300}>(.{0,400}?)</a>", re.IGNORECASE)
_IMAGE = re.compile(
    r"\[?!\[[^\[\]]{0,300}\]\([^()\s]{0,500}[^()]{0,200}\)(?:\]\([^()\s]{0,500}\))?|<img\s[^<>]{0,500}>"
)
_WIKI = re.compile(r"!?\[\[([^\[\]|]{1,300})(?:\|([^\[\]]{1,300}))?\]\](?!\()")
_HOSTS = (
    *("ieeexplore.ieee.org", "dl.acm.org", "sciencedirect.com", "nature.com", "science.org", "pnas.org", "mdpi.com"),
    *("papers.nips.cc", "proceedings.neurips.cc", "papers.neurips.cc", "proceedings.mlr.press", "jmlr.org"),
    *("openaccess.thecvf.com", "cv-foundation.org", "ecva.net", "aaai.org", "ijcai.org", "isca-speech.org"),
    *("usenix.org", "frontiersin.org", "plos.org", "springer.com", "wiley.com", "tandfonline.com", "sagepub.com"),
    *("hal.science", "ncbi.nlm.nih.gov", "europepmc.org", "roboticsproceedings.org", "eprint.iacr.org", "ssrn.com"),
    *("cell.com", "oup.com", "vldb.org", "researchgate.net", "osf.io", "paperswithcode.com", "dblp.org", "acm.org"),
)
_NO_PAPERS = ("github.com", "raw.githubusercontent.com", "youtube.com", "twitter.com", "x.com", "img.shields.io")
_GENERIC = re.compile(
    r"(?:full |original |main )?(?:paper|papers|pdf|arxiv|arxiv preprint|link|links|url|abs|abstract|html|doi|here|"
    r"openreview|acl|preprint|source|read|논문|링크|원문|论文|链接|原文|论文链接|paper link|pdf link|📄|🔗|"
    r"code|github|project|project page|page|website|homepage|video|demo|slides|poster|tweet|blog|model|dataset|data|"
    r"bibtex|supp|代码|项目|코드)(?: ?\d+)?|"
    r"(?:arxiv[:\s]*)?\d{4}\.\d{4,5}(?:v\d+)?|10\.\d{4,}/\S+",
    re.IGNORECASE,
)
_RESIDUE = re.compile(r"\[\s*[,|/;·]*\s*\]|\(\s*[,|/;·]*\s*\)|(?:\s*[|·/]\s*){2,}")


@dataclass(frozen=True, slots=True)
class Link:
    """One link: what it says, where it leads, where it stands."""

    text: str
    url: str
    start: int
    end: int

    @property
    def is_paper(self) -> bool:
        """Return whether it leads to a paper, as far as an address tells."""
        return leads_to_paper(self.url)

    @property
    def is_generic(self) -> bool:
        """Return whether its words name no paper, such as `PDF`."""
        return not self.text or _GENERIC.fullmatch(plain(self.text)) is not None


def leads_to_paper(url: str) -> bool:
    """Return whether an address is that of a paper: of a known kind, of a publisher, or a PDF."""
    if known_id_of_url(url):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = parts.netloc.lower().removeprefix("www.")
    if host.endswith(_NO_PAPERS):
        return False
    deep = len(parts.path.strip("/")) > 3 or bool(parts.query)
    return deep and (host.endswith(_HOSTS) or parts.path.lower().endswith(".pdf"))


def links_in(line: str) -> list[Link]:
    """Return the links of a line, written in any way, in order."""
    found = [Link(m["text"], m["url"], m.start(), m.end()) for m in _LINK.finditer(line)]
    found += [Link(without_tags(m[2]), m[1], m.start(), m.end()) for m in _HREF.finditer(line)]
    taken = [(one.start, one.end) for one in found]
    for m in _BARE.finditer(line):
        if not any(start <= m.start() < end for start, end in taken):
            found.append(Link("", m[1].rstrip(".,:"), m.start(), m.end()))
    return sorted(found, key=lambda one: one.start)


def without_images(text: str) -> str:
    """Return a text without pictures and badges; a wiki link stays by its words."""
    text = _IMAGE.sub("", text) if "![" in text or "<img" in text else text
    return _WIKI.sub(lambda m: "" if m[0].startswith("!") else m[2] or m[1], text) if "[[" in text else text


def without_links(line: str, links: list[Link]) -> str:
    """Return a line without links that only say `PDF` and the like, and with the words of the others."""
    return _RESIDUE.sub(" ", "".join(_pieces(line, links)))


def _pieces(line: str, links: list[Link]) -> Iterator[str]:
    at = 0
    for link in links:
        if link.start >= at:
            yield line[at : link.start]
            yield "" if link.is_generic else link.text
            at = link.end
    yield line[at:]


def plain(text: str) -> str:
    """Return words without the marks of emphasis and what brackets them."""
    text = one_line(without_tags(without_images(text)))
    text = re.sub(r"(?<!\\)(\*{1,3}|__|`|~~)(?=\S)(.{0,2000}?)(?<=\S)\1", r"\2", text)
    return text.strip(' *_`[]"“”|:：,，;-–—·')
