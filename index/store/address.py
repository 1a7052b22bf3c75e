"""Where a store is: in a folder, or in Milvus, for which a folder in the cache stands.

What is written of a store is a folder, `milvus+http://HOST:PORT/COLLECTION`, or a file that ends in `.db` and
belongs to milvus-lite. The folder that stands for a store in Milvus holds the files of its generations, all but
the vectors; its name is that of the store, so that either leads to the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from index.durable import cache_folder
from index.errors import StoreError

SERVER = "milvus+"
LITE = ".db"
LITE_COLLECTION = "nonmun"

_ADDRESS = re.compile(
    r"milvus\+(?P<uri>https?://[\w.-]+|https?://\[[0-9A-Fa-f:.]+\])(?P<port>:\d{1,5})?/(?P<name>.*)", re.S
)
_COLLECTION = re.compile(r"[A-Za-z_]\w{0,127}", re.ASCII)
_MIRRORS = "milvus"
_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Address:
    """A store in Milvus: the server or the file, and the collection that its generations are named after."""

    uri: str
    collection: str


def located(written: str | Path) -> Path:
    """Return the folder of a store, or the one that stands for it; StoreError where an address cannot be one."""
    text = str(written)
    if isinstance(written, str) and text.startswith(SERVER):
        _parsed(text)
        return _mirror(text)
    path = Path(written).expanduser()
    if path.parent == cache_folder() / _MIRRORS:
        return path
    return _mirror(str(path.absolute())) if path.suffix == LITE else path


def address_of(store: Path) -> Address | None:
    """Return the address that a folder stands for, or None for a store in a folder of its own."""
    if store.parent != cache_folder() / _MIRRORS:
        return None
    return _parsed(_unquoted(store.name))


def shown(store: Path) -> str:
    """Return a store as it is written on a command line."""
    return _unquoted(store.name) if store.parent == cache_folder() / _MIRRORS else str(store)


def _parsed(text: str) -> Address:
    if not text.startswith(SERVER):
        return Address(text, LITE_COLLECTION)
    found = _ADDRESS.fullmatch(text)
    if not found or not _COLLECTION.fullmatch(found["name"]):
        raise StoreError(
            f"{text[:120]!r} is no address of a store; write milvus+http://HOST:19530/COLLECTION, the collection in "
            "ASCII letters, digits and underscores; a token goes into NONMUN_MILVUS_TOKEN"
        )
    return Address(found["uri"] + (found["port"] or ":19530"), found["name"])


def _mirror(text: str) -> Path:
    name = text.replace("%", "%25").replace("/", "%2F")
    if len(name.encode()) > _LONGEST_NAME:
        raise StoreError(f"{text}: too long for the address of a store; choose a shorter one")
    return cache_folder() / _MIRRORS / name


def _unquoted(name: str) -> str:
    return name.replace("%2F", "/").replace("%25", "%")
