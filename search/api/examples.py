"""An answer as OpenAPI shows it."""

from __future__ import annotations

from typing import Any

_TEXT = "생성 모델이 외부 문서를 찾아 읽게 하는 검색 증강 생성(RAG)을 제안합니다."
ANSWER: dict[str, Any] = {
    "query": "검색 증강",
    "generation": "20260101T000000.000000-000000",
    "took_ms": 7.5,
    "confident": True,
    "also_searched": [{"term": "검색", "other": "retrieval", "weight": 0.74}],
    "warnings": [],
    "degraded": False,
    "k": 1,
    "offset": 0,
    "results": [
        {
            "paper": {
                "id": "2005.11401",
                "title": "Retrieval-Augmented Generation for Knowledge-Intensive NLP Tasks",
                "url": "https://arxiv.org/abs/2005.11401",
                "date": "2020-05-22",
                "votes": 2,
                "authors": ["Patrick Lewis", "Ethan Perez"],
                "fields": ["cs.CL"],
            },
            "score": 0.97,
            "parts": {"sentence": 0.3, "title": 0.12, "terms": 0.35, "glossary": 0.2, "exact": 0.0},
            "sections": [
                {
                    "kind": "whats_new",
                    "heading": "What's New",
                    "text": _TEXT,
                    "score": 1.0,
                    "highlights": [
                        {"start": 0, "end": len(_TEXT), "weight": 1.0, "kind": "semantic"},
                        {"start": 23, "end": 25, "weight": 1.0, "kind": "term"},
                        {"start": 26, "end": 28, "weight": 1.0, "kind": "term"},
                    ],
                }
            ],
            "doubtful": False,
            "pairs": [],
            "explanation": "sentence 0.300 + title 0.120 + terms 0.350 + glossary 0.200 = 0.970",
        }
    ],
}
