"""The worker signs what happens within seconds."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from psycopg import connect

from casehub.audit import Event
from casehub.jobs import register
from tests.house import House

ROOT = Path(__file__).parents[2]
SECONDS = 90  # on a busy machine; the worker looks each third second


@contextmanager
def worker(house: House) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "casehub.cli", "worker"], env=os.environ | settings, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def happen(house: House) -> None:
    with house.runtime.work_as_operator() as ctx, ctx.record(Event.ADMINISTRATION_READ):
        pass


def wait_until_signed(house: House) -> None:
    deadline = time.monotonic() + SECONDS
    while house.runtime.unsigned_entries():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_happens_is_signed_by_the_worker_within_seconds(house: House):
    with worker(house):
        wait_until_signed(house)
        happen(house)
        assert house.runtime.unsigned_entries()
        wait_until_signed(house)
    with connect(house.database.app_url) as app:
        assert app.execute("SELECT count(*) FROM audit_checkpoint").fetchone() == (2,)


def test_a_broken_log_is_told_and_fills_no_queue(house: House, caplog: pytest.LogCaptureFixture):
    house.runtime.keep_log()
    with connect(house.database.superuser_url) as superuser:
        superuser.execute("ALTER TABLE audit_leaf DISABLE TRIGGER append_only")
        superuser.execute("UPDATE audit_leaf SET leaf = sha256('other') WHERE position = 3")
    app = App(connector=InMemoryConnector())
    register(app, house.runtime)
    app.tasks["sequence_log"].func(timestamp=0)
    assert "the log is not signed any more: the first" in caplog.text
