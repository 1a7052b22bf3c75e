"""What a stored result depends on besides its input: the code that made it, and what that code calls."""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType


def version_of(*parts: ModuleType | str) -> str:
    """Return a digest of some modules' sources and other texts, of Python's version and of its Unicode tables."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {unicodedata.unidata_version}".encode())
    for part in parts:
        digest.update(_source(part.__name__) if isinstance(part, ModuleType) else part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:32]


@lru_cache(maxsize=64)
def _source(module: str) -> bytes:
    return Path(str(sys.modules[module].__file__)).read_bytes()


_LIBRARIES = ("faiss-cpu", "kiwipiepy", "kiwipiepy_model", "numpy", "openTSNE", "PyStemmer", "scipy")


def made_with() -> dict[str, str]:
    """Return the digest of this package's source, and the versions of the libraries whose results are stored."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return {"nonmun": digest.hexdigest()[:16], **{name: _version(name) for name in _LIBRARIES}}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # an optional one
        return "none"
