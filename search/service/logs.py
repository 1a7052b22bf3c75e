"""What the service writes of itself: one line of JSON for each event, with the request that it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered, or an empty text."""


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON in ASCII, which no terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        if asked := request_id.get():
            fields["request_id"] = asked
        fields |= getattr(record, "fields", {})
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, default=str)


class StandardError(logging.Handler):
    """Writes to standard error, whichever stream that is by then."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            print(self.format(record), file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


class WithoutQuery(logging.Filter):
    """Takes what follows the '?' out of the addresses that the server logs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record through without it."""
        if isinstance(record.args, tuple):
            record.args = tuple(a.partition("?")[0] if isinstance(a, str) else a for a in record.args)
        return True


def write_logs(level: str, with_queries: bool) -> None:
    """Have events written, the service's own from a level on, and keep questions out of the server's log.

    A logger that has a handler already keeps it.
    """
    logging.getLogger("nonmun").setLevel(level.upper())
    for logger in map(logging.getLogger, ("nonmun", "uvicorn")):
        if not logger.handlers:
            logger.addHandler(StandardError())
    access = logging.getLogger("uvicorn.access")
    for known in [one for one in access.filters if isinstance(one, WithoutQuery)]:
        access.removeFilter(known)
    if not with_queries:
        access.addFilter(WithoutQuery())
