"""What the content of a generation depends on besides its sources and its encoder: the code that makes it."""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

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
