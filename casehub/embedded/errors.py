"""The one error of this room."""


class EmbeddedError(Exception):
    """The embedded server cannot be had; the message is one line: what, where and how to mend it."""
