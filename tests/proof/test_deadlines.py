"""Deadlines fall due in the hands of several workers that are killed, under a clock that jumps: each is told exactly once."""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from procrastinate import App, SyncPsycopgConnector

from casehub.embedded import EmbeddedServer
from tests.house import House, live_in
from tests.journeys.place import environment_of
from tests.proof.conftest import Proof
from tests.proof.killing import database_on
from tests.proof.test_crashes import findings
from tests.services.scenes import POLICE, look, refer
from tests.services.test_deadlines import IN_ORDER

WORKERS = 4
JOBS_AT_ONCE = 12
SECONDS = 900
NOTICES = "SELECT kind, count(*) FROM step_notice GROUP BY kind"
OF_DEADLINES = "SELECT count(*) FROM message WHERE kind IN ('reminder', 'overdue', 'deputy', 'leader')"
TWICE = """
    SELECT count(*) FROM (
        SELECT event, object_id FROM audit_object JOIN audit_content USING (entry_id)
        WHERE event IN ('step.reminded', 'step.overdue', 'step.escalated') GROUP BY 1, 2
        HAVING count(*) <> CASE event WHEN 'step.escalated' THEN 2 ELSE 1 END) AS told
"""


@dataclass(slots=True)
class Shift:
    """Worker processes on one queue. `clock`: the file they read the time from."""

    house: House
    home: Path
    clock: Path
    at_work: list[subprocess.Popen[bytes]] = field(default_factory=list)
    killed: int = 0

    def begin(self) -> None:
        """As many workers as there should be."""
        self.at_work = [worker for worker in self.at_work if worker.poll() is None]
        environment = environment_of(self.house.database, self.home, 8000)
        with (self.home / "workers.log").open("ab") as log:
            while len(self.at_work) < WORKERS:
                command = [sys.executable, "-m", "tests.proof.clocked_worker", self.clock]
                self.at_work.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))

    def turn(self, to: datetime) -> None:
        """Turn the clock, forwards or back."""
        beside = self.clock.with_suffix(".new")
        beside.write_text(to.isoformat())
        beside.rename(self.clock)

    def ask(self) -> None:
        """What the clock would queue in as many minutes."""
        with App(connector=SyncPsycopgConnector(conninfo=self.house.database.superuser_url)).open() as app:
            job = app.configure_task("watch_deadlines", queue=f"authority.{POLICE}", allow_unknown=True)
            for _ in range(JOBS_AT_ONCE):
                job.defer(timestamp=int(time.time()), authority=POLICE)

    def kill(self, chance: random.Random) -> None:
        """SIGKILL to one of them, whatever it is at."""
        victim = chance.choice(self.at_work)
        victim.kill()
        victim.wait()
        self.killed += 1
        self.begin()

    def end(self) -> None:
        for worker in self.at_work:
            worker.kill()
            worker.wait()


def test_deadlines(proof: Proof):
    """Deadlines falling due with 4 workers, some killed (SIGKILL), and a clock that jumps: each told exactly once"""
    count, kills = proof.size(small=30, full=2_000), proof.size(small=2, full=20)
    chance = random.Random(6)
    with shift() as (house, workers):
        for _ in range(count):
            refer(house)
        begun = time.monotonic()
        workers.begin()
        reminder, *after = (at + timedelta(seconds=1) for _, at in IN_ORDER)
        until_told(workers, chance, reminder, {"reminder": count}, kills // 2)
        all_told = {kind: count for kind, _ in IN_ORDER}
        until_told(workers, chance, after[-1] + timedelta(days=30), all_told, kills)
        for jump in (timedelta(days=-45), timedelta(days=90)):
            until_told(workers, chance, after[-1] + jump, all_told, kills)
        took = time.monotonic() - begun
        workers.end()
        assert look(house, TWICE) == [(0,)]
        assert look(house, OF_DEADLINES) == [(4 * count,)]
        house.runtime.keep_log()
        assert findings(house) == ()
    proof.figure("deadlines", count)
    proof.figure("workers", WORKERS)
    proof.figure("kill -9 of a worker", workers.killed)
    proof.figure("reminders, overdue, deputies and leaders told, each exactly once", 4 * count)
    proof.figure("from the first to the last", round(took), "s")


def until_told(
    workers: Shift, chance: random.Random, now: datetime, wanted: dict[str, int], kills: int
) -> None:
    """Turn the clock and let them work and be killed until there is all there should be and the queue is empty."""
    workers.turn(now)
    end = time.monotonic() + SECONDS
    waiting = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'watch_deadlines' AND status = 'todo'"
    )
    workers.ask()
    while workers.killed < kills or look(workers.house, waiting) != [(0,)] or told(workers.house) != wanted:
        assert time.monotonic() < end, (told(workers.house), wanted)
        assert all(worker.poll() is None for worker in workers.at_work), "a worker ended by itself"
        time.sleep(chance.uniform(0.1, 0.6))
        if workers.killed < kills:
            workers.kill(chance)
            workers.ask()
    assert told(workers.house) == wanted


def told(house: House) -> dict[str, int]:
    return dict(look(house, NOTICES))


@contextmanager
def shift() -> Iterator[tuple[House, Shift]]:
    """A house on a database that keeps what it is told, and workers who are at work in it until the end."""
    home = Path(tempfile.mkdtemp(prefix="casehub-deadlines-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        server = EmbeddedServer.start(home)
        stack.callback(lambda: server.stop(immediately=True))
        house = stack.enter_context(live_in(database_on(server, home), home))
        workers = Shift(house, home, home / "clock")
        workers.turn(house.clock.now)
        stack.callback(workers.end)
        yield house, workers
