"""casehub as it runs for people: granian and the worker as processes of their own, on a copy of the furnished database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from socket import socket
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from procrastinate import App, SyncPsycopgConnector
from psycopg import connect

from casehub.embedded import EmbeddedServer
from tests.databases import Database

SECONDS_TO_START = 90  # on a loaded machine
SECONDS_TO_STOP = 15


@dataclass(frozen=True, slots=True)
class Place:
    """A served casehub. `outputs`: what its processes wrote, a file each. `processes`: web and worker."""

    url: str
    database: Database
    outputs: tuple[Path, ...]
    dumper: Path
    processes: tuple[psutil.Popen, ...]

    def change(self, statement: str, *values: object) -> int:
        """Change rows behind the application's back, as only a superuser can; how many."""
        with connect(self.database.superuser_url) as connection:
            connection.execute("SET session_replication_role = replica")  # no trigger asks for an entry
            return connection.execute(statement, values).rowcount

    def rows(self, statement: str, *values: object) -> Sequence[tuple[object, ...]]:
        with connect(self.database.superuser_url) as connection:
            return connection.execute(statement, values).fetchall()

    def dump(self) -> bytes:
        """What a backup of the whole database holds."""
        return subprocess.run(
            [self.dumper, "--dbname", self.database.superuser_url], check=True, capture_output=True
        ).stdout

    def said(self) -> bytes:
        """What the web and the worker have written out."""
        return b"\n".join(output.read_bytes() for output in self.outputs)

    def ask_worker(self, task: str, *, authority: str) -> None:
        """Queue what the clock would queue at the next full minute."""
        app = App(connector=SyncPsycopgConnector(conninfo=self.database.superuser_url))
        with app.open():
            job = app.configure_task(task, queue=f"authority.{authority}", allow_unknown=True)
            job.defer(timestamp=int(time.time()), authority=authority)

    def wait_until(self, statement: str, *values: object, seconds: float = 30) -> None:
        """Until the first row's first column is true: what the worker will have done."""
        until = time.monotonic() + seconds
        while not self.rows(statement, *values)[0][0]:
            assert time.monotonic() < until, f"never came true: {statement}"
            time.sleep(0.1)


@contextmanager
def open_place(
    cluster: EmbeddedServer, database: Database, home: Path, logs: Path, **settings: str
) -> Iterator[Place]:
    """Serve the database until the end of the block. `home`: the state directory with the keystore; `settings`: more."""
    port = free_port()
    environment = environment_of(database, home, port) | settings
    url = f"http://127.0.0.1:{port}"
    web, worker = logs / "web.log", logs / "worker.log"
    with process("serve", environment, web) as serving, process("worker", environment, worker) as working:
        wait_until_ready(url, {serving: web, working: worker})
        yield Place(url, database, (web, worker), cluster.binaries / "pg_dump", (serving, working))


def environment_of(database: Database, home: Path, port: int) -> dict[str, str]:
    """What the processes are told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEHUB_")}
    return {
        **kept,
        "CASEHUB_HOME": str(home),
        "CASEHUB_PORT": str(port),
        "CASEHUB_DATABASE_URL": database.app_url,
        "CASEHUB_INSECURE_COOKIES": "1",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def process(command: str, environment: dict[str, str], output: Path) -> Iterator[psutil.Popen]:
    with output.open("ab") as file:
        started = psutil.Popen(
            [sys.executable, "-m", "casehub.cli", command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield started
    finally:
        _stop(started)


def _stop(process: psutil.Popen) -> None:
    """End it as an operator would; what does not end in time, and what it left behind, is ended by id."""
    family = []
    with suppress(psutil.NoSuchProcess):
        family = process.children(recursive=True)
        process.terminate()
    with suppress(subprocess.TimeoutExpired, psutil.TimeoutExpired):
        process.wait(SECONDS_TO_STOP)
    for left in (*family, process):
        with suppress(psutil.NoSuchProcess):
            left.kill()
    process.wait()


def wait_until_ready(url: str, processes: Mapping[psutil.Popen, Path]) -> None:
    """Until the web, the database and the worker say that they are ready."""
    until = time.monotonic() + SECONDS_TO_START
    while True:
        for process, output in processes.items():
            assert process.poll() is None, output.read_text()
        with suppress(URLError, ConnectionError, HTTPException), urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 (our own address)
            return
        assert time.monotonic() < until, "\n".join(output.read_text() for output in processes.values())
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
