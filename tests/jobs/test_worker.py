"""The worker as a process: seen while it lives, stopped by a signal, its half-done work taken up by the next."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from psycopg import connect
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from tests.house import House
from tests.services.scenes import DISTRICT, KOMMUNE, SOCIAL, look, refer, share, triage


@contextmanager
def worker(house: House) -> Iterator[subprocess.Popen[str]]:
    config = house.runtime.config
    settings = {"CASEHUB_HOME": str(config.home), "CASEHUB_DATABASE_URL": config.database_url or ""}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CASEHUB_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "casehub.cli", "worker"],
        env={**kept, **settings},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def take_away(superuser_url: str, name: str) -> None:
    """Nobody can reach the database any more, and whoever was there is thrown out."""
    with connect(make_conninfo(superuser_url, dbname="postgres"), autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(Identifier(name)))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )


def heartbeats(house: House) -> int:
    [(count,)] = look(house, "SELECT count(*) FROM procrastinate_workers")
    return int(count)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_is_seen_while_it_lives_and_stops_when_asked(house: House, number: signal.Signals):
    assert heartbeats(house) == 0
    with worker(house) as process:
        wait_for(lambda: heartbeats(house))
        process.send_signal(number)
        _, told = process.communicate(timeout=30)
        assert (process.returncode, told) == (0, "")
    assert heartbeats(house) == 0


def test_what_is_shared_while_it_runs_is_received_without_waiting_for_a_poll(house: House):
    case_id = refer(house)
    triage(house, case_id)
    received = "SELECT count(*) FROM item_grant WHERE form = 'compartment' AND granted_to = %s"
    with worker(house):
        wait_for(lambda: heartbeats(house))
        share(house, case_id, SOCIAL, DISTRICT)
        wait_for(lambda: look(house, received, KOMMUNE) > [(0,)])


def test_a_worker_that_loses_its_database_says_so_and_ends(house: House):
    with worker(house) as process:
        wait_for(lambda: heartbeats(house))
        # connections that are merely cut are opened again: the database must be gone for good
        take_away(house.database.superuser_url, house.database.name)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 1, told
        assert "\ncasehub: the worker lost its database and stopped" in f"\n{told}"
