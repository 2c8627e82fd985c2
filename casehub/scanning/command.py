"""Any program that reads a file on its standard input and exits 0 (nothing found) or 1 (something found)."""

import os
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from casehub.scanning.scanner import ScannerFailed

SECONDS = 60.0  # for each piece, and for the verdict
FOUND = 1


class CommandScanner:
    """`command`: program and arguments as in a shell, but no shell runs it."""

    def __init__(self, command: str) -> None:
        self._arguments = shlex.split(command)

    @contextmanager
    def begin(self) -> Iterator["CommandScan"]:
        """Start the program for one file; what has not ended by then is ended."""
        try:
            process = subprocess.Popen(
                self._arguments, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise ScannerFailed(f"{self._arguments[0]}: cannot be started: {error.strerror}") from None
        try:
            yield CommandScan(process, self._arguments[0])
        finally:
            with suppress(OSError):
                process.kill()
            with process:  # closes its input and waits for it
                pass

    def answers(self) -> bool:
        """Whether the program is there."""
        return shutil.which(self._arguments[0]) is not None


class CommandScan:
    """One run of the program."""

    def __init__(self, process: subprocess.Popen[bytes], name: str) -> None:
        self._process, self._name = process, name
        self._input = process.stdin.fileno() if process.stdin else -1
        os.set_blocking(self._input, False)

    def feed(self, piece: bytes) -> None:
        """Write a piece; ScannerFailed if the program stops reading, or takes too long to."""
        rest, until = memoryview(piece), time.monotonic() + SECONDS
        while rest:
            _, writable, _ = select.select([], [self._input], [], max(0.0, until - time.monotonic()))
            if not writable:
                raise ScannerFailed(f"{self._name}: took nothing for {SECONDS:.0f} seconds")
            try:
                rest = rest[os.write(self._input, rest) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise ScannerFailed(f"{self._name}: ended before it had read the whole file") from None

    def verdict(self) -> str | None:
        """End its input and wait for its exit code."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            code = self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise ScannerFailed(f"{self._name}: gave no verdict within {SECONDS:.0f} seconds") from None
        if code not in {0, FOUND}:
            raise ScannerFailed(f"{self._name}: ended with code {code}, which is neither 0 nor {FOUND}")
        return "found by the command" if code == FOUND else None
