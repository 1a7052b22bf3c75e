"""What others call the parts of a paper: one table of names for every form that has named fields; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

ALIASES: dict[str, tuple[str, ...]] = {
    "title": (
        *("title", "papertitle", "titletext", "displayname", "fulltitle", "documenttitle", "ti", "t1", "paper"),
        *("papername", "name", "논문제목", "제목", "논문", "标题", "论文标题", "论文题目", "题目", "论文", "名称"),
    ),
    "authors": (
        *("authors", "author", "authorships", "authorlist", "authornames", "creators", "creator", "au", "a1"),
        *("authorsparsed", "firstauthor", "저자", "작성자", "作者"),
    ),
    "date": (
        *("date", "publicationdate", "published", "publishedat", "publishedon", "publisheddate", "publishdate"),
        *("publishtime", "pubdate", "submitteddate", "submissiondate", "da", "issued", "submitted", "created"),
        *("createdat", "pdate", "cdate", "updatedate", "updated", "y1", "py", "publicationyear", "year", "time"),
        *("날짜", "발행일", "게재일", "연도", "日期", "时间", "发布日期", "发布时间", "发表时间", "年份"),
    ),
    "url": (
        *("url", "link", "links", "paperurl", "paperlink", "arxivurl", "arxivlink", "absurl", "abs", "site", "forum"),
        *("landingpageurl", "htmlurl", "href", "ur", "l1", "entryid", "source", "sourceurl", "bestoalocation"),
        *("primarylocation", "openaccesspdf", "pdfurl", "pdflink", "pdf", "oa", "alternate"),
        *("링크", "주소", "원문", "链接", "论文链接", "原文", "原文链接", "地址"),
    ),
    "votes": (
        *("votes", "vote", "upvotes", "likes", "citations", "citationcount", "citedbycount", "citedby", "numcitedby"),
        *("gscitation", "ncitations", "timescited", "추천", "인용수", "引用", "引用次数", "点赞"),
    ),
    "fields": (
        *("fields", "field", "categories", "category", "arxivcategories", "primarycategory", "subjects", "subject"),
        *("fieldsofstudy", "s2fieldsofstudy", "topics", "area", "primaryarea", "topic", "maincategory"),
        *("keywords", "keyword", "authorkeywords", "aikeywords", "kw", "tags", "manualtags", "concepts"),
        *("분야", "태그", "키워드", "关键词", "标签", "类别", "分类", "领域"),
    ),
    "arxiv": ("arxivid", "arxiv", "eprint", "arxivnumber", "axivid"),
    "doi": ("doi", "do", "paperdoi", "digitalobjectidentifier"),
    "acl": ("acl", "aclid", "anthologyid"),
    "pubmed": ("pmid", "pubmed", "pubmedid"),
    "openreview": ("openreview", "openreviewid", "forumid"),
    "s2": ("s2id", "paperid", "semanticscholarid"),
    "isbn": ("isbn", "sn"),
    "id": ("id", "identifier", "uid", "paperid", "key", "citationkey", "citekey", "accessionnumber", "number"),
    "type": ("type", "itemtype", "entrytype", "ty", "documenttype"),
    "sections": ("sections",),
}
"""By each part of a paper, what it is called elsewhere, letters alone, the name that is taken first in front."""

TEXTS: dict[str, str] = {
    **dict.fromkeys(("abstract", "abstractnote", "abstracttext", "paperabstract", "ab", "n2"), "Abstract"),
    **{"summary": "Summary", "papersummary": "Summary", "description": "Summary", "aisummary": "AI summary"},
    **{"tldr": "TL;DR", "highlights": "Highlights", "contributions": "Contributions", "contribution": "Contribution"},
    **{"motivation": "Motivation", "method": "Method", "methods": "Method", "methodology": "Method"},
    **{"result": "Result", "results": "Results", "conclusion": "Conclusion", "conclusions": "Conclusion"},
    **{"note": "Note", "notes": "Notes", "annote": "Notes", "annotation": "Notes", "n1": "Notes", "remark": "Remark"},
    **{"takeaway": "Takeaway", "keypoints": "Key points", "review": "Review", "contents": "Summary"},
    **{"abstractko": "Abstract", "abstractzh": "Abstract", "abstracten": "Abstract", "translation": "Translation"},
    **{"요약": "요약", "논문요약": "요약", "한줄요약": "한줄 요약", "초록": "초록", "내용": "내용", "메모": "메모"},
    **{"핵심기여": "핵심 기여", "방법": "방법", "결과": "결과", "摘要": "摘要", "总结": "总结", "简介": "简介"},
    **{"方法": "方法", "结果": "结果", "结论": "结论", "动机": "动机", "贡献": "贡献", "备注": "备注", "笔记": "笔记"},
}
"""What is text of a summary wherever it stands, letters alone, and the heading that it gets."""

NESTS = ("ai", "analysis", "summaries", "llm", "aienhanced", "enhanced", "digest", "insights", "structuredsummary")
"""Objects each of whose texts is a section, as is one in the place of a text."""

WRAPPERS = ("paper", "content", "data", "attributes", "metadata", "item", "work", "ids", "externalids", "paperinfo")
"""Objects that hold parts of the paper itself."""

INVERTED = "abstractinvertedindex"
"""Words with the places where they stand, in which OpenAlex has its abstracts."""

_PART_OF = {alias: part for part, aliases in reversed(ALIASES.items()) for alias in aliases}


@lru_cache(maxsize=4096)
def letters(name: str) -> str:
    """Return a field's name by its letters and digits alone, in one case, without the namespace before a colon."""
    bare = "".join(c for c in name.rpartition(":")[2].casefold() if c.isalnum())
    return bare or "".join(c for c in name.casefold() if c.isalnum())


def part_of(name: str) -> str | None:
    """Return the part of a paper that a field's name stands for, `text` for a section, else None."""
    bare = letters(name)
    if bare in _PART_OF:
        return _PART_OF[bare]
    return "text" if bare in TEXTS or bare in NESTS or bare == INVERTED else None


def values_of(record: Mapping[str, object], part: str) -> Iterator[object]:
    """Yield what a record says of a part that is not empty, the name that is taken first in front."""
    for alias in ALIASES[part]:
        if (value := record.get(alias)) not in (None, "", [], {}):
            yield value
