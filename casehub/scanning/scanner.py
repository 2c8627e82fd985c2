"""What a scanner is to those who use it."""

from contextlib import AbstractContextManager
from typing import Protocol


class ScannerFailed(Exception):
    """There is no verdict: the scanner is not there, took too long, or answered something else. One line for the operator."""


class Scan(Protocol):
    """One file being looked through."""

    def feed(self, piece: bytes) -> None:
        """Hand over the next bytes. ScannerFailed."""

    def verdict(self) -> str | None:
        """After the last: what was found, in the scanner's words, or None if nothing was. ScannerFailed."""


class Scanner(Protocol):
    """Where files are looked through."""

    def begin(self) -> AbstractContextManager[Scan]:
        """Look one file through. ScannerFailed."""

    def answers(self) -> bool:
        """Whether it is there to be asked, within a second or two."""
