"""The errors that a caller may act on; each message says what is wrong, where, and what to do."""


class NonmunError(Exception):
    """Any error that nonmun raises on purpose."""


class SourceError(NonmunError):
    """A source folder or file cannot be read at all."""


class BusyError(NonmunError):
    """Something else is at work on the store or on a source; the same command will do later."""


class ModelError(NonmunError):
    """An encoder cannot be loaded."""


class MissingExtra(NonmunError):
    """A library of an optional extra is not installed."""


class StoreError(NonmunError):
    """A store is missing, damaged, or of another format version."""


class EncoderMismatch(StoreError):
    """A store was built with another encoder than the one at hand."""


class QueryError(NonmunError):
    """A query or one of its filters cannot be understood."""


class UnknownPaper(NonmunError):
    """No paper of the store has this id."""
