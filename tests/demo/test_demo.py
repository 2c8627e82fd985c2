"""`casehub demo` as a person runs it: from an empty home to a served page, stopped cleanly, started again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from psycopg import connect
from psycopg.sql import SQL, Identifier

from casehub.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 120  # from nothing, on a loaded machine
SECONDS_TO_STOP = 30


@dataclass
class Demo:
    process: subprocess.Popen[str]
    port: int
    output: Path
    seconds: float

    def get(self, path: str) -> tuple[int, str]:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS_TO_STOP)


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CASEHUB_")}
    return {
        **kept,
        "CASEHUB_HOME": str(home),
        "CASEHUB_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "100",
    }


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what runs, in a directory closed to everyone else, as root's home is."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    copy = closed / "casehub"
    copy.mkdir()
    for name in ("casehub", "migrations", "policies"):
        shutil.copytree(ROOT / name, copy / name)
    return copy


@contextmanager
def demo(checkout: Path, home: Path, port: int, output: Path) -> Iterator[Demo]:
    """A demo that answers; killed with all it left behind if the test fails before stopping it."""
    began = time.monotonic()
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "casehub.cli", "demo"],
            cwd=checkout,
            env={**environment(home, port), "PYTHONPATH": str(checkout)},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        while "Ctrl-C stops it" not in output.read_text():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() - began < SECONDS_TO_START, output.read_text()
            time.sleep(0.05)
        yield Demo(process, port, output, time.monotonic() - began)
    finally:
        for left in running_in(home) if process.poll() is None else []:
            left.kill()
        process.wait()


def running_in(home: Path) -> list[psutil.Process]:
    """Every process, but this one, that was started with `home` or runs in it."""
    found = []
    for process in psutil.process_iter():
        try:
            places = [process.environ().get("CASEHUB_HOME", ""), process.cwd(), *process.cmdline()]
        except psutil.Error:
            continue
        if process.pid != os.getpid() and any(place.startswith(str(home)) for place in places):
            found.append(process)
    return found


def wait_until_nothing_runs_in(home: Path) -> None:
    until = time.monotonic() + SECONDS_TO_STOP
    while left := running_in(home):
        assert time.monotonic() < until, left
        time.sleep(0.1)


def assert_serves(running: Demo) -> None:
    assert running.get("/healthz")[0] == 200
    status, body = running.get("/readyz")
    assert status == 200
    checks = json.loads(body)["checks"]
    assert checks
    assert all(checks.values())
    assert running.get("/static/vendor/dkfds/css/dkfds.min.css")[0] == 200


def rows(home: Path, table: str) -> int:
    """What the demo's database holds, asked while it runs."""
    with connect(EmbeddedServer.attach(home).superuser_url("casehub")) as connection:
        (count,) = connection.execute(
            SQL("SELECT count(*) FROM {}").format(Identifier(table))
        ).fetchone() or (0,)
    return int(count)


def test_the_demo_starts_from_nothing_stops_at_ctrl_c_and_starts_again_with_the_same_data(
    checkout: Path, home: Path, tmp_path: Path
):
    closed = {path: path.stat().st_mode for path in (tmp_path, checkout.parent, checkout)}
    port = free_port()
    with demo(checkout, home, port, tmp_path / "first") as first:
        assert_serves(first)
        people, entries = rows(home, "staff"), rows(home, "audit_commitment")
        assert people > 50
        assert first.stop(signal.SIGINT) == 0
    told = first.output.read_text()
    assert f"http://127.0.0.1:{port}" in told
    assert "politi.herning" in told
    assert "Traceback" not in told
    assert running_in(home) == []

    with demo(checkout, home, port, tmp_path / "second") as second:
        assert_serves(second)
        assert second.seconds < first.seconds
        second.process.kill()
        second.process.wait()
        wait_until_nothing_runs_in(home)

    with demo(checkout, home, port, tmp_path / "third") as third:
        assert_serves(third)
        assert (rows(home, "staff"), rows(home, "audit_commitment")) == (people, entries)
        assert third.stop(signal.SIGTERM) == 0
    assert running_in(home) == []
    # what the database's user must reach was copied to the state directory: nothing of the checkout was opened
    assert {path: path.stat().st_mode for path in closed} == closed


def test_stopping_while_it_starts_leaves_nothing_behind(home: Path, tmp_path: Path):
    for seconds in (1.0, 4.0):
        with (tmp_path / "output").open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "casehub.cli", "demo"],
                cwd=ROOT,
                env=environment(home, free_port()),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS_TO_START)
        assert "Traceback" not in (tmp_path / "output").read_text()
        assert running_in(home) == []


def test_a_port_that_is_taken_is_told_in_one_line(home: Path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "casehub.cli", "demo"],
            cwd=ROOT,
            env=environment(home, port),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert (
        done.stderr
        == f"casehub: port {port} on 127.0.0.1 is taken: stop what uses it, or set CASEHUB_PORT to another\n"
    )
    assert running_in(home) == []
