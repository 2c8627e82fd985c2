"""Rotating and retiring keys while the service runs: nothing unreadable, nothing left behind, everything on record."""

import json
from contextlib import AbstractContextManager
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from casehub.access.actions import Action
from casehub.access.actor import system_actor
from casehub.audit import Event
from casehub.model import AuditContent, Compartment, ItemGrant
from casehub.runtime import Runtime
from casehub.services import cases, drafts, keys
from casehub.services.context import Context
from casehub.services.keys import KeyLine, KeysRefused, Progress
from casehub.vault.errors import KeystoreError
from tests.house import House, live_in
from tests.services.scenes import (
    DISTRICT,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    SOCIAL,
    alter,
    entries,
    refer,
    share,
    triage,
)


@pytest.fixture
def house(house_of_own_keys: House) -> House:
    """What is done to keys here is done to no other test's."""
    return house_of_own_keys


def triage_and_share(house: House, case_id: UUID) -> None:
    triage(house, case_id)
    share(house, case_id, SOCIAL, DISTRICT)


def name_of(house: House, login: str, case_id: UUID) -> str:
    with house.work(login) as ctx:
        identity = cases.read_case(ctx, case_id=case_id).identity
    assert identity is not None
    return identity.name


def working(runtime: Runtime, authority: str) -> AbstractContextManager[Context]:
    return runtime.work(system_actor(authority, runtime.catalogue.authority_kind(authority)))


def rotate(runtime: Runtime, authority: str, purpose: str) -> Progress:
    *_, last = keys.rotate(partial(working, runtime, authority), runtime.keys.keystore, purpose=purpose)
    return last


def retire(runtime: Runtime, authority: str, purpose: str, version: int) -> None:
    with working(runtime, authority) as ctx:
        keys.retire_key(ctx, runtime.keys.keystore, purpose=purpose, version=version)


def status(house: House, authority: str) -> dict[tuple[str, int], KeyLine]:
    with working(house.runtime, authority) as ctx:
        lines = keys.read_keys(ctx, house.runtime.keys.keystore)
    return {(line.purpose, line.version): line for line in lines}


def refusal(act: partial[None]) -> str:
    with pytest.raises(KeysRefused) as caught:
        act()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def details(house: House, authority: str, event: Event) -> list[dict[str, str]]:
    with working(house.runtime, authority) as ctx:
        rows = ctx.session.scalars(
            select(AuditContent).where(AuditContent.event == event.value).order_by(AuditContent.at)
        )
        return [json.loads(row.content)["detail"] for row in rows]


def test_status_counts_what_each_version_protects_and_is_on_record(house: House) -> None:
    triage_and_share(house, refer(house))
    lines = status(house, KOMMUNE)
    assert set(lines) == {(purpose, 1) for purpose in ("kek", "working", "receiving", "signing", "index")}
    assert lines["kek", 1].protects == ((4, "keys"),)
    assert lines["working", 1].protects == ()
    ((waiting, what),) = lines["receiving", 1].protects
    assert (waiting > 0, what) == (True, "grants to take in")
    ((sent, what),) = status(house, POLICE)["signing", 1].protects
    assert (sent >= waiting, what) == (True, "grants not yet taken in")
    house.run_jobs()
    lines = status(house, KOMMUNE)
    assert lines["working", 1].protects == ((1, "compartments"),)
    assert lines["receiving", 1].protects == ()
    assert lines["index", 1].protects
    assert {line.state for line in lines.values()} == {"in use"}
    assert {line.rotated_at for line in lines.values()} == {None}
    assert all(line.made_at is not None for line in lines.values())
    assert status(house, POLICE)["signing", 1].protects == ()
    assert len(details(house, KOMMUNE, Event.KEYS_READ)) == 2


def test_a_rotated_working_key_leaves_nothing_behind_and_everything_readable(house: House) -> None:
    case_ids = [refer(house) for _ in range(3)]
    with house.work("politi.herning") as ctx:
        drafts.save_draft(ctx, path="/sager/ny", fields={"concern": ["Ufærdig æøå"]})
    progress = rotate(house.runtime, POLICE, "working")
    assert (progress.version, progress.taken_up, progress.done, progress.damaged) == (2, False, 4, 0)
    lines = status(house, POLICE)
    assert (lines["working", 1].state, lines["working", 1].protects) == ("older", ())
    assert (lines["working", 2].state, lines["working", 2].protects) == (
        "in use",
        ((3, "compartments"), (1, "drafts")),
    )
    assert lines["working", 2].rotated_at == house.clock.now
    assert {name_of(house, "politi.herning", case_id) for case_id in case_ids} == {
        "Asger Fjeldgaard Prøvesen"
    }
    with house.work("politi.herning") as ctx:
        assert drafts.take_draft(ctx, path="/sager/ny") == {"concern": ["Ufærdig æøå"]}
    begun = {"purpose": "working", "version": "2"}
    assert details(house, POLICE, Event.KEYS_ROTATION_BEGUN) == [begun | {"taken_up": "false"}]
    assert details(house, POLICE, Event.KEYS_ROTATED) == [
        begun | {"compartments": "3", "damaged": "0"},
        begun | {"drafts": "1"},
    ]


def test_a_running_process_uses_the_new_version_from_its_next_transaction_on(house: House) -> None:
    before = refer(house)
    with live_in(house.database, house.runtime.config.home) as other:
        rotate(other.runtime, POLICE, "working")
        with house.work("politi.herning") as ctx:  # this one began before and was told nothing
            assert cases.read_case(ctx, case_id=before).identity is not None
        after = refer(house, cpr="680385-1235")
    with working(house.runtime, POLICE) as ctx:
        versions = dict(ctx.session.execute(select(Compartment.case_id, Compartment.key_version)).all())
    assert versions == {before: 2, after: 2}


def test_a_version_made_within_a_unit_of_work_is_found_when_it_is_met(house: House) -> None:
    case_id = refer(house)
    with house.work("politi.herning") as ctx:
        ctx.session.execute(text("SELECT 1"))  # its transaction has begun, and has seen no new key
        with live_in(house.database, house.runtime.config.home) as other:
            rotate(other.runtime, POLICE, "working")
        assert cases.read_case(ctx, case_id=case_id).identity is not None


def test_a_version_is_retired_only_when_nothing_needs_it(house: House) -> None:
    case_id = refer(house)
    assert "is the one in use" in refusal(partial(retire, house.runtime, POLICE, "working", 1))
    work = partial(working, house.runtime, POLICE)
    next(iter(keys.rotate(work, house.runtime.keys.keystore, purpose="working")))  # begun, and stopped
    assert "still protects 1 compartments" in refusal(partial(retire, house.runtime, POLICE, "working", 1))
    assert rotate(house.runtime, POLICE, "working").taken_up
    retire(house.runtime, POLICE, "working", 1)
    assert status(house, POLICE)["working", 1].state == "retired"
    assert "no working key of version 1 to retire" in refusal(
        partial(retire, house.runtime, POLICE, "working", 1)
    )
    assert details(house, POLICE, Event.KEYS_RETIRED) == [{"purpose": "working", "version": "1"}]
    assert name_of(house, "politi.herning", case_id) == "Asger Fjeldgaard Prøvesen"
    with live_in(house.database, house.runtime.config.home) as fresh:
        assert name_of(fresh, "politi.herning", case_id) == "Asger Fjeldgaard Prøvesen"


def test_nothing_can_be_written_under_a_retired_version_whatever_a_process_still_holds(house: House) -> None:
    refer(house)
    rotate(house.runtime, POLICE, "working")
    retire(house.runtime, POLICE, "working", 1)
    with pytest.raises(DBAPIError, match="is retired"), working(house.runtime, POLICE) as ctx:
        ctx.session.execute(update(Compartment).values(key_version=1))


def test_rotated_receiving_and_signing_keys_carry_disclosures_on_their_way(house: House) -> None:
    early, late = refer(house), refer(house, cpr="680385-1235")
    triage_and_share(house, early)
    assert rotate(house.runtime, PSYCHIATRY, "receiving").version == 2
    assert status(house, PSYCHIATRY)["receiving", 1].protects == ()
    assert rotate(house.runtime, POLICE, "signing").version == 2
    assert "grants not yet taken in" in refusal(partial(retire, house.runtime, POLICE, "signing", 1))
    triage_and_share(house, late)
    with working(house.runtime, POLICE) as ctx:
        grants = ctx.session.scalars(
            select(ItemGrant).where(ItemGrant.case_id == late, ItemGrant.form == "hpke")
        ).all()
    assert {grant.signing_version for grant in grants} == {2}
    assert {grant.key_version for grant in grants if grant.granted_to == PSYCHIATRY} == {2}
    house.run_jobs()
    retire(house.runtime, POLICE, "signing", 1)
    retire(house.runtime, PSYCHIATRY, "receiving", 1)
    with live_in(house.database, house.runtime.config.home) as fresh:
        for case_id in (early, late):
            assert name_of(fresh, "psykiatri.midt", case_id) == "Asger Fjeldgaard Prøvesen"


def test_a_rotated_kek_wraps_every_key_and_the_old_one_is_destroyed_when_no_backup_needs_it(
    house: House,
) -> None:
    case_id = refer(house)
    progress = rotate(house.runtime, POLICE, "kek")
    assert (progress.version, progress.done) == (2, 4)
    lines = status(house, POLICE)
    assert (lines["kek", 1].protects, lines["kek", 2].protects) == ((), ((4, "keys"),))
    assert lines["kek", 2].made_at == house.clock.now
    assert "backups of the last 35 days need version 1" in refusal(
        partial(retire, house.runtime, POLICE, "kek", 1)
    )
    house.clock.turn(days=house.runtime.config.backup_days)
    retire(house.runtime, POLICE, "kek", 1)
    assert house.runtime.keys.keystore.versions(POLICE) == (2,)
    with live_in(house.database, house.runtime.config.home) as fresh:
        assert name_of(fresh, "politi.herning", case_id) == "Asger Fjeldgaard Prøvesen"


def test_a_kek_rotation_that_was_killed_before_the_database_knew_of_it_is_taken_up(house: House) -> None:
    house.runtime.keys.keystore.add_version(POLICE)
    progress = rotate(house.runtime, POLICE, "kek")
    assert (progress.version, progress.taken_up, progress.done) == (2, True, 4)


def test_the_index_key_is_not_rotated_like_this(house: House) -> None:
    assert "plaintext" in refusal(partial(rotate, house.runtime, POLICE, "index"))


def test_a_damaged_compartment_is_named_and_stops_nothing(house: House) -> None:
    damaged, whole = refer(house), refer(house, cpr="680385-1235")
    with (
        working(house.runtime, POLICE) as ctx,
        ctx.gate.create(action=Action.KEYS_ROTATE, event=Event.KEYS_ROTATED) as writing,
    ):
        statement = text("UPDATE compartment SET wrapped = '\\x00', entry_id = :entry WHERE case_id = :case")
        ctx.session.execute(statement, {"entry": writing.entry_id, "case": damaged})
    progress = rotate(house.runtime, POLICE, "working")
    assert (progress.done, progress.damaged) == (1, 1)
    assert name_of(house, "politi.herning", whole) == "Asger Fjeldgaard Prøvesen"
    assert "still protects 1 compartments" in refusal(partial(retire, house.runtime, POLICE, "working", 1))


def test_a_planted_public_key_is_not_followed_and_is_on_record_once(house: House) -> None:
    case_id = refer(house)
    alter(
        house,
        "SET session_replication_role = replica",
        "INSERT INTO authority_key (authority_id, purpose, version, kek_version, wrapped, public, public_signature,"
        " created_at, entry_id) SELECT authority_id, purpose, 2, 1, wrapped, public, public_signature, now(), entry_id"
        f" FROM authority_key WHERE authority_id = '{KOMMUNE}' AND purpose = 'receiving'",
    )
    for _ in range(2):
        assert name_of(house, "politi.herning", case_id) == "Asger Fjeldgaard Prøvesen"
    assert "not the one pinned" in (house.runtime.keys.failing or "")
    assert house.runtime.readiness()["keystore"] is False
    with pytest.raises(KeystoreError, match="not the one pinned"):
        Runtime.open(house.runtime.config)
    failures = [entry["outcome"] for entry in entries(house) if entry["event"] == Event.KEYSTORE_FAILED.value]
    assert failures == ["failed", "failed"]  # of the running process, and of the start
