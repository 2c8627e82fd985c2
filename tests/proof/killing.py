"""A casehub of its own on a database that keeps what it is told, whose parts are killed and started again, and who uses it.

What a caller was answered is kept: only that was acknowledged.
"""

import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event, Thread
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener
from uuid import UUID

import psutil

from casehub.demo.people import PASSWORD
from casehub.embedded import EmbeddedServer
from casehub.embedded.processes import processes_in
from casehub.model.bootstrap import NODE, OWNER, create_database, create_roles, migrate
from tests.databases import Database
from tests.house import House, furnish, live_in
from tests.journeys.place import environment_of, free_port, process, wait_until_ready

NAME = "casehub"
SERVER = "database"
PARTS = ("serve", "worker", SERVER)
SEE_OTHER = 303


@dataclass(slots=True)
class Running:
    """Web, worker and database, each to be killed and started again."""

    home: Path
    url: str
    server: EmbeddedServer
    environment: dict[str, str]
    _started: dict[str, tuple[ExitStack, psutil.Popen]] = field(default_factory=dict)

    def start(self) -> None:
        """Whatever does not run; the worker ends by itself when the database goes."""
        for command in ("serve", "worker"):
            if command in self._started and self._started[command][1].poll() is None:
                continue
            self.stop(command)
            stack = ExitStack()
            started = stack.enter_context(process(command, self.environment, self._output(command)))
            self._started[command] = stack, started
        wait_until_ready(
            self.url, {started: self._output(command) for command, (_, started) in self._started.items()}
        )

    def kill(self, part: str) -> None:
        """SIGKILL to every process of the part, at once; the database is started again, on what it had written."""
        victims = processes_in(self.server.data) if part == SERVER else self._family(part)
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        psutil.wait_procs(victims, timeout=30)
        if part == SERVER:
            self.server.stop()
            self.server = EmbeddedServer.start(self.home)

    def stop(self, command: str) -> None:
        if command in self._started:
            self._started.pop(command)[0].close()

    def _family(self, command: str) -> list[psutil.Process]:
        started = self._started[command][1]
        return [started, *started.children(recursive=True)]

    def _output(self, command: str) -> Path:
        return self.home / f"{command}.log"


@contextmanager
def running() -> Iterator[tuple[Running, House]]:
    """Everything runs, durably; `house` looks into the same database from here."""
    home = Path(tempfile.mkdtemp(prefix="casehub-crashes-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        server = EmbeddedServer.start(home)
        database = database_on(server, home)
        port = free_port()
        parts = Running(home, f"http://127.0.0.1:{port}", server, environment_of(database, home, port))
        stack.callback(lambda: parts.server.stop(immediately=True))
        house = stack.enter_context(live_in(database, home))
        for command in ("serve", "worker"):
            stack.callback(parts.stop, command)
        parts.start()
        yield parts, house


def database_on(server: EmbeddedServer, home: Path) -> Database:
    """A furnished database on a server that has none yet."""
    superuser = server.superuser_url()
    create_roles(superuser, owner_password=server.password(OWNER), node_password=server.password(NODE))
    create_database(superuser, NAME)
    node, owner = server.url(NODE, NAME), server.url(OWNER, NAME)
    migrate(owner)
    database = Database(NAME, node, node, owner, server.superuser_url(NAME))
    furnish(database, home)
    return database


class _Stay(HTTPRedirectHandler):
    """The answer to what was sent, not the page it leads to."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Caller(Thread):
    """Somebody signed in who does one thing again and again until told to stop, whatever happens to casehub."""

    def __init__(self, url: str, login: str) -> None:
        super().__init__()
        self.url, self.failures, self._enough = url, 0, Event()
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()), _Stay)
        self._token = ""
        _, page = self._send("/log-ind")
        status, _ = self._send("/log-ind", login=login, password=PASSWORD, csrf_token=_token(page))
        assert status == SEE_OTHER
        self._token = _token(self._send("/")[1])

    def run(self) -> None:
        while not self._enough.is_set():
            try:
                self.act()
            except (OSError, HTTPException):
                self.failures += 1
                self._enough.wait(0.05)

    def enough(self) -> None:
        """Let it finish what it is at."""
        self._enough.set()
        self.join()

    def act(self) -> None:
        """Do it once, and keep what was answered."""
        raise NotImplementedError

    def _send(self, path: str, **fields: str) -> tuple[int, str]:
        body = urlencode({"csrf_token": self._token, **fields}).encode() if fields else None
        request = Request(self.url + path, data=body, headers={"Referer": self.url})  # noqa: S310 (our own address)
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as other:
            return other.code, other.read().decode()


class Writer(Caller):
    """Writes notes in a case. `written`: those that were said to be saved."""

    def __init__(self, url: str, login: str, case_id: UUID) -> None:
        super().__init__(url, login)
        self.case_id, self.written = case_id, list[str]()

    def act(self) -> None:
        text = f"Aftale {random.getrandbits(64):x}"
        status, _ = self._send(f"/sager/{self.case_id}/noter/ny", text=text, _do="confirm")
        if status == SEE_OTHER:
            self.written.append(text)
        else:
            self.failures += 1


class Reader(Caller):
    """Reads a case. `seen`: how often a page showed what is sealed in it."""

    def __init__(self, url: str, login: str, case_id: UUID, sealed: str) -> None:
        super().__init__(url, login)
        self.case_id, self.sealed, self.seen = case_id, sealed, 0

    def act(self) -> None:
        _, page = self._send(f"/sager/{self.case_id}")
        if self.sealed in page:
            self.seen += 1
        else:
            self.failures += 1


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]
