"""What every tokenizer gives: token ids, and the text that each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.arrays import Int64Array


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text's tokens, special ones included.

    `offsets` has one row per token: the half-open range of code points of the text that it came from;
    special tokens have an empty range.
    """

    ids: Int64Array
    offsets: Int64Array
    truncated: bool


class TextTokenizer(Protocol):
    """Splits texts into at most a fixed number of tokens each."""

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return the tokens of each text, in order."""
