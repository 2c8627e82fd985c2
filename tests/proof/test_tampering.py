"""Every tampering with the log by a superuser is found, and an untouched log raises no alarm.

At full size 10,000 tamperings on a log of 1,000, each class once on a log of 1,000,000, that million verified offline
within 60 seconds on two cores, and 100 clean runs.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from casehub.audit.checking import check_log
from casehub.audit.exporting import export_contents, export_tree, finish_export, start_export
from casehub.transparency.exports import ExportRefused
from casehub.transparency.findings import Report
from casehub.transparency.notes import NoteRefused, VerifierKey
from casehub.transparency.tiles import NoSuchTile
from casehub.transparency.verifying import verify_export
from tests.house import House
from tests.proof.conftest import Proof
from tests.proof.long_logs import write_log
from tests.proof.tamperings import CLASSES, Scene, disarm
from tests.services.scenes import refer, triage
from tests.story import engine
from tests.witness.notaries import Notary, trusting

SECONDS_FOR_MANY = 60
# An export holds no database: what is changed beside the tree and the contents does not get into it.
NOT_IN_AN_EXPORT = {
    "change_a_row_under_its_entry", "remove_a_row", "remove_a_row_and_its_line", "remove_a_row_and_spend_its_line",
    "plant_a_row_under_an_entry", "plant_a_row_and_list_it_under_an_entry", "put_an_older_row_back",
    "put_an_older_row_back_with_its_line", "list_a_change_under_another_entry",
    "change_the_time", "change_a_column_that_searches_believe", "change_what_an_entry_names", "insert_before_the_first",
    "point_a_leaf_at_another_entry", "hide_an_entry_from_the_sequencer", "put_another_ciphertext_in_place",
    "put_another_ciphertext_in_place_with_its_hash", "change_a_row_without_an_entry", "change_a_checkpoints_root",
    "sign_a_checkpoint_with_a_strange_key", "end_a_grant_without_an_entry", "open_again_what_was_recalled",
    "destroy_a_compartment_without_an_entry",
}  # fmt: skip


# Each names what it changed and leaves the others theirs to be found: on a long log they are made and found all at once.
TOGETHER = {
    "edit_a_content", "edit_a_content_and_its_commitment", "move_the_end_of_the_nonce", "swap_two_contents",
    "erase_a_content_without_recording_it", "change_the_time", "change_a_column_that_searches_believe",
    "change_what_an_entry_names", "delete_a_commitment", "change_a_leaf", "hide_an_entry_from_the_sequencer",
    "change_a_kept_subtree", "sign_a_checkpoint_with_a_strange_key", "replay_a_cosignature",
    "put_another_ciphertext_in_place", "change_a_row_without_an_entry", "end_a_grant_without_an_entry",
    "open_again_what_was_recalled", "destroy_a_compartment_without_an_entry", "plant_a_row_under_an_entry",
    "put_an_older_row_back",
}  # fmt: skip


class Log:
    """A log in a house, signed and cosigned by two witnesses, the keys to trust, and the checkpoint that one of them holds."""

    def __init__(self, house: House, count: int) -> None:
        case_id = refer(house)  # so that there are sealed versions, and rows of every kind
        self.superuser = engine(house.database.superuser_url)
        with self.superuser.begin() as connection:  # what a thief kept of it from before the next change
            connection.execute(text("CREATE SCHEMA backup"))
            for table in ("step", "audit_change"):
                connection.execute(text(f"CREATE TABLE backup.{table} AS SELECT * FROM {table}"))
        triage(house, case_id)
        write_log(house, count, checkpoints=4)
        signer = house.runtime.log_signer
        assert signer is not None
        self.signer = signer
        self.keys = (VerifierKey(signer.origin, signer.public),)
        with self.superuser.connect() as connection:
            self.size = connection.scalar(text("SELECT count(*) FROM audit_leaf"))
            note = connection.scalar(text("SELECT note FROM audit_checkpoint ORDER BY size DESC LIMIT 1"))
        self.witnesses = (Notary("kommune.example/witness"), Notary("psykiatri.example/witness"))
        for witness in self.witnesses:
            witness.cosign_all(house.database.superuser_url)
        self.trust = trusting(*self.witnesses, least=1)
        self.witnessed = [
            ("witness", note + "".join(witness.cosign(note).line for witness in self.witnesses))
        ]

    @contextmanager
    def tampered(self, *names: str, seed: int) -> Iterator[tuple[Connection, Mapping[str, str]]]:
        """The log with one tampering of each of the classes, and what must be named of each; undone afterwards."""
        with self.superuser.connect() as connection:
            disarm(connection)
            scenes = {
                name: Scene(connection, Random(f"{name}/{seed}"), self.size, self.signer, self.witnesses)
                for name in names
            }
            yield connection, {name: CLASSES[name](scene) for name, scene in scenes.items()}
            connection.rollback()

    def check(self, connection: Connection) -> Report:
        return check_log(connection, keys=self.keys, witnessed=self.witnessed, trust=self.trust)

    def export(self, connection: Connection, directory: Path) -> None:
        with Session(connection) as session:
            newest = start_export(session, directory)
            export_tree(session, directory, newest.size, progress=lambda _done, _all: None)
            export_contents(session, directory, newest.size, progress=lambda _done, _all: None)
            finish_export(session, directory, newest, contents="all")

    def check_export(self, directory: Path) -> Report:
        return verify_export(directory, keys=self.keys, witnessed=self.witnessed, trust=self.trust)


def test_every_tampering_is_found_and_named(house: House, proof: Proof):
    """Tampering with the log, found by `casehub audit verify`."""
    log = Log(house, proof.size(small=60, full=1_000))
    times = proof.size(small=2, full=-(-10_000 // len(CLASSES)))
    overlooked = []
    for name in CLASSES:
        for seed in range(times):
            with log.tampered(name, seed=seed) as (connection, expected):
                findings = [str(finding) for finding in log.check(connection).findings]
                if not any(expected[name] in finding for finding in findings):
                    overlooked.append((name, seed, expected, findings[:3]))
    proof.figure("entries in the log", log.size)
    proof.figure("classes of tampering", len(CLASSES))
    proof.figure("tamperings tried", len(CLASSES) * times)
    proof.figure(
        "tamperings found, the changed entry or checkpoint named", len(CLASSES) * times - len(overlooked)
    )
    assert overlooked == []


def test_every_tampering_that_gets_into_an_export_is_found_without_the_database(
    house: House, proof: Proof, tmp_path: Path
):
    """Tampering with the log, found in its export without the database."""
    log = Log(house, proof.size(small=300, full=1_000))  # long enough for a tile of the second level
    names = sorted(CLASSES.keys() - NOT_IN_AN_EXPORT)
    refused, overlooked = 0, []
    for name in names:
        directory = tmp_path / name
        with log.tampered(name, seed=0) as (connection, _):
            try:
                log.export(connection, directory)
            except (NoSuchTile, ExportRefused, NoteRefused):  # found out even sooner
                refused += 1
                continue
        if not log.check_export(directory).findings:
            overlooked.append(name)
    proof.figure("classes that get into an export", len(names))
    proof.figure("classes refused by the export itself", refused)
    proof.figure("classes found in the export", len(names) - refused - len(overlooked))
    assert overlooked == []


def test_an_untouched_log_raises_no_alarm(house: House, proof: Proof, tmp_path: Path):
    """Checking a log that nobody touched."""
    log = Log(house, proof.size(small=60, full=1_000))
    runs = proof.size(small=3, full=100)
    for run in range(runs):
        with log.superuser.connect() as connection:
            report = log.check(connection)
            log.export(connection, tmp_path / str(run))
        exported = log.check_export(tmp_path / str(run))
        for each in (report, exported):
            assert each.findings == ()
            assert (each.entries, each.contents, each.checkpoints) == (log.size, log.size, 4)
            assert each.witnessed == log.size
    proof.figure("runs, each on the database and on an export", runs)
    proof.figure("false alarms", 0)


def test_a_long_log_is_verified_in_time_and_every_class_is_found_in_it(
    house: House, proof: Proof, tmp_path: Path
):
    """A long log: verified offline, and tampered with."""
    log = Log(house, proof.size(small=3_000, full=1_000_000))
    with log.superuser.connect() as connection:
        log.export(connection, tmp_path / "export")
        begin = time.monotonic()
        log.check(connection)
        proof.figure("verified in the database", round(time.monotonic() - begin, 1), "s")
    begin = time.monotonic()
    report = log.check_export(tmp_path / "export")
    taken = time.monotonic() - begin
    proof.figure("entries", log.size)
    proof.figure("verified offline, contents included", round(taken, 1), "s")
    assert (report.findings, report.entries, report.contents) == ((), log.size, log.size)
    assert taken < SECONDS_FOR_MANY
    found = set()
    for names in (TOGETHER, *([name] for name in sorted(CLASSES.keys() - TOGETHER))):
        with log.tampered(*sorted(names), seed=1) as (connection, expected):
            findings = [str(finding) for finding in log.check(connection).findings]
        for name, what in expected.items():
            assert any(what in finding for finding in findings), name
            found.add(name)
    assert found == CLASSES.keys()
    proof.figure("classes of tampering found in it", len(found))
