"""Why a question gets no answer, whoever asked it."""

from __future__ import annotations

from index.errors import NonmunError


class NotNow(NonmunError):
    """A question that may be asked again, after so many seconds: too many wait, it took too long, nothing is open."""

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Abandoned(NonmunError):
    """Nobody waits for the answer any more."""
