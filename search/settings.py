"""What the environment says of the service and its store."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STORE_VARIABLE = "NONMUN_STORE"
DEFAULT_STORE = Path("store")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service needs to know before it starts."""

    store: Path = DEFAULT_STORE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read NONMUN_STORE, the store's folder; a blank value counts as unset, and ~ is the home folder."""
        values = os.environ if environment is None else environment
        store = values.get(STORE_VARIABLE, "").strip()
        return cls(Path(store).expanduser()) if store else cls()
