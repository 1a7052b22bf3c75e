"""The values that every stage shares: papers, sections, sentences."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What a section of a summary is about, whatever its heading says."""

    WHATS_NEW = "whats_new"
    TECHNICAL_DETAILS = "technical_details"
    PERFORMANCE = "performance"
    SUMMARY = "summary"
    OTHER = "other"


DESCRIBED = {"use_attribute_docstrings": True}
"""For pydantic, where a value is described to others: the texts under its fields are their descriptions."""


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points within one text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a summary, its heading and text kept as written."""

    kind: Kind
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class PaperHead:
    """What is known of a paper beside its summary; an empty tuple means that the source names none."""

    __pydantic_config__ = DESCRIBED

    id: str
    title: str
    url: str
    date: str | None
    """ISO 8601; null where the source names none."""
    votes: int | None
    authors: tuple[str, ...]
    fields: tuple[str, ...]

    def whole(self, sections: tuple[Section, ...]) -> Paper:
        """Return the paper with a summary."""
        return Paper(self.id, self.title, self.url, self.date, self.votes, self.authors, self.fields, sections)


@dataclass(frozen=True, slots=True)
class Paper(PaperHead):
    """One paper with its whole summary."""

    sections: tuple[Section, ...]

    def head(self) -> PaperHead:
        """Return the paper without its summary."""
        return PaperHead(self.id, self.title, self.url, self.date, self.votes, self.authors, self.fields)

    def as_dict(self) -> dict[str, object]:
        """Return the paper as JSON-ready values."""
        return {
            "id": self.id,
            "title": self.title,
            "url": self.url,
            "date": self.date,
            "votes": self.votes,
            "authors": list(self.authors),
            "fields": list(self.fields),
            "sections": [{"kind": s.kind.value, "heading": s.heading, "text": s.text} for s in self.sections],
        }

    def to_json(self) -> str:
        """Return everything the paper says; the same paper gives the same text."""
        return json.dumps(self.as_dict(), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Paper:
        """Return the paper that `to_json` wrote."""
        values = json.loads(text)
        sections = tuple(Section(Kind(s["kind"]), s["heading"], s["text"]) for s in values.pop("sections"))
        authors, fields = tuple(values.pop("authors")), tuple(values.pop("fields"))
        return cls(**values, authors=authors, fields=fields, sections=sections)

    def digest(self) -> str:
        """Return the SHA-256 of what `to_json` gives, in hexadecimal."""
        return text_digest(self.to_json())


def text_digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


_HEADING_KINDS: tuple[tuple[str, Kind], ...] = (
    ("whatsnew", Kind.WHATS_NEW),
    ("corecontribution", Kind.WHATS_NEW),
    ("technicaldetail", Kind.TECHNICAL_DETAILS),
    ("technicalchallenge", Kind.TECHNICAL_DETAILS),
    ("performancehighlight", Kind.PERFORMANCE),
    ("empiricalimpact", Kind.PERFORMANCE),
    ("summary", Kind.SUMMARY),
    ("abstract", Kind.SUMMARY),
    ("tldr", Kind.SUMMARY),
    ("새로운", Kind.WHATS_NEW),
    ("신규성", Kind.WHATS_NEW),
    ("핵심기여", Kind.WHATS_NEW),
    ("기술적세부", Kind.TECHNICAL_DETAILS),
    ("기술세부", Kind.TECHNICAL_DETAILS),
    ("기술적상세", Kind.TECHNICAL_DETAILS),
    ("기술적과제", Kind.TECHNICAL_DETAILS),
    ("성능하이라이트", Kind.PERFORMANCE),
    ("성능요약", Kind.PERFORMANCE),
    ("주요성능", Kind.PERFORMANCE),
    ("요약", Kind.SUMMARY),
    ("논문요약", Kind.SUMMARY),
    ("원문요약", Kind.SUMMARY),
    ("초록", Kind.SUMMARY),
    ("摘要", Kind.SUMMARY),
    ("总结", Kind.SUMMARY),
    ("總結", Kind.SUMMARY),
    ("概括", Kind.SUMMARY),
    ("概述", Kind.SUMMARY),
    ("一句话总结", Kind.SUMMARY),
    ("简介", Kind.SUMMARY),
    ("创新", Kind.WHATS_NEW),
    ("創新", Kind.WHATS_NEW),
    ("主要贡献", Kind.WHATS_NEW),
    ("核心贡献", Kind.WHATS_NEW),
    ("贡献", Kind.WHATS_NEW),
    ("新意", Kind.WHATS_NEW),
    ("方法", Kind.TECHNICAL_DETAILS),
    ("核心方法", Kind.TECHNICAL_DETAILS),
    ("技术细节", Kind.TECHNICAL_DETAILS),
    ("技術細節", Kind.TECHNICAL_DETAILS),
    ("实验", Kind.PERFORMANCE),
    ("實驗", Kind.PERFORMANCE),
    ("关键结果", Kind.PERFORMANCE),
    ("结果", Kind.PERFORMANCE),
    ("結果", Kind.PERFORMANCE),
    ("性能", Kind.PERFORMANCE),
    ("主要结果", Kind.PERFORMANCE),
)
_HEADING_NUMBER = re.compile(r"^(?:第?[一二三四五六七八九十]{1,3}[、.．章节节]|\d{1,2}(?:\.\d{1,2})*[、.．]?)\s*")


@lru_cache(maxsize=4096)
def kind_of(heading: str) -> Kind:
    """Return the kind that a heading names, by its letters alone."""
    bare = _HEADING_NUMBER.sub("", unicodedata.normalize("NFC", heading))
    letters = "".join(c for c in bare.casefold() if c.isalpha())
    return next((kind for name, kind in _HEADING_KINDS if letters.startswith(name)), Kind.OTHER)


_SENTENCE_END = re.compile(r"\n+|(?:(?<=[.!?。？！…])|(?<=[.!?][\"'”’」』)\]]))\s+(?=[^a-z\s])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|cf|vs|et al|Fig|Eq|Sec|Tab|approx|resp|No|Dr|Prof)|\b[A-Z])\.$")
_ABBREVIATION_MAX = 8
_ITEM_NUMBER = re.compile(r"\d{1,3}\.")


def split_sentences(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text in order, without the white space between them.

    A sentence ends at a line break, or at a closing mark followed by white space and anything but a
    lower-case Latin letter. Common abbreviations, initials and an item's number do not end one.
    """
    spans: list[Span] = []
    start = 0
    for mark in _SENTENCE_END.finditer(text):
        if "\n" not in mark.group() and _runs_on(text, start, mark.start()):
            continue
        spans.append(Span(start, mark.start()))
        start = mark.end()
    spans.append(Span(start, len(text)))
    return tuple(trimmed for span in spans if (trimmed := _trim(text, span)).end > trimmed.start)


def _runs_on(text: str, start: int, end: int) -> bool:
    if end - start <= 4 and _ITEM_NUMBER.fullmatch(text, start, end):
        return True
    return _ABBREVIATION.search(text, max(start, end - _ABBREVIATION_MAX), end) is not None


def _trim(text: str, span: Span) -> Span:
    part = text[span.start : span.end]
    left = len(part) - len(part.lstrip())
    return Span(span.start + left, span.start + max(left, len(part.rstrip())))


def name_words(name: str) -> list[str]:
    """Return the words of a person's name in one case, without full stops."""
    return name.replace(".", " ").casefold().split()


SAMPLE = 200


def sample_of(ids: Sequence[str], size: int = SAMPLE) -> list[int]:
    """Return the rows of papers that stand for all, ascending: those whose ids have the least digests.

    So they stay nearly the same from one day to the next, and what was worked out of them is known.
    """
    order = sorted(range(len(ids)), key=lambda row: hashlib.sha256(ids[row].encode()).digest())
    return sorted(order[:size])
