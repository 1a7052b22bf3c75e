"""Unicode in every form: parted Hangul, full width, marks of direction, joined emoji."""

from __future__ import annotations

import json
from pathlib import Path
from unicodedata import normalize

import pytest

from index.sources.corpus import read_corpus

TITLE = "한글 제목"
TEXT = "검색 증강 생성을 다룹니다. 👩‍💻 שלום"
URL = "https://arxiv.org/abs/2409.00001"
FORMS = {
    "a.md": f"### [{TITLE}]({URL})\n\nAuthors: 김철수\n\n- {TEXT}\n",
    "b.jsonl": json.dumps({"arxiv": "２４０９．００００１", "title": TITLE, "abstract": TEXT, "authors": ["김철수"]}),
    "c.json": json.dumps([{"url": URL, "title": f"\u202a{TITLE}\u202c", "abstract": TEXT, "author": "김철수"}]),
    "d.bib": f"@misc{{a, title={{{TITLE}}}, eprint={{2409.00001}}, abstract={{{TEXT}}}, author={{김철수}}}}",
    "e.ris": f"TY  - JOUR\nTI  - {TITLE}\nAU  - 김철수\nUR  - {URL}\nAB  - {TEXT}\nER  - \n",
    "f.csv": f"Title,Author,Url,Abstract\n{TITLE},김철수,{URL},{TEXT}\n",
    "g.md": f"- [{TITLE}]({URL}) - {TEXT}\n  - 저자: 김철수\n",
    "h.md": f"| 제목 | 저자 | 링크 | 요약 |\n|---|---|---|---|\n| {TITLE} | 김철수 | [PDF]({URL}) | {TEXT} |\n",
    "i.md": f"---\ntitle: {TITLE}\nauthors: [김철수]\narxiv: 2409.00001\n---\n{TEXT}\n",
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_paper_is_the_same_however_its_letters_are_put_together(tmp_path: Path, name: str, form: str) -> None:
    folder = tmp_path / normalize(form, "2024년 9월 2일")  # type: ignore[arg-type]
    folder.mkdir()
    (folder / name).write_text(normalize(form, FORMS[name]), "utf-8")  # type: ignore[arg-type]
    (paper,) = read_corpus([tmp_path]).papers
    assert (paper.id, paper.title, paper.authors) == ("2409.00001", TITLE, ("김철수",))
    assert "".join(section.text for section in paper.sections) == TEXT
    assert (paper.url, paper.date) == (URL, "2024-09-02")
