"""The worker signs what happens within seconds."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from psycopg import connect

from casehub.audit import Event
from casehub.jobs import register
from casehub.transparency.cosignatures import WitnessKey
from casehub.transparency.notes import VerifierKey
from casehub.transparency.trust import read_trust
from tests.house import House
from tests.witness.running import running

ROOT = Path(__file__).parents[2]
SECONDS = 90  # on a busy machine; the worker looks each third second


@contextmanager
def worker(house: House, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "CASEHUB_HOME": str(house.runtime.config.home),
        "CASEHUB_DATABASE_URL": house.database.app_url,
    } | more
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
    while house.runtime.log_standing().unsigned:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_what_happens_is_signed_by_the_worker_within_seconds(house: House):
    with worker(house):
        wait_until_signed(house)
        happen(house)
        assert house.runtime.log_standing().unsigned
        wait_until_signed(house)
    with connect(house.database.app_url) as app:
        assert app.execute("SELECT count(*) FROM audit_checkpoint").fetchone() == (2,)


def test_the_worker_has_what_it_signs_witnessed_and_a_witness_that_hangs_holds_up_nothing(
    house: House, tmp_path: Path
):
    signer = house.runtime.log_signer
    assert signer is not None
    hanging = WitnessKey("example.com/hangs", bytes(32))
    policy = tmp_path / "witnesses"
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,  # takes the question and never answers
        running(tmp_path / "witness", str(VerifierKey(signer.origin, signer.public))) as server,
    ):
        port = silent.getsockname()[1]
        policy.write_text(
            f"witness hangs {hanging} http://127.0.0.1:{port}\n"
            f"witness answers {server.witness.key} {server.witness.url}\n"
            "quorum answers\n"
        )
        watched = replace(house.runtime, trust=read_trust(policy))
        with worker(house, CASEHUB_WITNESSES=str(policy)):
            for _ in range(2):
                happen(house)
                wait_until_signed(house)
                deadline = time.monotonic() + SECONDS
                while watched.log_standing().unwitnessed:
                    assert time.monotonic() < deadline
                    time.sleep(0.2)


def test_a_broken_log_is_told_and_fills_no_queue(house: House, caplog: pytest.LogCaptureFixture):
    house.runtime.keep_log()
    with connect(house.database.superuser_url) as superuser:
        superuser.execute("ALTER TABLE audit_leaf DISABLE TRIGGER append_only")
        superuser.execute("UPDATE audit_leaf SET leaf = sha256('other') WHERE position = 3")
    app = App(connector=InMemoryConnector())
    register(app, house.runtime)
    app.tasks["sequence_log"].func(timestamp=0)
    assert "the log is not signed any more: the first" in caplog.text
