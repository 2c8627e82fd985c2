"""The worker as a process: seen while it lives, stopped by a signal, its half-done work taken up by the next."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

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


def heartbeats(house: House) -> int:
    [(count,)] = look(house, "SELECT count(*) FROM procrastinate_workers")
    return int(count)


def listeners(house: House) -> int:
    [(count,)] = look(
        house,
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE usename = 'casehub_node' AND state = 'idle' AND query ILIKE 'listen%%' AND datname = current_database()",
    )
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
        wait_for(lambda: listeners(house))  # a connection cut before it listens is merely opened again
        look(house, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'casehub_node'")
        _, told = process.communicate(timeout=60)
        assert process.returncode == 1, told
        assert "\ncasehub: the worker lost its database and stopped" in f"\n{told}"
