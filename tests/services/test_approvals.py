"""Two people agree: nobody alone, nobody of another authority, nobody retired, nobody too late; the database holds it too."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from casehub.access.actions import Action
from casehub.audit import Event
from casehub.model import Approval, new_id
from casehub.services import approvals
from casehub.services.erasing_views import ApprovalView
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import KOMMUNE, POLICE, alter, ask, confirm, entries_of, look, system
from tests.story import speak_for, write_entry

ASKS, OTHER = "politi.herning-stedfortraeder", "politi.herning"


def listed(house: House, login: str) -> dict[UUID, ApprovalView]:
    with house.work(login) as ctx:
        return {view.id: view for view in approvals.read_approvals(ctx)}


def state(house: House, approval_id: UUID) -> str:
    [(found,)] = look(house, "SELECT state FROM approval WHERE id = %s", approval_id)
    return str(found)


def test_one_asks_and_another_confirms_and_the_work_uses_it_up_once(house: House) -> None:
    question = ask(house, ASKS)
    mine, theirs = listed(house, ASKS)[question], listed(house, OTHER)[question]
    assert (mine.may_confirm, mine.may_decline, mine.may_withdraw) == (False, False, True)
    assert (theirs.may_confirm, theirs.may_decline, theirs.may_withdraw) == (True, True, False)
    assert theirs.reason == "Borgeren har bedt om det."
    confirm(house, OTHER, question)
    assert state(house, question) == "confirmed"
    assert [use(house), use(house)] == [True, False]
    assert state(house, question) == "done"


def use(house: House) -> bool:
    with (
        house.work(OTHER) as ctx,
        ctx.gate.create(action=Action.CONTACTS_READ, event=Event.CONTACTS_READ) as writing,
    ):
        return approvals.use_confirmed(writing, kind=approvals.Kind.ACCESS_REPORT, subject={"id": "borger"})


@pytest.mark.parametrize("login", [ASKS, "kommune.herning", "kontrol.politi", "administrator"])
def test_nobody_else_confirms_and_the_attempt_is_on_record(house: House, login: str) -> None:
    question = ask(house, ASKS)

    def refused() -> None:
        with pytest.raises(NotFound):
            confirm(house, login, question)

    [entry] = entries_of(house, refused)
    assert (entry["event"], entry["outcome"]) == ("approval.confirmed", "refused")
    assert [ref["id"] for ref in entry["objects"]] == [str(question)]
    assert state(house, question) == "asked"


def test_nobody_takes_back_what_another_asked_for_and_one_question_is_answered_once(house: House) -> None:
    question = ask(house, ASKS)
    with house.work(OTHER) as ctx, pytest.raises(NotFound):
        approvals.withdraw_approval(ctx, approval_id=question)
    with house.work(OTHER) as ctx:
        approvals.decline_approval(ctx, approval_id=question)
    for answer in (approvals.confirm_approval, approvals.decline_approval):
        with house.work(OTHER) as ctx, pytest.raises(Conflict):
            answer(ctx, approval_id=question)
    with house.work(ASKS) as ctx, pytest.raises(Conflict):
        approvals.withdraw_approval(ctx, approval_id=question)
    assert state(house, question) == "declined"


def test_the_same_is_not_asked_for_twice_at_once(house: House) -> None:
    first = ask(house, ASKS)
    with pytest.raises(Conflict):
        ask(house, OTHER)
    assert ask(house, "kommune.herning") != first
    with house.work(ASKS) as ctx:
        approvals.withdraw_approval(ctx, approval_id=first)
    ask(house, OTHER)


def test_a_question_without_a_reason_is_not_asked(house: House) -> None:
    with house.work(ASKS) as ctx, pytest.raises(FormRefused) as refused:
        approvals.ask_approval(ctx, kind=approvals.Kind.ACCESS_REPORT, reason=" ")
    assert set(refused.value.errors) == {"reason"}


def test_what_nobody_answers_in_fourteen_days_expires(house: House) -> None:
    question = ask(house, ASKS)
    house.clock.turn(days=14)
    assert listed(house, OTHER)[question].state == "expired"
    with pytest.raises(Conflict):
        confirm(house, OTHER, question)

    def expire() -> None:
        with house.runtime.work(system(house, POLICE)) as ctx:
            assert approvals.expire_approvals(ctx) == 1
            assert approvals.expire_approvals(ctx) == 0

    assert [entry["event"] for entry in entries_of(house, expire)] == ["approval.expired"]
    assert state(house, question) == "expired"
    ask(house, OTHER)


def test_whoever_asked_must_still_be_in_service(house: House) -> None:
    question = ask(house, ASKS)
    alter(
        house,
        "ALTER TABLE staff DISABLE TRIGGER require_entry",
        f"UPDATE staff SET retired_at = now() WHERE login = '{ASKS}'",
    )
    with pytest.raises(Conflict):
        confirm(house, OTHER, question)
    with pytest.raises(DBAPIError, match="in service"):
        set_state(house, question, "confirmed", by=OTHER)


def set_state(house: House, approval_id: UUID, to: str, *, by: str | None, **others: object) -> None:
    """Around the services, as the node's own login."""
    by_staff = house.staff[by] if by else None
    changed = {"state": to, "answered_by": by_staff, "answered_at": house.clock.now} | others
    with house.runtime.engine.begin() as connection:
        speak_for(connection, POLICE)
        entry = write_entry(connection, POLICE)
        connection.execute(
            update(Approval).where(Approval.id == approval_id).values(**changed, entry_id=entry)
        )


@pytest.mark.parametrize(
    ("to", "by", "why"),
    [
        ("confirmed", ASKS, "two_people"),
        ("declined", ASKS, "two_people"),
        ("withdrawn", OTHER, "two_people"),
        ("confirmed", "kommune.herning", "in service"),
        ("confirmed", "kontrol.politi", "in service"),
        ("confirmed", None, "two_people"),
        ("done", OTHER, "does not become done"),
    ],
)
def test_the_database_refuses_what_breaks_the_rule_of_two(
    house: House, to: str, by: str | None, why: str
) -> None:
    question = ask(house, ASKS)
    with pytest.raises(DBAPIError, match=why):
        set_state(house, question, to, by=by)
    set_state(house, question, "confirmed", by=OTHER)
    with pytest.raises(DBAPIError, match="does not change"):
        set_state(house, question, "done", by="tovholder", answered_at=house.clock.now - timedelta(days=1))
    with pytest.raises(DBAPIError, match="does not become"):
        set_state(house, question, "declined", by=OTHER)


def test_the_database_refuses_a_confirmation_too_late_and_a_question_born_confirmed(house: House) -> None:
    question = ask(house, ASKS)
    house.clock.turn(days=15)
    with pytest.raises(DBAPIError, match="in_time"):
        set_state(house, question, "confirmed", by=OTHER)
    born = "INSERT INTO approval SELECT (jsonb_populate_record(a, :changed)).* FROM approval a WHERE id = :id"
    with house.runtime.engine.begin() as connection:
        speak_for(connection, POLICE)
        changed = {"id": str(new_id()), "state": "confirmed", "answered_by": str(house.staff[OTHER])}
        values = {
            "id": question,
            "changed": json.dumps(changed | {"answered_at": house.clock.now.isoformat()}),
        }
        with pytest.raises(DBAPIError, match="begins by asking"):
            connection.execute(text(born.replace(":changed", "CAST(:changed AS jsonb)")), values)


def test_another_authority_sees_no_question(house: House) -> None:
    ask(house, ASKS)
    assert listed(house, "kommune.herning") == {}
    with house.runtime.engine.begin() as connection:
        speak_for(connection, KOMMUNE)
        assert connection.execute(text("SELECT count(*) FROM approval")).scalar() == 0
