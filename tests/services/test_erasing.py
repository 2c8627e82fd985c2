"""Erasing a case: two agree, the own copy is gone for good, the others keep theirs, and the log stays whole."""

from collections.abc import Callable
from threading import Thread
from uuid import UUID

import pytest
from psycopg import connect
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from casehub.audit.checking import check_log
from casehub.services import approvals, cases, day, drafts, erasing, log
from casehub.services.errors import CaseErased, Conflict, NotFound
from casehub.transparency.notes import VerifierKey
from tests.house import House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    alter,
    ask_erasure,
    confirm,
    end,
    entries_of,
    look,
    open_case,
    read,
    rows,
    write_note,
)
from tests.story import engine, speak_for, write_entry

ASKS, OTHER = "politi.herning-stedfortraeder", "politi.herning"


@pytest.fixture
def case_id(house: House) -> UUID:
    """A closed case of three authorities, in which each wrote something for another."""
    case_id = open_case(house)
    write_note(house, OTHER, case_id, "Set på stationen.", [(KOMMUNE, "retsplejelov-115-1-2")])
    write_note(house, "kommune.herning", case_id, "Har fået ny bolig.", [(POLICE, "retsplejelov-115-2")])
    house.run_jobs()
    end(house, case_id)
    return case_id


def erase(house: House, case_id: UUID) -> None:
    confirm(house, OTHER, ask_erasure(house, ASKS, case_id))


def is_erased(house: House, login: str, case_id: UUID) -> bool:
    try:
        read(house, login, case_id)
    except CaseErased:
        return True
    return False


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as caught:
        act()
    return caught.value.message


def test_two_who_agree_erase_their_own_copy_and_nobody_elses(house: House, case_id: UUID) -> None:
    with house.work(OTHER) as ctx:
        drafts.save_draft(ctx, path=f"/sager/{case_id}/noter/ny", fields={"text": ["halvt"]})
        number = cases.read_case(ctx, case_id=case_id).number
    question = ask_erasure(house, ASKS, case_id)
    assert not is_erased(house, OTHER, case_id)
    [entry] = entries_of(house, lambda: confirm(house, OTHER, question))
    assert (entry["event"], entry["category"], entry["outcome"]) == ("case.erased", "erasure", "allowed")
    assert entry["recipients"] == [KOMMUNE, PSYCHIATRY]
    assert {ref["kind"] for ref in entry["objects"]} == {
        "case", "approval", "compartment", "consent", "identity", "referral", "necessity", "note", "evidence",
    }  # fmt: skip
    for login in (ASKS, OTHER, "tovholder"):
        assert is_erased(house, login, case_id)
        with house.work(login) as ctx:
            assert cases.list_cases(ctx) == ()
            assert cases.find_known(ctx, network="psp", cpr="670385-1234") == ()
            assert day.read_day(ctx).tasks == ()
    assert left_behind(house, case_id) == (0, 0, 0, 0, 0)
    with house.work("kontrol.politi") as ctx:
        assert any(number == case.text for line in log.read_log(ctx).lines for case in line.cases)


def left_behind(house: House, case_id: UUID) -> tuple[int, ...]:
    """What of the police's is still there: compartments, grants, tokens, drafts, reasons."""
    queries = (
        "SELECT count(*) FROM compartment WHERE wrapped IS NOT NULL AND case_id = %s AND authority_id = %s",
        "SELECT count(*) FROM item_grant WHERE wrapped IS NOT NULL AND case_id = %s AND granted_to = %s",
        "SELECT count(*) FROM index_token WHERE case_id = %s AND authority_id = %s",
        "SELECT count(*) FROM draft WHERE path LIKE '/sager/' || %s || '/%%' AND authority_id = %s",
        "SELECT count(*) FROM approval WHERE reason IS NOT NULL AND case_id = %s AND authority_id = %s",
    )
    return tuple(look(house, query, str(case_id), POLICE)[0][0] for query in queries)


def test_the_others_keep_what_they_were_given_and_are_told(house: House, case_id: UUID) -> None:
    erase(house, case_id)
    view = read(house, "kommune.herning", case_id)
    assert view.identity is not None
    assert {note.text for note in view.notes} == {"Set på stationen.", "Har fået ny bolig."}
    [told] = view.erased_by_others
    assert (told.authority, told.at, told.decide) == ("Midt- og Vestjyllands Politi", house.clock.now, True)
    with house.work("kommune.herning") as ctx:
        assert any("har slettet sin del" in line.text for line in day.read_day(ctx).news)


def test_an_open_case_is_not_erased_and_nobody_does_it_alone(house: House) -> None:
    still_open = open_case(house)
    with pytest.raises(NotFound):
        ask_erasure(house, OTHER, still_open)
    end(house, still_open)
    question = ask_erasure(house, OTHER, still_open)
    for login in (OTHER, "kommune.herning", "politi.skive", "kontrol.politi"):
        with pytest.raises(NotFound):
            confirm(house, login, question)
    assert not is_erased(house, OTHER, still_open)
    confirm(house, ASKS, question)
    assert is_erased(house, OTHER, still_open)
    with pytest.raises(NotFound):
        ask_erasure(house, OTHER, still_open)


def test_a_slettestop_holds_also_when_it_comes_between(house: House, case_id: UUID) -> None:
    question = ask_erasure(house, ASKS, case_id)
    hold(house, "tovholder", case_id)
    assert "slettestop" in refused(lambda: confirm(house, OTHER, question))
    assert "allerede" in refused(lambda: hold(house, OTHER, case_id))
    seen = read(house, OTHER, case_id).hold
    assert seen is not None
    assert (seen.reason, seen.set_by) == ("En klage bliver behandlet.", house.actor("tovholder").name)
    assert read(house, "kommune.herning", case_id).hold is None
    with house.work(ASKS) as ctx:
        erasing.lift_hold(ctx, case_id=case_id)
    with house.work(ASKS) as ctx, pytest.raises(Conflict):
        erasing.lift_hold(ctx, case_id=case_id)
    confirm(house, OTHER, question)
    assert is_erased(house, OTHER, case_id)


def hold(house: House, login: str, case_id: UUID) -> None:
    with house.work(login) as ctx:
        erasing.set_hold(ctx, case_id=case_id, reason="En klage bliver behandlet.")


def test_with_a_slettestop_it_is_not_even_asked_for(house: House, case_id: UUID) -> None:
    hold(house, OTHER, case_id)
    assert "slettestop" in refused(lambda: ask_erasure(house, ASKS, case_id))


def test_what_is_interrupted_erased_nothing(house: House, case_id: UUID) -> None:
    question = ask_erasure(house, ASKS, case_id)
    alter(
        house,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'cut off'; END $$",
        "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON case_erasure DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    before = rows(house)
    with pytest.raises(DBAPIError, match="cut off"):
        confirm(house, OTHER, question)
    assert rows(house) == before
    assert read(house, OTHER, case_id).identity is not None
    alter(house, "DROP TRIGGER refuse ON case_erasure")
    confirm(house, OTHER, question)
    assert is_erased(house, OTHER, case_id)


def test_the_log_stays_whole(house: House, case_id: UUID) -> None:
    erase(house, case_id)
    house.runtime.keep_log()
    signer = house.runtime.log_signer
    assert signer is not None
    superuser: Engine = engine(house.database.superuser_url)
    with superuser.connect() as connection:
        report = check_log(connection, keys=(VerifierKey(signer.origin, signer.public),))
    assert report.findings == ()


def test_a_rotation_at_the_same_moment_does_not_bring_it_back(house: House, case_id: UUID) -> None:
    """The rotation holds the row and wraps it anew; erasing waits for it, and what it destroys stays destroyed."""
    question = ask_erasure(house, ASKS, case_id)
    [(kept,)] = look(
        house, "SELECT wrapped FROM compartment WHERE case_id = %s AND authority_id = %s", case_id, POLICE
    )
    with connect(house.database.superuser_url) as rotating:
        rotating.execute(
            "SELECT FROM compartment WHERE case_id = %s AND authority_id = %s FOR UPDATE", (case_id, POLICE)
        )
        erasing_it = Thread(target=confirm, args=(house, OTHER, question))
        erasing_it.start()
        erasing_it.join(1)
        assert erasing_it.is_alive()
        rotating.commit()
    erasing_it.join(20)
    assert left_behind(house, case_id) == (0, 0, 0, 0, 0)
    with pytest.raises(DBAPIError, match="does not come back"):
        around(
            house,
            POLICE,
            "UPDATE compartment SET wrapped = :it, destroyed_at = NULL, entry_id = :entry WHERE case_id = :case",
            it=kept,
            case=case_id,
        )


def around(house: House, authority: str, statement: str, **values: object) -> int:
    """Around the services, as the node's own login, with an entry; how many rows."""
    with house.runtime.engine.begin() as connection:
        speak_for(connection, authority)
        entry = write_entry(connection, authority)
        return connection.execute(text(statement), {"entry": entry, **values}).rowcount


ERASURE = """INSERT INTO case_erasure (id, case_id, authority_id, approval_id, erased_at, working_version, receiving_version,
    final_on, entry_id) VALUES (gen_random_uuid(), :case, 'mvj-politi', :approval, now(), 1, 1, now(), :entry)"""
DESTROY = (
    "UPDATE compartment SET wrapped = NULL, destroyed_at = now(), entry_id = :entry WHERE case_id = :case"
)
CONFIRM = """UPDATE approval SET state = 'confirmed', answered_by = :by, answered_at = asked_at, entry_id = :entry
    WHERE id = :approval"""


def test_the_database_erases_only_what_two_agreed_on_and_wholly(house: House, case_id: UUID) -> None:
    values = {"case": case_id, "approval": ask_erasure(house, ASKS, case_id), "by": house.staff[OTHER]}
    for statement, why in ((DESTROY, "destroyed by erasing"), (ERASURE, "two of the authority agreed")):
        with pytest.raises(DBAPIError, match=why):
            around(house, POLICE, statement, **values)
    around(house, POLICE, CONFIRM, **values)
    with pytest.raises(DBAPIError, match="leaves no key"):
        around(house, POLICE, ERASURE, **values)
    hold(house, OTHER, case_id)
    with pytest.raises(DBAPIError, match="legal hold stands"):
        around(house, POLICE, ERASURE, **values)
    assert (
        around(house, POLICE, "DELETE FROM index_token WHERE case_id = :case OR :entry IS NULL", case=case_id)
        == 0
    )
    assert not is_erased(house, OTHER, case_id)


GRANT = """INSERT INTO item_grant (id, case_id, item_id, item_version_id, granted_by, granted_to, form, key_version,
    signing_version, wrapped, signature, onward, entry_id)
    SELECT gen_random_uuid(), case_id, item_id, id, authority_id, 'mvj-politi', 'hpke', 1, 1, 'w', 's', false, :entry
    FROM item_version WHERE case_id = :case AND authority_id = 'herning-kommune' LIMIT 1"""


def test_nothing_new_is_kept_for_who_erased(house: House, case_id: UUID) -> None:
    erase(house, case_id)
    with pytest.raises(DBAPIError, match="erased this case"):
        around(house, KOMMUNE, GRANT, case=case_id)


def test_a_case_whose_deletion_date_has_come_is_a_task_and_is_not_erased(house: House) -> None:
    case_id = open_case(house)
    end(house, case_id, deletion_on="2026-11-25")

    def titles(login: str) -> list[str]:
        with house.work(login) as ctx:
            return [task.title for task in day.read_day(ctx).tasks]

    assert titles(OTHER) == []
    house.clock.turn(days=1)
    assert [titles(login) for login in (OTHER, "kommune.herning")] == [["Sagen skal slettes"]] * 2
    erase(house, case_id)
    assert titles(OTHER) == []
    assert titles("kommune.herning") == ["Sagen skal slettes"]


def test_what_expired_or_was_withdrawn_erases_nothing(house: House, case_id: UUID) -> None:
    question = ask_erasure(house, ASKS, case_id)
    house.clock.turn(days=14)
    refused(lambda: confirm(house, OTHER, question))
    again = ask_erasure(house, ASKS, case_id)
    with house.work(ASKS) as ctx:
        approvals.withdraw_approval(ctx, approval_id=again)
    refused(lambda: confirm(house, OTHER, again))
    assert not is_erased(house, OTHER, case_id)
