"""A small clamd on a real socket: INSTREAM and PING as clamd(8) has them, and one signature, EICAR's test file."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Thread

# the test file every scanner knows, in two halves so that no scanner finds this one (eicar.org)
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Clamd:
    """`most`: bytes it takes before it says that it is too much. `seen`: the SHA-256 and size of each file it had whole."""

    listening: socket.socket
    setting: str
    most: int = 1 << 30
    answer: bytes | None = None  # instead of a verdict
    seen: list[tuple[str, int]] = field(default_factory=list)

    def stop(self) -> None:
        """Answer no more."""
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)  # or accept() would not hear of the end
        self.listening.close()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                with connection, suppress(OSError):
                    self._speak(connection)

    def _speak(self, connection: socket.socket) -> None:
        said = b""
        while not said.endswith(b"\0"):
            said += connection.recv(1)
        if said == b"zPING\0":
            connection.sendall(b"PONG\0")
            return
        assert said == b"zINSTREAM\0"
        whole, size, tail, infected = sha256(), 0, b"", False
        while length := int.from_bytes(self._take(connection, 4), "big"):
            piece = self._take(connection, length)
            infected |= EICAR in tail + piece
            tail = (tail + piece)[-len(EICAR) :]
            whole.update(piece)
            size += length
            if size > self.most:
                connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.seen.append((whole.hexdigest(), size))
        connection.sendall(
            self.answer or (b"stream: Eicar-Test-Signature FOUND\0" if infected else b"stream: OK\0")
        )

    @staticmethod
    def _take(connection: socket.socket, length: int) -> bytes:
        taken = b""
        while len(taken) < length:
            more = connection.recv(length - len(taken))
            if not more:
                raise ConnectionError
            taken += more
        return taken


@contextmanager
def clamd_at(where: Path | str) -> Iterator[Clamd]:
    """One that listens on a unix socket, or on a free port of an address."""
    if isinstance(where, Path):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(where))
        setting = f"unix:{where}"
    else:
        listening = socket.socket()
        listening.bind((where, 0))
        setting = "tcp:{}:{}".format(*listening.getsockname())
    with listening:
        listening.listen()
        clamd = Clamd(listening, setting)
        Thread(target=clamd.serve, daemon=True).start()
        yield clamd
        clamd.stop()
