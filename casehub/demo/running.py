"""`casehub demo` from start to stop: the port, the database, what is in it, web, worker, and all of it down again.

What is started is stopped in the opposite order, whatever ends it. Everything lives in CASEHUB_HOME, so the next start
finds the same data.
"""

import errno
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from casehub.config import Config
from casehub.demo import loading
from casehub.demo.children import Child, Lifeline, Stopped, StopRequest
from casehub.demo.people import PASSWORD, SHOWN
from casehub.embedded import EmbeddedServer, stop_orphan
from casehub.model.bootstrap import OWNER

Work = Callable[[Config], object]
HOST = "127.0.0.1"
SECONDS_TO_FREE_PORT = 3.0  # a demo that was killed outright lets go of it a moment later
SECONDS_TO_BE_READY = 60.0


class DemoRefused(Exception):
    """The demo cannot run here; one line: why, and how to mend it."""


def run(config: Config, *, web: Work, worker: Work) -> None:
    """Run the demo until somebody stops it; DemoRefused, EmbeddedError or ChildEnded when it cannot.

    `web` and `worker` are what their processes do, given a config that names the database.
    """
    console = Console(highlight=False)
    request = StopRequest()
    try:
        with ExitStack() as running:
            _run(config, web=web, worker=worker, request=request, console=console, running=running)
    except Stopped:
        console.print("Stopped.")
    except Exception:
        if (
            not request.asked
        ):  # Ctrl-C reaches PostgreSQL's set-up programs too: their failing is no news then
            raise


def _run(
    config: Config, *, web: Work, worker: Work, request: StopRequest, console: Console, running: ExitStack
) -> None:
    if config.database_url is not None:
        raise DemoRefused("CASEHUB_DATABASE_URL is set, and the demo has a database of its own: unset it")
    _require_free_port(config.port, request)
    console.print(f"Starting the demo in {config.home}")
    server = EmbeddedServer.start(config.home)
    running.callback(server.stop)
    request.check()
    node = replace(config, database_url=loading.prepare(server), secure_cookies=False)
    request.check()
    for change in loading.load(node, owner_url=server.url(OWNER, loading.DATABASE)):
        console.print(f"  {change}")
    request.check()
    lifeline = Lifeline(disown=server.disown)
    processes: tuple[tuple[str, Callable[[], object], bool], ...] = (
        ("guard", partial(_guard, lifeline, config.home), False),
        ("worker", partial(worker, node), True),
        ("web", partial(web, node), True),
    )
    started = [
        running.enter_context(
            _running(lifeline.start(name, work, log=config.home / "log" / f"{name}.log", follow=follow))
        )
        for name, work, follow in processes
    ]
    _wait_until_ready(config.port, started, request)
    _show(console, config.port)
    while True:
        request.pause(0.5)
        for child in started:
            child.check()


def _guard(lifeline: Lifeline, home: Path) -> None:
    """Stop the database when we are killed outright and cannot."""
    lifeline.wait()
    for seconds in (0.2, 1.0):  # our lock may be let go of a moment after the lifeline
        time.sleep(seconds)
        stop_orphan(home)


def _require_free_port(port: int, request: StopRequest) -> None:
    until = time.monotonic() + SECONDS_TO_FREE_PORT
    while not _is_free(port):
        if time.monotonic() > until:
            raise DemoRefused(
                f"port {port} on {HOST} is taken: stop what uses it, or set CASEHUB_PORT to another"
            )
        request.pause(0.2)


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as the server binds: a closed one may linger
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise DemoRefused(
                    f"port {port} on {HOST} cannot be used ({error.strerror}): set CASEHUB_PORT"
                ) from error
            return False
    return True


@contextmanager
def _running(child: Child) -> Iterator[Child]:
    try:
        yield child
    finally:
        child.stop()


def _wait_until_ready(port: int, started: list[Child], request: StopRequest) -> None:
    until = time.monotonic() + SECONDS_TO_BE_READY
    while not _answers(f"http://{HOST}:{port}/readyz"):
        for child in started:
            child.check()
        if time.monotonic() > until:
            raise DemoRefused(
                f"the web is not ready after {SECONDS_TO_BE_READY:.0f} s: see {started[-1].log}"
            )
        request.pause(0.1)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)  # noqa: PLR2004 (HTTP's OK)
    except (URLError, OSError):
        return False


def _show(console: Console, port: int) -> None:
    table = Table(title=f"casehub demo: http://{HOST}:{port}", title_justify="left", min_width=60)
    table.add_column("Login", no_wrap=True)
    table.add_column("Who")
    for login, who in SHOWN:
        table.add_row(login, who)
    console.print(table)
    console.print(f"The password of all is [bold]{PASSWORD}[/bold]. Everyone is invented.")
    console.print("Ctrl-C stops it; the data stays.")
