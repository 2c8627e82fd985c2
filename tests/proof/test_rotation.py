"""Rotating a working key over many compartments under load, its process killed again and again: nothing is unreadable,
nothing is left behind, and the service never stops.

Small by default; with PROOF=full 100,000 compartments and 20 kills.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from shutil import copytree
from threading import Event as Flag
from threading import Thread
from uuid import UUID, uuid4

import pytest
from psycopg import Connection, connect
from sqlalchemy import select

from casehub.access.actor import Actor, system_actor
from casehub.access.vaulting import wrapped_compartment
from casehub.embedded import EmbeddedServer
from casehub.model import Compartment, new_id
from casehub.services import cases, drafts, keys, referrals
from casehub.vault.compartments import compartment_key
from casehub.vault.sealing import new_compartment
from tests.databases import copy_of
from tests.house import House, live_in, referral
from tests.proof.conftest import FULL, Proof

COMPARTMENTS, KILLS = (100_000, 20) if FULL else (4_000, 2)
POLICE = "mvj-politi"
PATIENCE = 120


@dataclass
class Load:
    """People at work: each round refers, reads and keeps a draft; what failed is kept."""

    house: House
    case_ids: list[UUID] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    rounds: int = 0

    def run(self, stop: Flag) -> None:
        chance = Random(1)
        while not stop.is_set():
            try:
                with self.house.work("politi.herning") as ctx:
                    self.case_ids.append(referrals.create_referral(ctx, network="psp", data=referral()))
                with self.house.work("politi.herning") as ctx:
                    view = cases.read_case(ctx, case_id=chance.choice(self.case_ids))
                    assert view.identity is not None
                with self.house.work("politi.herning") as ctx:
                    drafts.save_draft(ctx, path=f"/sager/{chance.randrange(50)}", fields={"text": ["æøå"]})
                self.rounds += 1
            except Exception as error:  # noqa: BLE001 (a thread's failure is the test's to tell)
                self.failures.append(error)


@pytest.fixture
def house(cluster: EmbeddedServer, house_template: tuple[str, Path], tmp_path: Path) -> Iterator[House]:
    """A house with a keystore of its own."""
    name, home = house_template
    own = Path(copytree(home, tmp_path / "home"))
    with copy_of(cluster, name) as database, live_in(database, own) as house:
        yield house


def test_a_rotation_killed_again_and_again_leaves_nothing_behind_and_nothing_unreadable(
    house: House, proof: Proof
) -> None:
    """A rotation under load, killed again and again, leaves nothing behind and nothing unreadable."""
    began = time.monotonic()
    plant(house, COMPARTMENTS)
    before = opened(house)
    proof.figure("compartments", COMPARTMENTS)
    proof.figure("planted in", round(time.monotonic() - began), "s")
    with under_load(house) as load:
        for number in range(KILLS):
            kill_halfway(house, after=Random(number).randrange(1, COMPARTMENTS // (2 * KILLS)))
            assert left_behind(house) > 0, "the kill came too late to show anything"
        began = time.monotonic()
        told = rotate_by_command(house)
        proof.figure("kill -9 of the rotating process", KILLS)
        proof.figure("last pass", round(time.monotonic() - began), "s")
        assert (told.returncode, left_behind(house)) == (0, 0), told.stderr
        retire(house)
    assert load.rounds > 0
    assert load.failures == []
    after = opened(house)
    assert {compartment: after[compartment] for compartment in before} == before
    assert len(after) == len(before) + len(load.case_ids)
    with live_in(house.database, house.runtime.config.home) as fresh:
        for case_id in load.case_ids[:: max(1, len(load.case_ids) // 20)]:
            with fresh.work("politi.herning") as ctx:
                assert cases.read_case(ctx, case_id=case_id).identity is not None
    proof.figure("readable afterwards", f"{len(after):,} of {len(before) + len(load.case_ids):,}")
    proof.figure("left behind", left_behind(house))
    proof.figure("rounds of other work meanwhile, none failed", load.rounds)


def plant(house: House, count: int) -> None:
    """Compartments of the police under version 1, of cases that need not be there."""
    with connect(house.database.superuser_url) as superuser, superuser.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        (entry_id,) = cursor.execute("SELECT id FROM audit_commitment LIMIT 1").fetchone() or (None,)
        with cursor.copy(
            "COPY compartment (id, case_id, authority_id, key_version, wrapped, entry_id) FROM STDIN"
        ) as copy:
            for _ in range(count):
                made = new_compartment(
                    house.runtime.ring, authority=POLICE, case_id=uuid4(), compartment_id=new_id()
                )
                copy.write_row(
                    (made.id, made.case_id, made.authority, made.key_version, made.wrapped, entry_id)
                )
        cursor.execute("SELECT list_what_is_there(%s)", [entry_id])  # or the database refuses to change them
        cursor.execute("ANALYZE compartment")


def opened(house: House) -> dict[UUID, bytes]:
    """A digest of every compartment's key, each unwrapped from what the database holds now."""
    with house.runtime.work(system(house)) as ctx:
        rows = ctx.session.scalars(select(Compartment).where(Compartment.authority_id == POLICE)).all()
    return {
        row.id: sha256(compartment_key(house.runtime.ring, wrapped_compartment(row))).digest() for row in rows
    }


@contextmanager
def under_load(house: House) -> Iterator[Load]:
    stop, load = Flag(), Load(house)
    thread = Thread(target=load.run, args=(stop,))
    thread.start()
    try:
        yield load
    finally:
        stop.set()
        thread.join()


def kill_halfway(house: House, *, after: int) -> None:
    """Start the command, wait until it has put more than `after` under the new version, and kill it."""
    goal = left_behind(house) - after
    with (
        connect(house.database.superuser_url, autocommit=True) as watching,
        subprocess.Popen(
            command("keys", "rotate", POLICE),
            env=environment(house),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        given_up = time.monotonic() + PATIENCE
        while count_older(watching) > goal:
            assert process.poll() is None, f"it ended before it was killed: {process.communicate()}"
            assert time.monotonic() < given_up, "it does not get on"
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def rotate_by_command(house: House) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("keys", "rotate", POLICE), env=environment(house), capture_output=True, text=True, check=False
    )


def retire(house: House) -> None:
    with house.runtime.work(system(house)) as ctx:
        keys.retire_key(ctx, house.runtime.keys.keystore, purpose="working", version=1)


def left_behind(house: House) -> int:
    with connect(house.database.superuser_url) as watching:
        return count_older(watching)


def count_older(watching: Connection[tuple[object, ...]]) -> int:
    asked = "SELECT count(*) FROM compartment WHERE authority_id = %s AND key_version = 1"
    (number,) = watching.execute(asked, [POLICE]).fetchone() or (0,)
    assert isinstance(number, int)
    return number


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "casehub.cli", *arguments]


def environment(house: House) -> dict[str, str]:
    config = house.runtime.config
    settings = {"CASEHUB_HOME": str(config.home), "CASEHUB_DATABASE_URL": str(config.database_url)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEHUB_")}
    return kept | settings


def system(house: House) -> Actor:
    return system_actor(POLICE, house.runtime.catalogue.authority_kind(POLICE))
