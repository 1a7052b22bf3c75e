"""What tests do to stores."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index import manifest as m


def edit_manifest(store: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what the generation in force says of itself, as if it had been published so."""
    folder = m.current_folder(store)
    values = json.loads((folder / m.MANIFEST).read_text("utf-8"))
    change(values)
    data = json.dumps(values).encode()
    (folder / m.MANIFEST).write_bytes(data)
    name = f"{folder.name.rpartition('-')[0]}-{m.seal(data)}"
    folder.rename(folder.with_name(name))
    (store / m.CURRENT).write_text(name, "utf-8")
