"""What tests do to stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.store import manifest as m


def edit_manifest(store: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what the generation in force says of itself, as if it had been published so."""
    (store / m.CURRENT).write_text(edit_generation(m.current_folder(store), change), "utf-8")


def edit_generation(folder: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """Change what a generation says of itself, and return the name that it has then."""
    values = json.loads((folder / m.MANIFEST).read_text("utf-8"))
    change(values)
    data = json.dumps(values).encode()
    (folder / m.MANIFEST).write_bytes(data)
    return folder.rename(folder.with_name(f"{folder.name.rpartition('-')[0]}-{m.seal(data)}")).name
