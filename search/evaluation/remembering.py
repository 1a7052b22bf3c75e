"""Query vectors for those who ask the same queries several times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from index.encoding.encoder import Encoder, Fingerprint, Passage, PassageVectors, QueryVector


class RememberingEncoder:
    """An encoder that encodes each query once, for those who ask the same queries several times."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, QueryVector] = {}

    @property
    def fingerprint(self) -> Fingerprint:
        """What the vectors depend on."""
        return self._encoder.fingerprint

    def encode_query(self, text: str) -> QueryVector:
        """Return one query's vector."""
        if text not in self._known:
            self._known[text] = self._encoder.encode_query(text)
        return self._known[text]

    def encode_passages(self, passages: Sequence[Passage]) -> Iterator[tuple[int, PassageVectors]]:
        """Yield each passage's position and vectors."""
        return self._encoder.encode_passages(passages)
