"""What a generation holds of each paper beside its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.cache import paper_facts as telling
from index.cache.database import Cache, passage_key
from index.cache.paper_facts import gather_facts, label_rows, labels, name_rows, passages
from index.cache.papers import PaperCache
from index.encoding.encoder import Fingerprint
from index.paper import Kind, Paper, Section
from index.sources.corpus import SourceEntry
from index.store.layout import KINDS, NO_VOTES
from tests.support.fakes import PRINT

ONE = Paper(
    "a",
    "LoRA: 적응",
    "",
    "2024-01-02",
    7,
    ("J. Kim", "Kim Lee"),
    ("cs.CL",),
    (Section(Kind.SUMMARY, "Summary", "한 문장. Two sentences."), Section(Kind.OTHER, "h", "One.")),
)
OTHER = Paper("b", "Plain", "", None, None, (), (), (Section(Kind.PERFORMANCE, "h", "글"),))
DIGESTS = [SourceEntry.of(paper).digest for paper in (ONE, OTHER)]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    opened = Cache(tmp_path / "cache.sqlite")
    PaperCache(opened).add([ONE, OTHER])
    yield opened
    opened.close()


def test_facts_are_columns_over_papers_and_over_sections(cache: Cache) -> None:
    found = gather_facts(cache, DIGESTS, PRINT)
    assert found.section_offsets.tolist() == [0, 2, 3]
    assert [KINDS[kind] for kind in found.section_kinds] == [Kind.SUMMARY, Kind.OTHER, Kind.PERFORMANCE]
    assert found.section_languages.tolist() == [0, 1, 0]
    assert found.title_languages.tolist() == [0, 1]
    assert found.sentences.tolist() == [2, 1, 1]
    assert found.dates.tolist() == [20240102, 0]
    assert found.votes.tolist() == [7, NO_VOTES]


def test_keys_are_those_of_titles_and_sections_in_order(cache: Cache) -> None:
    wanted = b"".join(passage_key(PRINT, passage) for paper in (OTHER, ONE) for passage in passages(paper))
    assert gather_facts(cache, DIGESTS[::-1], PRINT).keys.tobytes() == wanted


def test_labels_and_names_lead_to_their_papers(cache: Cache) -> None:
    found = gather_facts(cache, [*DIGESTS, DIGESTS[0]], PRINT)
    rows = {label: np.frombuffer(blob, np.int32).tolist() for label, blob in label_rows(found)}
    words, names = ("author:j", "author:kim", "author:lee"), ("name:j kim", "name:kim lee", "name:k lee")
    assert rows == {label: [0, 2] for label in (*words, *names, "field:cs.cl")}
    assert labels(ONE) == set(rows)
    assert name_rows(found) == [("lora", 0), ("lora", 2), ("lora적응", 0), ("lora적응", 2), ("plain", 1)]


def test_facts_are_told_once_for_each_encoder(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    real = telling._row

    def noted(paper: Paper, encoder: Fingerprint) -> tuple[bytes | str, ...]:
        told.append(paper.id)
        return real(paper, encoder)

    monkeypatch.setattr(telling, "_row", noted)
    one = gather_facts(cache, DIGESTS[:1], PRINT)
    both = gather_facts(cache, DIGESTS, PRINT)
    assert told == ["a", "b"]
    assert both.keys[:3].tobytes() == one.keys.tobytes()
    other = gather_facts(cache, DIGESTS, replace(PRINT, weights="other"))
    assert told == ["a", "b", "a", "b"]
    assert other.keys.tobytes() != both.keys.tobytes()
