"""Witnesses as they are run: the command in a process of its own, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from casehub.transparency.trust import Witness
from casehub.witness.home import Home

ROOT = Path(__file__).parents[2]
SECONDS = 60


@dataclass
class Running:
    """A witness that answers. `process`: its own, to be killed."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def witness(self) -> Witness:
        return Witness("vidne", Home.open(self.home).key, f"http://127.0.0.1:{self.port}")

    def kill(self) -> None:
        """kill -9 of all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()

    def post(self, body: bytes, path: str = "/add-checkpoint", method: str = "POST") -> tuple[int, str, str]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type") or "", answer.read().decode()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def running(
    home: Path, *logs: str, name: str = "example.com/witness", port: int | None = None
) -> Iterator[Running]:
    """Run a witness for these logs; a directory that was used before goes on."""
    Home.create(home, name)
    if logs:
        (home / "logs").write_text("".join(f"{log}\n" for log in logs))
    port = port or free_port()
    command = [
        sys.executable,
        "-m",
        "casehub.cli",
        "audit",
        "witness",
        "serve",
        "--home",
        home,
        "--port",
        str(port),
    ]
    settings = {key: value for key, value in os.environ.items() if not key.startswith("CASEHUB_")}
    process = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               process_group=0)  # fmt: skip
    found = Running(home, port, process)
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            with suppress(OSError):
                found.post(b"")
                break
            time.sleep(0.05)
        yield found
    finally:
        found.kill()
