"""Sections in Milvus, asked in every way that a mask may call for; on milvus-lite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pymilvus", reason="needs Milvus's client: pip install -e '.[milvus]'")
pytest.importorskip("milvus_lite", reason="needs milvus-lite: pip install -e '.[milvus]'")

from index.arrays import FloatArray, Mask
from index.errors import StoreError
from index.milvus import sections as milvus_index
from index.milvus.client import Milvus
from index.milvus.mirror import note
from index.milvus.sections import MilvusIndex, condition
from index.store.address import Address
from index.store.vectors import EVERYWHERE, Where

ROWS, DIMENSIONS = 203, 24
EVERY = np.arange(ROWS)
NAME = "20260102T030405.000006-0123456789abcdef"


@pytest.fixture(scope="module")
def stored() -> FloatArray:
    drawn = np.random.default_rng(7).normal(size=(ROWS, DIMENSIONS))
    units: FloatArray = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16).astype(np.float32)
    return units


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Address:
    return Address(str(tmp_path_factory.mktemp("lite") / "some.db"), "some")


@pytest.fixture(scope="module")
def marker(address: Address, stored: FloatArray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the note of a generation whose rows have their number as their day, and a label that many share."""
    rows = [
        {"row": i, "vector": v, "day": i, "votes": i % 7, "kind": i % 3, "labels": {"all": [f"field:{i % 2}", 'a"b\\']}}
        for i, v in enumerate(stored)
    ]
    folder = tmp_path_factory.mktemp("generations") / NAME
    folder.mkdir()
    Milvus(address).add(NAME, "{}", DIMENSIONS, iter([rows[:50], rows[50:]]), iter([("a", Path(__file__))]))
    note(folder, address, DIMENSIONS)
    return folder / "sections.milvus"


@pytest.fixture(params=["listed", "fetched in plenty", "fetched in plenty, then listed"])
def index(request: pytest.FixtureRequest, marker: Path, monkeypatch: pytest.MonkeyPatch) -> MilvusIndex:
    """Every promise holds whichever way is taken."""
    if request.param != "listed":
        monkeypatch.setattr(milvus_index, "LISTED", 3)
        monkeypatch.setattr(milvus_index, "MOST_LISTED", ROWS)
    if request.param == "fetched in plenty, then listed":
        monkeypatch.setattr(milvus_index, "MOST", 40)
    return MilvusIndex(marker)


def expected(stored: FloatArray, query: FloatArray, k: int, allowed: Mask) -> list[int]:
    rows = np.flatnonzero(allowed)
    return [int(row) for row in rows[np.argsort(-(stored[rows] @ query), kind="stable")][:k]]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.4, 0.9])
def test_a_filter_is_exact(index: MilvusIndex, stored: FloatArray, share: float) -> None:
    allowed = np.random.default_rng(3).random(ROWS) < share
    query = stored[11] + stored[12]
    scores, rows = index.search(query, 30, allowed)
    assert rows.tolist() == expected(stored, query, 30, allowed)
    assert scores == pytest.approx(stored[rows] @ query, abs=1e-5)


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        (Where(first_day=50), EVERY >= 50),
        (Where(first_day=20, last_day=180, kind=1), (EVERY >= 20) & (EVERY <= 180) & (EVERY % 3 == 1)),
        (Where(least_votes=3, labels=("field:1", 'a"b\\')), (EVERY % 7 >= 3) & (EVERY % 2 == 1)),
    ],
)
def test_what_rows_have_in_common_narrows_what_milvus_looks_at(
    index: MilvusIndex, stored: FloatArray, where: Where, allowed: Mask
) -> None:
    query = stored[5] - stored[6]
    assert index.search(query, 12, allowed, where)[1].tolist() == expected(stored, query, 12, allowed)


def test_the_mask_has_the_last_word(index: MilvusIndex, stored: FloatArray) -> None:
    allowed = np.arange(ROWS) % 2 == 0
    for wrong in (EVERYWHERE, Where(first_day=0), Where(labels=('a"b\\',))):
        rows = index.search(stored[3], 15, allowed, wrong)[1]
        assert rows.tolist() == expected(stored, stored[3], 15, allowed)


def test_fewer_come_back_where_fewer_are_allowed(index: MilvusIndex, stored: FloatArray) -> None:
    nobody = np.zeros(ROWS, np.bool_)
    assert [len(part) for part in index.search(stored[0], 5, nobody)] == [0, 0]
    assert len(index.search(stored[0], 10**6)[1]) == min(ROWS, milvus_index.MOST)


def test_the_vectors_of_rows_come_in_their_order_and_a_missing_one_is_said(
    index: MilvusIndex, stored: FloatArray
) -> None:
    assert (index.rows, index.dimensions) == (ROWS, DIMENSIONS)
    assert np.array_equal(index.vectors(np.array([200, 0, 50, 0])), stored[[200, 0, 50, 0]])
    with pytest.raises(StoreError, match=f"Milvus has no row {ROWS}"):
        index.vectors(np.array([1, ROWS]))


def test_text_is_quoted_as_it_is() -> None:
    assert condition(EVERYWHERE) == ""
    assert condition(Where(first_day=20200101, kind=2)) == "day >= 20200101 and kind == 2"
    assert condition(Where(labels=('author:김"]) or row > 0 or ("',))) == (
        'json_contains(labels["all"], "author:김\\"]) or row > 0 or (\\"")'
    )


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"uri": "x"}'])
def test_a_note_that_is_damaged_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "sections.milvus").write_text(text)
    with pytest.raises(StoreError, match=r"sections\.milvus: damaged"):
        MilvusIndex(tmp_path / "sections.milvus")


def test_nothing_half_written_goes_by_a_name_and_it_is_swept(
    address: Address, marker: Path, stored: FloatArray
) -> None:
    milvus = Milvus(address)
    early, late = "20250102T030405.000006-0123456789abcdef", "20270102T030405.000006-0123456789abcdef"

    def failing() -> Iterator[list[dict[str, object]]]:
        yield [{"row": 0, "vector": stored[0], "day": 0, "votes": 0, "kind": 0, "labels": {"all": []}}]
        raise OSError("no more")

    for name in (early, late):
        with pytest.raises(OSError, match="no more"):
            milvus.add(name, "{}", DIMENSIONS, failing(), iter([("a", Path(__file__))]))
    assert milvus.names() == [NAME]
    before = len(milvus._call("list_collections"))
    milvus.sweep(NAME)
    assert len(milvus._call("list_collections")) == before - 2
    assert milvus.names() == [NAME]


def test_a_collection_of_something_else_is_left_alone(address: Address, marker: Path) -> None:
    milvus = Milvus(Address(address.uri, "other"))
    milvus._client.create_collection("other", dimension=2)
    with pytest.raises(StoreError, match="'other' is a collection of something else"):
        milvus.in_force()
    assert milvus.names() == []


def test_a_server_that_is_not_there_is_said_in_one_line() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1: Milvus says: ") as caught:
        Milvus(Address("http://127.0.0.1:1", "papers"))
    assert "\n" not in str(caught.value)
