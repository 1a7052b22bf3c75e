"""A Milvus server, cluster or file: the only import of pymilvus.

    COLLECTION                        an alias: the generation in force
    COLLECTION__GENERATION            its sections: a row, a vector, and the columns that filters ask for
    COLLECTION__GENERATION__files     its other files, compressed, in pieces of text

A generation is written under another name and renamed when it is whole. Collections never change after that.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from index.arrays import batches
from index.errors import MissingExtra, StoreError
from index.milvus.file_pieces import LONGEST, joined, pieces
from index.store.address import Address
from index.store.manifest import REMEDY

TOKEN_VARIABLE = "NONMUN_MILVUS_TOKEN"
ROW, VECTOR, DAY, VOTES, KIND, LABELS = "row", "vector", "day", "votes", "kind", "labels"
NAME_PROPERTY, ENCODER_PROPERTY = "nonmun.generation", "nonmun.encoder"

CONNECT_SECONDS = 5.0
SEARCH_SECONDS = 30.0
SECONDS = 120.0
"""The longest that any other call may take."""

_FILES = "__files"
_DRAFT = "__draft"
_NAME = re.compile(r"(\d{8}T\d{6})_(\d{6})_([0-9a-f]{16})")
_GENERATION = re.compile(r"(\d{8}T\d{6})\.(\d{6})-([0-9a-f]{16})")
_AT_ONCE = 64
_NO_COLLECTION, _NO_ALIAS = 100, 1600

Row = dict[str, Any]


class _Missing(StoreError):
    """Milvus has nothing by a name."""


def encoded_name(address: Address, generation: str) -> str:
    """Return what the collection of a generation is called; StoreError for a name that nonmun did not give."""
    found = _GENERATION.fullmatch(generation)
    if not found:
        raise StoreError(f"{generation[:80]!r} is no name of a generation; Milvus cannot hold it")
    return f"{address.collection}__{'_'.join(found.groups())}"


@lru_cache(maxsize=8)
def _connected(uri: str, token: str) -> Any:
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise MissingExtra(f"{uri}: Milvus needs another library ({error}); pip install 'nonmun[milvus]'") from None
    for name in ("pymilvus", "milvus_lite"):  # what goes wrong is raised, and said once
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with said_of(uri):
        return MilvusClient(uri, token=token, timeout=CONNECT_SECONDS)


@contextmanager
def said_of(uri: str) -> Iterator[None]:
    """Turn what goes wrong between here and Milvus into a StoreError."""
    try:
        yield
    # The client lets its transport's own errors through, which share no narrower base.
    except Exception as error:
        code = getattr(error, "code", None)
        said = getattr(error, "message", None) or getattr(error, "details", lambda: None)() or error
        reason = " ".join(str(said).split())
        if code in (_NO_COLLECTION, _NO_ALIAS):
            raise _Missing(f"{uri}: Milvus says: {reason[:300]}; see: nonmun doctor") from error
        hint = "; milvus-lite serves one process at a time" if reason == "Open local milvus failed" else ""
        raise StoreError(f"{uri}: Milvus says: {reason[:300]}{hint}; see whether it is up, then try again") from error


class Milvus:
    """One store's collections in one Milvus; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client = _connected(address.uri, os.environ.get(TOKEN_VARIABLE, ""))

    def version(self) -> str:
        """Return what the server calls its version."""
        return str(self._call("get_server_version"))

    def in_force(self) -> str | None:
        """Return the name of the generation in force, where there is one."""
        collection = self._aliased()
        return self._generation(collection) if collection else None

    def names(self) -> list[str]:
        """Return the name of every whole generation, oldest first."""
        return sorted(filter(None, map(self._generation, self._call("list_collections"))))

    def put_in_force(self, generation: str) -> None:
        """Have the alias stand for a generation, in one step."""
        alias, collection = self.address.collection, encoded_name(self.address, generation)
        if self._aliased() is None:
            self._call("create_alias", collection, alias)
        else:
            self._call("alter_alias", collection, alias)

    def properties(self, generation: str) -> Mapping[str, str]:
        """Return what a generation's collection says of itself."""
        found = self._call("describe_collection", encoded_name(self.address, generation))
        return dict(found.get("properties") or {})

    def dimensions(self, generation: str) -> int:
        """Return how many numbers a vector has."""
        found = self._call("describe_collection", encoded_name(self.address, generation))
        return int(next(field["params"]["dim"] for field in found["fields"] if field["name"] == VECTOR))

    def drop(self, generation: str) -> None:
        """Remove a generation: first what makes it one."""
        name = encoded_name(self.address, generation)
        for collection in (name, name + _FILES):
            self._call("drop_collection", collection)

    def sweep(self, before: str) -> None:
        """Remove what was begun before a generation and never became whole."""
        last = encoded_name(self.address, before)
        whole = {encoded_name(self.address, name) for name in self.names()}
        for collection in self._call("list_collections"):
            own = collection.removesuffix(_FILES).removesuffix(_DRAFT)
            if self._generation(own) and own not in whole and own < last:
                self._call("drop_collection", collection)

    def add(
        self,
        generation: str,
        encoder: str,
        dimensions: int,
        sections: Iterator[Sequence[Row]],
        files: Iterator[tuple[str, Path]],
    ) -> None:
        """Write a generation's files and sections, which appear under its name once they are whole."""
        name = encoded_name(self.address, generation)
        draft = name + _DRAFT
        for left in (draft, name + _FILES):
            self._call("drop_collection", left)
        self._create(name + _FILES, _file_columns)
        cut = enumerate(pieces(files))
        for rows in batches(({"number": i, "file": f, "text": t, "unused": [0.0, 0.0]} for i, (f, t) in cut), _AT_ONCE):
            self._call("insert", name + _FILES, rows)
        properties = {NAME_PROPERTY: generation, ENCODER_PROPERTY: encoder}
        self._create(draft, lambda schema, kinds: _section_columns(schema, kinds, dimensions), properties)
        for some in sections:
            self._call("insert", draft, list(some))
        for collection in (name + _FILES, draft):
            self._call("flush", collection)
        self._rename(draft, name)

    def _rename(self, draft: str, name: str) -> None:
        self._call("rename_collection", draft, name)

    def files(self, generation: str) -> Iterator[tuple[str, bytes]]:
        """Yield the name and a part of each file, in order."""
        collection = encoded_name(self.address, generation) + _FILES
        self._call("load_collection", collection)
        try:
            yield from joined(self._texts(collection))
        except ValueError as error:
            raise StoreError(f"{self.address.uri}: {collection}: {error}; {REMEDY}") from error
        finally:
            self._call("release_collection", collection)

    def _texts(self, collection: str) -> Iterator[tuple[str, str]]:
        start = 0
        while rows := self._range(collection, "number", start, _AT_ONCE, ["file", "text"]):
            yield from ((row["file"], row["text"]) for row in rows)
            start += _AT_ONCE

    def load(self, generation: str) -> int:
        """Have a generation's sections ready to be searched, and return how many there are."""
        collection = encoded_name(self.address, generation)
        self._call("load_collection", collection)
        (found,) = self._call("query", collection, filter="", output_fields=["count(*)"], consistency_level="Strong")
        return int(found["count(*)"])

    def release(self, generation: str) -> None:
        """Let a generation's sections go from the server's memory."""
        self._call("release_collection", encoded_name(self.address, generation))

    def search(
        self, generation: str, query: Sequence[float], limit: int, condition: str
    ) -> tuple[list[float], list[int]]:
        """Return the scores and rows of the best sections that meet a condition, best first."""
        (found,) = self._call(
            "search",
            encoded_name(self.address, generation),
            data=[query],
            limit=limit,
            filter=condition,
            anns_field=VECTOR,
            search_params={"metric_type": "IP"},
        )
        return found.distances, found.ids

    def vectors(self, generation: str, rows: Sequence[int]) -> dict[int, list[float]]:
        """Return the vectors of some rows, by row."""
        found = self._call("get", encoded_name(self.address, generation), ids=list(rows), output_fields=[VECTOR])
        return {int(one[ROW]): one[VECTOR] for one in found}

    def _range(self, collection: str, key: str, start: int, count: int, wanted: list[str]) -> list[Row]:
        condition = f"{key} >= {start} and {key} < {start + count}"
        found = self._call(
            "query", collection, filter=condition, output_fields=[key, *wanted], consistency_level="Strong"
        )
        return sorted(found, key=lambda row: int(row[key]))

    def _aliased(self) -> str | None:
        """Return the collection that the alias stands for; not every server lists aliases by their names."""
        alias = self.address.collection
        try:
            found = str(self._call("describe_collection", alias)["collection_name"])
        except _Missing:
            return None
        if self._generation(found) is None:
            raise StoreError(f"{self.address.uri}: {alias!r} is a collection of something else; choose another name")
        return found

    def _generation(self, collection: str) -> str | None:
        own = f"{self.address.collection}__"
        found = _NAME.fullmatch(collection.removeprefix(own)) if collection.startswith(own) else None
        return f"{found[1]}.{found[2]}-{found[3]}" if found else None

    def _create(
        self, name: str, columns: Callable[[Any, Any], None], properties: Mapping[str, str] | None = None
    ) -> None:
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        columns(schema, DataType)
        vector = next(field.name for field in schema.fields if field.dtype == DataType.FLOAT_VECTOR)
        index = self._client.prepare_index_params()
        index.add_index(vector, index_type="FLAT", metric_type="IP")
        # What is written is whole before anybody is told of it, so nobody needs to wait for what comes later.
        self._call(
            "create_collection",
            name,
            schema=schema,
            index_params=index,
            properties=dict(properties or {}),
            consistency_level="Eventually",
        )

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        seconds = SEARCH_SECONDS if method in ("search", "get") else SECONDS
        with said_of(self.address.uri):
            return getattr(self._client, method)(*arguments, timeout=seconds, **named)


def _section_columns(schema: Any, kinds: Any, dimensions: int) -> None:
    schema.add_field(ROW, kinds.INT64, is_primary=True)
    schema.add_field(VECTOR, kinds.FLOAT_VECTOR, dim=dimensions)
    for name in (DAY, VOTES, KIND):
        schema.add_field(name, kinds.INT64)
    schema.add_field(LABELS, kinds.JSON)


def _file_columns(schema: Any, kinds: Any) -> None:
    schema.add_field("number", kinds.INT64, is_primary=True)
    schema.add_field("file", kinds.VARCHAR, max_length=64)
    schema.add_field("text", kinds.VARCHAR, max_length=LONGEST)
    schema.add_field("unused", kinds.FLOAT_VECTOR, dim=2)  # Milvus holds nothing without a vector
