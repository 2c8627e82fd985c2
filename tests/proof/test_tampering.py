"""Every tampering with the log by a superuser is found, and an untouched log raises no alarm.

Small by default. At full size (PROOF=full): 10,000 tamperings on a log of 1,000, each class once on a log of
1,000,000, that million verified offline within 60 seconds, and 100 clean runs.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from casehub.audit.checking import check_log
from casehub.audit.exporting import export_contents, export_tree, finish_export, start_export
from casehub.services import referrals
from casehub.transparency.findings import Report
from casehub.transparency.notes import VerifierKey
from casehub.transparency.verifying import verify_export
from tests.house import House, referral
from tests.proof.long_logs import write_log
from tests.proof.tamperings import CLASSES, Scene, disarm
from tests.story import engine

FULL = os.environ.get("PROOF") == "full"
ENTRIES, TIMES, CLEAN_RUNS = (1_000, -(-10_000 // len(CLASSES)), 100) if FULL else (60, 2, 3)
MANY, SECONDS_FOR_MANY = (1_000_000, 60) if FULL else (3_000, 60)
# An export holds no database: what is changed beside the tree and the contents does not get into it.
NOT_IN_AN_EXPORT = {
    "change_the_time", "change_a_column_that_searches_believe", "change_what_an_entry_names", "insert_before_the_first",
    "point_a_leaf_at_another_entry", "hide_an_entry_from_the_sequencer", "put_another_ciphertext_in_place",
    "put_another_ciphertext_in_place_with_its_hash", "change_a_row_without_an_entry", "change_a_checkpoints_root",
    "sign_a_checkpoint_with_a_strange_key",
}  # fmt: skip


class Log:
    """A signed log in a house, the keys to trust, and the checkpoint that a witness holds."""

    def __init__(self, house: House, count: int) -> None:
        with house.work("politi.herning") as ctx:  # so that there are sealed versions
            referrals.create_referral(ctx, network="psp", data=referral())
        write_log(house, count, checkpoints=4)
        signer = house.runtime.log_signer
        assert signer is not None
        self.signer = signer
        self.keys = (VerifierKey(signer.origin, signer.public),)
        self.superuser = engine(house.database.superuser_url)
        with self.superuser.connect() as connection:
            self.size = connection.scalar(text("SELECT count(*) FROM audit_leaf"))
            note = connection.scalar(text("SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1"))
        self.witnessed = [("witness", note)]

    @contextmanager
    def tampered(self, name: str, seed: int) -> Iterator[tuple[Connection, str]]:
        """The log with one tampering of the class, and what must be named; undone afterwards."""
        with self.superuser.connect() as connection:
            disarm(connection)
            expected = CLASSES[name](Scene(connection, Random(f"{name}/{seed}"), self.size, self.signer))
            yield connection, expected
            connection.rollback()

    def check(self, connection: Connection) -> Report:
        return check_log(connection, keys=self.keys, witnessed=self.witnessed)

    def export(self, connection: Connection, directory: Path) -> None:
        with Session(connection) as session:
            newest = start_export(session, directory)
            export_tree(session, directory, newest.size, progress=lambda _done, _all: None)
            export_contents(session, directory, newest.size, progress=lambda _done, _all: None)
            finish_export(session, directory, newest, contents="all")

    def check_export(self, directory: Path) -> Report:
        return verify_export(directory, keys=self.keys, witnessed=self.witnessed)


@pytest.fixture
def log(house: House) -> Log:
    return Log(house, ENTRIES)


@pytest.fixture
def exported_log(house: House) -> Log:
    """Long enough for a tile of the second level."""
    return Log(house, max(ENTRIES, 300))


def test_every_tampering_is_found_and_named(log: Log):
    overlooked = []
    for name in CLASSES:
        for seed in range(TIMES):
            with log.tampered(name, seed) as (connection, expected):
                findings = [str(finding) for finding in log.check(connection).findings]
                if not any(expected in finding for finding in findings):
                    overlooked.append((name, seed, expected, findings[:3]))
    assert overlooked == []


@pytest.mark.parametrize("name", sorted(CLASSES.keys() - NOT_IN_AN_EXPORT))
def test_every_tampering_that_gets_into_an_export_is_found_without_the_database(
    exported_log: Log, name: str, tmp_path: Path
):
    with exported_log.tampered(name, 0) as (connection, _):
        try:
            exported_log.export(connection, tmp_path / "export")
        except Exception as refused:  # noqa: BLE001 (a log that cannot be exported has been found out too)
            assert type(refused).__name__ in {"NoSuchTile", "ExportRefused", "NoteRefused"}, refused  # noqa: PT017 (as above)
            return
    assert exported_log.check_export(tmp_path / "export").findings


def test_an_untouched_log_raises_no_alarm(log: Log, tmp_path: Path):
    for run in range(CLEAN_RUNS):
        with log.superuser.connect() as connection:
            report = log.check(connection)
            log.export(connection, tmp_path / str(run))
        exported = log.check_export(tmp_path / str(run))
        for each in (report, exported):
            assert each.findings == ()
            assert (each.entries, each.contents, each.checkpoints) == (log.size, log.size, 4)


def test_a_long_log_is_verified_in_time_and_every_class_is_found_in_it(house: House, tmp_path: Path):
    log = Log(house, MANY)
    with log.superuser.connect() as connection:
        log.export(connection, tmp_path / "export")
    begin = time.monotonic()
    report = log.check_export(tmp_path / "export")
    taken = time.monotonic() - begin
    print(f"\n{report.entries} entries verified offline in {taken:.1f} s")  # noqa: T201 (the figure is the point)
    assert (report.findings, report.entries, report.contents) == ((), log.size, log.size)
    assert taken < SECONDS_FOR_MANY
    for name in CLASSES:
        with log.tampered(name, 1) as (connection, expected):
            assert any(expected in str(finding) for finding in log.check(connection).findings), name
