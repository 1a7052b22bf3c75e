"""Values of a table that were read lately, those that are wanted together read together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Reads values by their keys, and keeps up to twice `size` of those in use; safe to share between threads.

    `read` gives the value of each key that it is asked for.
    """

    def __init__(self, read: Callable[[Sequence[K]], Mapping[K, V]], size: int) -> None:
        self._read = read
        self._size = size
        # When the young come to be more than `size` they become the old, and the old are forgotten.
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __call__(self, key: K) -> V:
        """Return the value of a key."""
        try:
            return self._young[key]
        except KeyError:
            return self.many((key,))[key]

    def many(self, keys: Iterable[K]) -> dict[K, V]:
        """Return the values of some keys; those that are not remembered are read at once."""
        young, old, found = self._young, self._old, dict[K, V]()
        unknown, again = [], {}
        for key in dict.fromkeys(keys):
            if key in young:
                found[key] = young[key]
            elif key in old:
                again[key] = old[key]
            else:
                unknown.append(key)
        new = {**again, **(self._read(unknown) if unknown else {})}
        if len(young) + len(new) > self._size:
            self._young, self._old = dict(new), young
        else:
            young.update(new)
        return found | new
