"""What is written of a store, and the folder that it is, or that stands for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import StoreError
from index.store.address import LITE_COLLECTION, Address, address_of, located, shown


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NONMUN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("written", ["store", "a/b", "./milvus", "milvus", "x.dbx", "db", ".db"])
def test_a_folder_is_itself(written: str) -> None:
    assert located(written) == Path(written)
    assert address_of(Path(written)) is None
    assert shown(Path(written)) == str(Path(written))


@pytest.mark.parametrize(
    ("written", "uri", "collection"),
    [
        ("milvus+http://localhost:19530/papers", "http://localhost:19530", "papers"),
        ("milvus+https://a.b-c.example/Papers_2", "https://a.b-c.example:19530", "Papers_2"),
        ("milvus+http://[::1]:7/x", "http://[::1]:7", "x"),
    ],
)
def test_an_address_leads_to_a_folder_in_the_cache_and_back(
    cache: Path, written: str, uri: str, collection: str
) -> None:
    folder = located(written)
    assert folder.is_relative_to(cache)
    assert not folder.exists()
    assert address_of(folder) == Address(uri, collection)
    assert shown(folder) == written
    assert located(folder) == folder


@pytest.mark.parametrize("name", ["papers.db", "논문 50%.db", "a%2Fb.db"])
def test_a_file_of_milvus_lite_leads_to_a_folder_in_the_cache_and_back(tmp_path: Path, name: str) -> None:
    folder = located(str(tmp_path / name))
    assert address_of(folder) == Address(str(tmp_path / name), LITE_COLLECTION)
    assert shown(folder) == str(tmp_path / name)
    assert located(folder) == folder


@pytest.mark.parametrize(
    "written",
    [
        "milvus+http://host:19530",
        "milvus+http://host:19530/",
        "milvus+http://host:19530/a-b",
        "milvus+http://host:19530/a/b",
        "milvus+http://host:19530/1a",
        "milvus+http://host:19530/논문",
        "milvus+http://user:password@host:19530/papers",
        "milvus+ftp://host/papers",
        "milvus+http:///papers",
        "milvus+http://host:123456/papers",
        "milvus+",
        f"milvus+http://host/{'a' * 200}",
    ],
)
def test_what_is_no_address_is_refused_in_one_line(written: str) -> None:
    with pytest.raises(StoreError, match=r"write milvus\+http://HOST:19530/COLLECTION") as caught:
        located(written)
    assert "\n" not in str(caught.value)


def test_a_name_that_no_folder_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="choose a shorter one"):
        located(str(tmp_path / ("d" * 250) / "x.db"))
