"""What tests of the service ask it."""

from __future__ import annotations

from typing import Any

KOREAN = "검색한 문서를 근거로 답을 생성하는 모델"
ENGLISH = "let a language model call a calculator or a search engine"
MARKUP = "👩‍🔬 새 방법입니다. <b>R&amp;D</b> keeps $a < b$ & <script>alert(1)</script> as written."
ODD_PAPERS: list[dict[str, Any]] = [
    {
        "id": "cs/0112017",
        "title": "Minimum spanning trees of noisy graphs",
        "url": "https://arxiv.org/abs/cs/0112017",
        "date": "2001-12-14",
        "sections": {"What's New": MARKUP},
    },
    {
        "id": "cs/0112017/v2",
        "title": "Minimum spanning trees of noisy graphs, revised",
        "url": "https://example.org/cs/0112017v2",
        "sections": {"Summary": "The revision adds a proof for weighted graphs."},
    },
    {
        "id": "한글 id?&#%",
        "title": "Speech recognition for children",
        "url": "https://example.org/child",
        "sections": {"Summary": "아이들의 음성을 인식합니다."},
    },
]
