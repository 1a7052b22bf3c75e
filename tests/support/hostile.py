"""An answer whose every text is markup, and what a browser would read of a piece of HTML."""

from __future__ import annotations

from html.parser import HTMLParser

from index.paper import Kind, Paper
from search.answers import Answer, Highlight, Result, SectionMatch

HOSTILE = "<script>alert('1')</script> & \"<img src=x onerror=alert(1)>\""
PAPER = Paper(HOSTILE, HOSTILE, 'https://x.org/"><script>', "2024-01-01", 1, (HOSTILE,) * 5, (HOSTILE,), ())


class Read(HTMLParser):
    """The tags, links and text of a piece of HTML; whatever is open at the end is in `open`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.marks = ["", ""]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.links += [str(value) for name, value in attrs if name in {"href", "src"}]
        if tag == "br":
            self.text += "\n"
        else:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for position, tag in enumerate(("mark", "u")):
            self.marks[position] += data if tag in self.open else ""


def hostile_answer() -> Answer:
    match = SectionMatch(
        Kind.OTHER, HOSTILE, HOSTILE, 1.0, (Highlight(0, 9, 1.0, "semantic"), Highlight(5, 20, 1.0, "term"))
    )
    result = Result(PAPER, 1.0, {}, (match,), doubtful=True)
    return Answer(HOSTILE, (result,), "g", 1.0, confident=False, warnings=(HOSTILE,))
