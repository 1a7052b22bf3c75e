"""Answers that may be asked for again."""

from __future__ import annotations

import json
from collections import OrderedDict
from hashlib import sha256
from threading import Lock

MAX_BYTES = 16 * 1024 * 1024


def digest_of(*asked: str) -> bytes:
    """Return what is kept of a question, so that a long one takes no more room than a short one."""
    return sha256(json.dumps(asked).encode()).digest()


class Remembered:
    """Written answers by the digest of what was asked, the one that was not asked for longest forgotten first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def get(self, asked: bytes) -> bytes | None:
        """Return the answer to what is asked, or None where it is not known."""
        with self._lock:
            answer = self._answers.get(asked)
            if answer is not None:
                self._answers.move_to_end(asked)
            return answer

    def put(self, asked: bytes, answer: bytes) -> None:
        """Keep an answer, unless it alone is too large."""
        if len(answer) > self._max_bytes:
            return
        with self._lock:
            self.bytes += len(answer) - len(self._answers.pop(asked, b""))
            self._answers[asked] = answer
            while self.bytes > self._max_bytes:
                self.bytes -= len(self._answers.popitem(last=False)[1])
