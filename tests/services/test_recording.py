"""Every use case leaves exactly one entry that says what was done; if it cannot be written, nothing is done at all."""

from uuid import UUID

import pytest
from psycopg import connect
from sqlalchemy.exc import DBAPIError

from casehub.access import opening
from tests.house import House
from tests.services.acts import ACTS, ELSEWHERE, UNRECORDED, Act, Stage, set_stage, use_cases
from tests.services.scenes import alter, entries, look, rows

RAISE = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no log'; END $$",
)
DEFERRED = """CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON audit_commitment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"""
BLOCKS = {
    "no right to commit to it": ("REVOKE INSERT ON audit_commitment FROM casehub_app",),
    "no right to write it": ("REVOKE INSERT ON audit_content FROM casehub_app",),
    "no right to name its objects": ("REVOKE INSERT ON audit_object FROM casehub_app",),
    "a trigger raises": (
        *RAISE,
        "CREATE TRIGGER refuse BEFORE INSERT ON audit_content FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
    "the commit fails": (
        *RAISE,
        DEFERRED,
    ),
}


def test_no_use_case_is_left_out() -> None:
    assert use_cases() == {act.name for act in ACTS} | UNRECORDED.keys() | ELSEWHERE


def test_every_use_case_leaves_exactly_the_entry_it_should(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = set_stage(house)
    seen = spy(monkeypatch, house)
    for act in ACTS:
        before = entries(house)
        seen.clear()
        do(house, act, stage)
        left = entries(house)[len(before) :]
        assert len(left) == 1, act.name
        assert summary(left[0]) == expected(house, act), act.name
        if act.name != "referrals.create_referral":
            assert {ref["case"] for ref in left[0]["objects"]} <= {None, str(stage.case)}, act.name
        assert bool(seen) == act.opens, act.name
        assert all(recorded for _, recorded in seen), act.name


@pytest.mark.parametrize("block", BLOCKS)
def test_without_an_entry_nothing_is_opened_written_or_returned(
    house: House, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    stage = set_stage(house)
    seen = spy(monkeypatch, house)
    alter(house, *BLOCKS[block])
    nothing_happens(house, stage, seen)


def test_a_log_that_is_locked_lets_nothing_through(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = set_stage(house)
    seen = spy(monkeypatch, house)
    alter(house, f"ALTER DATABASE {house.database.name} SET lock_timeout = '50ms'")
    house.runtime.engine.dispose()
    with connect(house.database.superuser_url) as connection:
        connection.execute("LOCK TABLE audit_commitment IN EXCLUSIVE MODE")
        nothing_happens(house, stage, seen)


def nothing_happens(house: House, stage: Stage, seen: list[tuple[UUID, bool]]) -> None:
    before = rows(house)
    for act in ACTS:
        with pytest.raises(DBAPIError):
            do(house, act, stage)
    assert seen == []
    assert rows(house) == before


def do(house: House, act: Act, stage: Stage) -> object:
    with house.runtime.work(act.actor(house)) as ctx:
        return act.do(ctx, stage)


def spy(monkeypatch: pytest.MonkeyPatch, house: House) -> list[tuple[UUID, bool]]:
    """What is opened, and whether another session could already read an entry that names it: only after COMMIT can it."""
    seen: list[tuple[UUID, bool]] = []
    named = """
        SELECT EXISTS (SELECT FROM audit_object WHERE object_id IN (
            SELECT item_id::text FROM item_version WHERE id = %s UNION SELECT %s) AND entry_id = (
            SELECT max(entry_id::text)::uuid FROM audit_content))"""

    def watched(name: str) -> None:
        really = getattr(opening, name)

        def watching(*args: object, place: opening.Place, **rest: object) -> object:
            [(recorded,)] = look(house, named, place.row_id, str(place.row_id))
            seen.append((place.row_id, recorded))
            return really(*args, place=place, **rest)

        monkeypatch.setattr(opening, name, watching)

    watched("open_item")
    watched("open_stream")
    watched("open_for_authority")
    return seen


def summary(entry: dict[str, object]) -> dict[str, object]:
    objects = entry["objects"]
    assert isinstance(objects, list)
    justification = entry["justification"]
    assert isinstance(justification, list)
    told = {
        key: entry[key]
        for key in ("event", "outcome", "actor", "authority", "recipients", "basis", "purpose")
    }
    return {**told, "kinds": {ref["kind"] for ref in objects}, "justified": len(justification)}


def expected(house: House, act: Act) -> dict[str, object]:
    actor = act.actor(house)
    return {
        "event": act.event,
        "outcome": "allowed",
        "actor": str(actor.staff_id) if actor.staff_id else None,
        "authority": actor.authority,
        "recipients": list(act.recipients),
        "basis": list(act.basis),
        "purpose": act.purpose,
        "kinds": set(act.kinds),
        "justified": act.justified,
    }
