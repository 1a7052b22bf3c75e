"""What the environment says of the service and its store."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.errors import NonmunError
from index.store.address import located

STORE_VARIABLE = "NONMUN_STORE"
KEYS_VARIABLE = "NONMUN_API_KEYS"
KEYS_FILE_VARIABLE = "NONMUN_API_KEYS_FILE"

DEFAULT_STORE = Path("store")
LOG_LEVELS = ("error", "warning", "info")
SHORTEST_KEY = 16

_KEY = re.compile(r"[\x21-\x7e]+")
_ORIGIN = re.compile(r"\*|https?://[^\s/,*]+")
_YES, _NO = {"1", "yes", "true", "on"}, {"0", "no", "false", "off"}

Environment = Mapping[str, str]


class SettingsError(NonmunError):
    """The environment says something of the service that cannot be understood."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service needs to know before it starts.

    `keys` are SHA-256 digests of the keys that may ask; without any, everybody may. `origins` are the sites whose
    pages may ask, `hosts` the names that the service goes by beside those of this machine. `workers` questions are
    answered at once, by default one a core, and `waiting` more may wait; none takes longer than `seconds`.
    """

    store: Path = DEFAULT_STORE
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    log: str = "warning"
    log_queries: bool = False
    workers: int | None = None
    waiting: int = 64
    seconds: float = 10.0

    @classmethod
    def from_environment(cls, environment: Environment | None = None) -> Settings:
        """Read every variable; a blank value counts as unset. Raises SettingsError, which names the variable."""
        values = os.environ if environment is None else environment
        given = {name: read(value, variable) for name, variable, value, read in _given(values)}
        return cls(store=store_of(values), keys=_keys(values), **given)


def store_of(environment: Environment | None = None) -> Path:
    """Return the store's folder, from NONMUN_STORE; ~ is the home folder, and one in Milvus has one in the cache."""
    store = (os.environ if environment is None else environment).get(STORE_VARIABLE, "").strip()
    return located(store) if store else DEFAULT_STORE


def key_digest(key: str) -> bytes:
    """Return what is kept of a key."""
    return sha256(key.encode()).digest()


def _given(values: Environment) -> Iterator[tuple[str, str, str, Callable[[str, str], Any]]]:
    for name, (variable, read) in _READERS.items():
        if value := values.get(variable, "").strip():
            yield name, variable, value, read


def _keys(values: Environment) -> tuple[bytes, ...]:
    written = [(KEYS_VARIABLE, key) for key in values.get(KEYS_VARIABLE, "").split(",") if key.strip()]
    file = values.get(KEYS_FILE_VARIABLE, "").strip()
    if file:
        written += [(KEYS_FILE_VARIABLE, key) for key in _lines(Path(file).expanduser())]
    return tuple(dict.fromkeys(key_digest(_checked_key(key.strip(), variable)) for variable, key in written))


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise SettingsError(f"{KEYS_FILE_VARIABLE}: {file} cannot be read: {reason}") from None
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise SettingsError(f"{KEYS_FILE_VARIABLE}: {file} holds no key; write one a line")
    return keys


def _checked_key(key: str, variable: str) -> str:
    if len(key) < SHORTEST_KEY or not _KEY.fullmatch(key):
        what = f"a key has {SHORTEST_KEY} or more printable ASCII characters and no space"
        raise SettingsError(
            f"{variable}: {what}; make one with: python -c 'import secrets; print(secrets.token_hex())'"
        )
    return key


def _origins(text: str, variable: str) -> tuple[str, ...]:
    found = _names(text, variable)
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise SettingsError(f"{variable}: {origin!r} is not like https://example.org; nothing may follow the host")
    return found


def _names(text: str, variable: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _log_level(text: str, variable: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise SettingsError(f"{variable} is {text!r}; it must be {', '.join(LOG_LEVELS[:-1])} or {LOG_LEVELS[-1]}")
    return text.lower()


def _yes_or_no(text: str, variable: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise SettingsError(f"{variable} is {text!r}; it must be yes or no")
    return text.lower() in _YES


def _count(text: str, variable: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) < 100_000):
        raise SettingsError(f"{variable} is {text!r}; it must be a whole number from 1 to 99999")
    return int(text)


def _seconds(text: str, variable: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 3600:
        raise SettingsError(f"{variable} is {text!r}; it must be a number of seconds, above 0 and up to 3600")
    return seconds


_READERS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "origins": ("NONMUN_CORS_ORIGINS", _origins),
    "hosts": ("NONMUN_HOSTS", _names),
    "log": ("NONMUN_LOG", _log_level),
    "log_queries": ("NONMUN_LOG_QUERIES", _yes_or_no),
    "workers": ("NONMUN_WORKERS", _count),
    "waiting": ("NONMUN_WAITING", _count),
    "seconds": ("NONMUN_SECONDS", _seconds),
}
VARIABLES = (STORE_VARIABLE, KEYS_VARIABLE, KEYS_FILE_VARIABLE, *(variable for variable, _ in _READERS.values()))
