"""Papers that several tests write out, with all that a format may stumble over."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from index.paper import Kind, Paper, Section, kind_of

LORA = Paper(
    "2106.09685",
    "LoRA: Low-Rank Adaptation of 100% {Large} Models & $x_1$",
    "https://arxiv.org/abs/2106.09685",
    "2021-06-17",
    3,
    ("Edward J. Hu", "Laurens van der Maaten", "홍길동", "Research, Development and Co"),
    ("cs.CL", "cs.LG"),
    (Section(Kind.WHATS_NEW, "What's New", "작은 행렬만 학습합니다.\nER  - \nTY  - JOUR\r\nIt trains 1% #only."),),
)


NASTY = st.text(alphabet=st.sampled_from("a가\\{}%$&#_~^\"'@,=\n\r\u2028\x85\x0b -:TYER*[]()"), max_size=40)
ANY = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
PAPERS = st.lists(
    st.builds(
        Paper,
        id=st.text(alphabet="ab/%{}, 가1", min_size=1, max_size=8),
        title=NASTY,
        url=NASTY | st.just("https://x.org/{a} b%20%"),
        date=st.sampled_from([None, "2024-02-29"]),
        votes=st.sampled_from([None, 0, 12]),
        authors=st.lists(NASTY.filter(str.strip), max_size=3).map(tuple),
        fields=st.lists(NASTY.filter(str.strip), max_size=2).map(tuple),
        sections=st.lists(st.builds(Section, st.just(Kind.OTHER), NASTY, NASTY), min_size=1, max_size=2).map(tuple),
    ),
    max_size=4,
    unique_by=lambda paper: paper.id,
)

WORD = st.text(alphabet="abcdefgXYZ가나다라0123", min_size=1, max_size=8)
LINE = st.lists(WORD, min_size=1, max_size=6).map(lambda words: "글 " + " ".join(words) + ".")
ID = st.integers(0, 99_999).map("2409.{:05}".format)
HEADINGS = st.sampled_from(["What's New", "Technical Details", "Performance Highlights", "결론", "Limitations"])


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    """Draw a paper that every form can say whole."""
    headings = draw(st.lists(HEADINGS, min_size=1, max_size=4, unique=True))
    paper_id = draw(ID)
    return Paper(
        id=paper_id,
        title=draw(LINE),
        url=f"https://arxiv.org/abs/{paper_id}",
        date=draw(st.dates(date(1900, 1, 1), date(2099, 12, 31))).isoformat(),
        votes=draw(st.none() | st.integers(0, 10_000)),
        authors=tuple(draw(st.lists(WORD.map("A{}".format), max_size=3, unique=True))),
        fields=tuple(draw(st.lists(st.sampled_from(["cs.IR", "cs.CL"]), max_size=1))),
        sections=tuple(
            Section(kind_of(h), h, "\n".join(draw(st.lists(LINE, min_size=1, max_size=3)))) for h in headings
        ),
    )
