"""The map is drawn by a steady sample of papers, and every other paper goes where its nearest lie."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from index.arrays import FloatArray, normalized
from index.map import landmarks
from index.map.drawing import draw
from index.map.landmarks import NEAREST, Guide, landmarks_of
from index.pipeline.build import Rules, build
from index.sources.corpus import SourceEntry
from index.store import manifest as m
from index.store.map_points import MapPoints
from tests.support.fakes import LetterEncoder, silent

WORDS = ("retrieval", "diffusion", "robotics", "speech", "proteins", "graphs", "검색", "음성")


def entries(dates: list[str]) -> list[SourceEntry]:
    return [SourceEntry(bytes(32), f"paper {row}", date, ("Summary",)) for row, date in enumerate(dates)]


def test_landmarks_are_of_months_that_are_over_and_stay_while_the_newest_month_grows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(landmarks, "LANDMARKS", 30)
    monkeypatch.setattr(landmarks, "LEAST_PAPERS", 20)
    settled = ["", *(f"2024-0{1 + row % 3}-05" for row in range(99))]
    first = landmarks_of(entries([*settled, "2024-04-01"]))
    assert len(first) == 30
    assert (np.diff(first) > 0).all()
    assert first.max() < 100
    assert landmarks_of(entries([*settled, *["2024-04-02"] * 50])).tolist() == first.tolist()
    assert landmarks_of(entries([*settled, *["2024-04-02"] * 50, "2024-05-01"])).tolist() != first.tolist()


def test_where_few_months_are_over_all_papers_are_landmarks() -> None:
    assert landmarks_of(entries(["2024-01-05", "2024-02-01", "2024-02-02"])).tolist() == [0, 1, 2]


def test_a_paper_goes_among_its_nearest_landmarks_and_alone_as_with_others() -> None:
    source = np.random.default_rng(5)
    belongs = np.arange(90) % 3
    vectors = normalized((source.normal(size=(3, 32))[belongs] + 0.1 * source.normal(size=(90, 32))).astype(np.float32))
    corners = np.array([[0, 0], [10, 0], [0, 10]])
    guide = Guide(vectors[:60], corners[belongs[:60]] + source.normal(size=(60, 2)) * 0.1)
    places = guide.place(vectors[60:])
    assert np.abs(places - corners[belongs[60:]]).max() < 0.5
    assert np.concatenate([guide.place(vectors[row : row + 1]) for row in range(60, 90)]).tolist() == places.tolist()


@pytest.mark.parametrize("few", [1, 2, NEAREST, NEAREST + 1])
def test_few_landmarks_give_a_place_too(few: int) -> None:
    vectors = normalized(np.random.default_rng(6).normal(size=(few, 8)).astype(np.float32))
    places = Guide(vectors, np.arange(2.0 * few).reshape(few, 2)).place(vectors)
    assert np.isfinite(places).all()
    assert 0 <= places.min() <= places.max() <= 2 * few


def row(number: int, date: str, votes: int = 0) -> str:
    about = " ".join(WORDS[(number + step) % len(WORDS)] for step in range(1 + number % 4))
    sections = {"What's New": f"This paper, number {number}, is about {about}.", "Performance": f"Better {about}."}
    paper = {"id": str(number), "title": f"On {about}", "date": date, "votes": votes, "sections": sections}
    return json.dumps(paper) + "\n"


def test_a_map_that_grew_is_the_map_that_is_drawn_from_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landmarks, "LANDMARKS", 25)
    monkeypatch.setattr(landmarks, "LEAST_PAPERS", 20)
    drawn: list[int] = []

    def drawing(vectors: FloatArray, method: str) -> FloatArray:
        drawn.append(len(vectors))
        return draw(vectors, method)

    monkeypatch.setattr(landmarks, "draw", drawing)
    source, lines = tmp_path / "papers.jsonl", [row(number, "2024-01-02") for number in range(40)]

    def points(store: str) -> bytes:
        source.write_text("".join(lines), "utf-8")
        build([source], tmp_path / store, LetterEncoder(), silent, Rules(keep=0))
        return MapPoints.read(m.current_folder(tmp_path / store)).points.tobytes()

    lines.append(row(40, "2024-02-01"))
    points("grown")
    lines += [row(number, "2024-02-02") for number in range(41, 60)]
    lines[:25] = [row(number, "2024-01-02", votes=number) for number in range(25)]
    assert points("grown") == points("fresh")
    assert drawn == [25, 25]
    lines.append(row(60, "2024-03-01"))
    assert points("grown") == points("other")
    assert drawn == [25] * 4
