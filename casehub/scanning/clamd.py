"""clamd of ClamAV, by its INSTREAM command over a unix or TCP socket (clamd(8)): the bytes, each piece after its length."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from casehub.scanning.scanner import ScannerFailed

SECONDS = 60.0  # for each send, and for the verdict
SECONDS_TO_ANSWER = 2.0
LONGEST_REPLY = 4096
_REPLY = re.compile(r"stream: (?:(OK)|(.+) FOUND)")

Address = str | tuple[str, int]


class ClamdScanner:
    """`address`: the path of a unix socket, or (host, port)."""

    def __init__(self, address: Address) -> None:
        self._address = address

    @contextmanager
    def begin(self) -> Iterator["ClamdScan"]:
        """Connect; the connection is of this file alone."""
        try:
            connection = self._connect(SECONDS)
        except OSError as error:
            raise ScannerFailed(f"clamd at {self._name} does not answer: {error.strerror or error}") from None
        with connection:
            yield ClamdScan(connection, self._name)

    def answers(self) -> bool:
        """Whether it answers PING."""
        with suppress(OSError), self._connect(SECONDS_TO_ANSWER) as connection:
            connection.sendall(b"zPING\0")
            return connection.recv(LONGEST_REPLY) == b"PONG\0"
        return False

    def _connect(self, seconds: float) -> socket.socket:
        if isinstance(self._address, tuple):
            return socket.create_connection(self._address, timeout=seconds)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(seconds)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection

    @property
    def _name(self) -> str:
        return self._address if isinstance(self._address, str) else "{}:{}".format(*self._address)


class ClamdScan:
    """One INSTREAM session."""

    def __init__(self, connection: socket.socket, name: str) -> None:
        self._connection, self._name = connection, name
        self._send(b"zINSTREAM\0")

    def feed(self, piece: bytes) -> None:
        """Send a piece."""
        if piece:  # none would end the stream
            self._send(len(piece).to_bytes(4, "big"), piece)

    def verdict(self) -> str | None:
        """End the stream and read the answer."""
        self._send(bytes(4))
        reply = self._reply()
        answer = _REPLY.fullmatch(reply)
        if answer is None:
            raise ScannerFailed(f"clamd at {self._name} answered {reply[:200]!r}")
        return None if answer[1] else answer[2]

    def _send(self, *parts: bytes) -> None:
        try:
            for part in parts:
                self._connection.sendall(part)
        except OSError as error:
            # it may have said why before it hung up: more than its StreamMaxLength, say
            said = self._reply() or error.strerror or str(error)
            raise ScannerFailed(f"clamd at {self._name} takes no more: {said[:200]}") from None

    def _reply(self) -> str:
        reply = b""
        with suppress(OSError):
            while len(reply) < LONGEST_REPLY and (more := self._connection.recv(LONGEST_REPLY)):
                reply += more
                if reply.endswith(b"\0"):
                    break
        return reply.rstrip(b"\0").decode(errors="replace").strip()
