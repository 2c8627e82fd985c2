"""Erasing contents of the log by its age: the log stays whole, and the eraser can do that and nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from psycopg import connect
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from casehub.audit import Event, ObjectRef, erasing, recorded
from casehub.audit.erasing import count_old, erase, years_before
from casehub.model import Base
from casehub.services.erasing import lift_hold, set_hold
from tests.audit.commands import casehub
from tests.house import START, House
from tests.services.scenes import POLICE, entries, look, open_case
from tests.story import engine

OLD = datetime(2020, 3, 1, 12, tzinfo=UTC)
MAY = {
    "audit_commitment": {"SELECT", "INSERT"},
    "audit_content": {"SELECT", "INSERT", "DELETE"},
    "audit_object": {"SELECT", "INSERT", "DELETE"},
}


def write_old(
    house: House,
    event: Event = Event.CASE_LISTED,
    *,
    authority: str | None = POLICE,
    case: UUID | None = None,
) -> UUID:
    """An entry of long ago, with an object."""
    with (
        house.runtime.read_tree(authority) as session,
        recorded(session, event=event, at=OLD, request_id="r", authority=authority) as recording,
    ):
        recording.objects.append(ObjectRef("case", str(case), case, authority))
    return recording.entry_id


@pytest.fixture
def aged(kept: House) -> House:
    """A house whose log goes back to 2020: five entries of the police's, and one of nobody's."""
    for _ in range(5):
        write_old(kept)
    write_old(kept, authority=None)
    kept.runtime.keep_log()
    return kept


@pytest.fixture
def eraser(aged: House) -> Iterator[Connection]:
    """As a login that is a member of casehub_eraser."""
    with engine(aged.database.superuser_url).connect() as connection:
        connection.execute(text("SET ROLE casehub_eraser"))
        connection.commit()
        yield connection


def run(house: House, *arguments: object) -> Result:
    return casehub(house, "audit", "erase", "--database", house.database.superuser_url, *arguments)


def contents(house: House) -> dict[UUID, datetime]:
    return dict(look(house, "SELECT entry_id, at FROM audit_content"))  # type: ignore[arg-type]


def test_what_is_older_than_the_retention_is_erased_on_record_and_the_log_stays_whole(
    aged: House, tmp_path: Path
):
    before = contents(aged)
    done = run(aged, "--yes")
    assert done.exit_code == 0, done.stderr
    assert f"5 of {POLICE}" in done.stdout
    left = contents(aged)
    assert {each: at for each, at in before.items() if at > OLD} == {
        each: at for each, at in left.items() if each in before
    }
    orphans = "SELECT count(*) FROM audit_object o WHERE NOT EXISTS (SELECT FROM audit_content k WHERE k.entry_id = o.entry_id)"
    assert look(aged, orphans) == [(0,)]
    told = [each for each in entries(aged) if each["event"] == "log.content_erased"]
    named = {(ref["id"], ref["authority"]) for each in told for ref in each["objects"]}
    assert {UUID(entry) for entry, _ in named} == before.keys() - left.keys()
    assert {authority for _, authority in named} == {POLICE, None}

    aged.runtime.keep_log()
    superuser = aged.database.superuser_url
    verified = casehub(aged, "audit", "verify", "--database", superuser)
    assert verified.exit_code == 0, verified.stdout
    exported = casehub(aged, "audit", "export", tmp_path / "export", "--all", "--database", superuser)
    assert exported.exit_code == 0, exported.stderr
    offline = casehub(aged, "audit", "verify", "--export", tmp_path / "export", node=False)
    assert offline.exit_code == 0, offline.stdout
    lines = casehub(aged, "audit", "export", tmp_path / "csv", "--format", "csv", "--authority", POLICE)
    assert lines.exit_code == 0, lines.stderr
    again = run(aged, "--yes")
    assert (again.exit_code, again.stdout) == (0, "nothing is older than 5 years\n")


def test_it_is_asked_for_before_and_a_longer_retention_is_kept(aged: House):
    before = contents(aged)
    assert run(aged).exit_code == 1, "nobody answered"
    assert "nothing is older" in run(aged, "--yes", "--older-than", "20").stdout
    assert run(aged, "--yes", "--older-than", "4").exit_code == 2
    assert contents(aged) == before


def test_stopped_between_batches_it_is_whole_and_goes_on(
    aged: House, eraser: Connection, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erasing, "AT_A_TIME", 2)
    before = years_before(START, 5)
    assert next(erase(eraser, POLICE, before=before, now=START)) == 2
    eraser.rollback()
    aged.runtime.keep_log()
    assert casehub(aged, "audit", "verify", "--database", aged.database.superuser_url).exit_code == 0
    assert list(erase(eraser, POLICE, before=before, now=START)) == [2, 1]
    assert [old.authority for old in count_old(eraser, before)] == [None]
    eraser.rollback()
    aged.runtime.keep_log()
    assert casehub(aged, "audit", "verify", "--database", aged.database.superuser_url).exit_code == 0


def test_what_is_about_a_case_under_slettestop_or_tells_what_became_of_keys_stays(aged: House):
    case_id = open_case(aged)
    held = write_old(aged, case=case_id)
    kept = {held, write_old(aged, Event.KEYS_BACKED_UP)}
    with aged.work("tovholder") as ctx:
        set_hold(ctx, case_id=case_id, reason="Der er klaget.")
    assert run(aged, "--yes").exit_code == 0
    assert {entry for entry, at in contents(aged).items() if at == OLD} == kept
    with aged.work("tovholder") as ctx:
        lift_hold(ctx, case_id=case_id)
    assert run(aged, "--yes").exit_code == 0
    assert held not in contents(aged)
    aged.runtime.keep_log()
    assert casehub(aged, "audit", "verify", "--database", aged.database.superuser_url).exit_code == 0


def test_the_app_and_the_auditor_cannot_erase(aged: House):
    for url in (aged.database.app_url, aged.database.owner_url):
        told = casehub(aged, "audit", "erase", "--yes", "--database", url)
        assert told.exit_code == 1
        assert told.stderr.startswith("casehub: this login may not erase")
    with connect(aged.database.superuser_url) as connection:
        for role in ("casehub_app", "casehub_auditor", "casehub_backup", "casehub_sequencer"):
            rights = connection.execute(
                "SELECT has_table_privilege(%s, 'audit_content', 'DELETE') OR has_table_privilege(%s, 'audit_object', 'DELETE')",
                [role, role],
            ).fetchone()
            assert rights == (False,), role


def test_the_eraser_has_no_other_right(eraser: Connection):
    for table in {*Base.metadata.tables} - {"node_authority"} | {"node_authority", "alembic_version"}:
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"):
            held = eraser.scalar(
                text("SELECT has_table_privilege(:it, :right) OR CASE WHEN :right IN ('DELETE', 'TRUNCATE') THEN false"
                     " ELSE has_any_column_privilege(:it, :right) END"),
                {"it": table, "right": right},
            )  # fmt: skip
            assert held == (right in MAY.get(table, ())), (table, right)
    with pytest.raises(ProgrammingError, match="permission denied"):
        eraser.execute(text("SELECT content FROM audit_content"))


def test_nothing_young_nothing_unnamed_and_no_erasure_itself_is_erased(aged: House, eraser: Connection):
    with pytest.raises(DBAPIError, match="without an audit entry in the same transaction that names them"):
        eraser.execute(text("DELETE FROM audit_content"))
    eraser.rollback()
    assert list(eraser.scalars(text("SELECT DISTINCT at FROM audit_content"))) == [OLD]
    with pytest.raises(DBAPIError, match="row-level security"):
        eraser.execute(
            text("INSERT INTO audit_content (entry_id, nonce, content, at, event, outcome, concerned)"
                 " VALUES (gen_random_uuid(), '', '{}', now(), 'case.read', 'allowed', '{}')")
        )  # fmt: skip
    eraser.rollback()
    one, other = look(aged, "SELECT entry_id FROM audit_content WHERE at = %s LIMIT 2", OLD)
    covering = look(aged, "SELECT entry_id FROM audit_content ORDER BY entry_id DESC LIMIT 1")[0][0]
    for named in (covering, one[0]):  # entries that are there, and not of this transaction
        eraser.execute(text("SELECT set_config('casehub.entry', :it, true)"), {"it": str(named)})
        with pytest.raises(DBAPIError, match="that names them"):
            eraser.execute(text("DELETE FROM audit_content WHERE entry_id = :it"), {"it": other[0]})
        eraser.rollback()
    list(erase(eraser, POLICE, before=START, now=OLD))
    assert count_old(eraser, START) == (erasing.Old(None, 1),), "the erasure, dated 2020, is not counted"
