"""Texts that several tests of commands use."""

from __future__ import annotations

QUERY = "큰 모델을 적은 메모리로 미세 조정하는 방법"


LORA, QLORA = "2106.09685", "2305.14314"


ENGLISH = '{"id": "a", "title": "A title", "url": "https://x.org/a", "sections": {"Summary": "Rare words."}}'
