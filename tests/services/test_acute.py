"""An acute case reaches whoever has the duty at once, whatever they chose, and the next if nobody takes it."""

import pytest

from casehub.services import acute, cases, messages
from casehub.services.errors import Conflict, NotFound
from tests.house import House
from tests.jobs.test_tasks import waiting, work_off
from tests.services.scenes import (
    DISTRICT,
    KOMMUNE,
    POLICE,
    SOCIAL,
    entries_of,
    look,
    read,
    refer,
    share,
    system,
    triage,
)

QUEUE = f"authority.{KOMMUNE}"


def told(house: House) -> set[str]:
    query = "SELECT login FROM message JOIN staff ON staff.id = staff_id WHERE kind = 'acute' AND authority_id = %s"
    return {login for (login,) in look(house, query.replace("AND authority", "AND staff.authority"), KOMMUNE)}


def again(house: House) -> None:
    with house.runtime.work(system(house, KOMMUNE)) as ctx:
        acute.tell_acute(ctx)


def share_acute(house: House) -> None:
    with house.work("kommune.herning") as ctx:
        messages.save_choice(ctx, delivery="in_app", quiet_from="00:00", quiet_to="23:59")
    case_id = refer(house, acute=True)
    triage(house, case_id)
    share(house, case_id, SOCIAL, DISTRICT)
    with house.work("tovholder") as ctx:
        assert cases.read_case(ctx, case_id=case_id).contacts[0].name == "Vagttelefon"


def test_the_duty_is_told_in_the_transaction_that_shares_it_and_mailed_in_quiet_hours_too(
    house: House,
) -> None:
    share_acute(house)
    assert ("tell_acute", QUEUE, "todo") in waiting(house)
    work_off(house, QUEUE)
    assert told(house) == {"kommune.herning"}
    mail_at = "SELECT mail_at FROM message WHERE kind = 'acute' AND staff_id = %s"
    assert look(house, mail_at, house.staff["kommune.herning"]) == [(house.clock.now,)]
    house.clock.turn(hours=2)  # nobody took it: the deputy, whom this cast has not, and the leader
    again(house)
    assert told(house) == {"kommune.herning", "kommune.herning.leder"}


def test_a_duty_phone_that_was_answered_spares_those_above_and_stands_in_the_case(house: House) -> None:
    share_acute(house)
    case_id = look(house, "SELECT id FROM cases")[0][0]
    [call] = [call for call in read(house, "tovholder", case_id).acute_calls if call.unit_id == SOCIAL]
    assert call.answered_at is None
    assert read(house, "tovholder", case_id).may_note_answer
    assert not read(house, "kommune.herning", case_id).may_note_answer

    def note() -> None:
        with house.work("tovholder") as ctx:
            acute.note_answer(ctx, case_id=case_id, unit_id=SOCIAL)

    [entry] = entries_of(house, note)
    assert (entry["event"], entry["outcome"]) == ("case.answer_noted", "allowed")
    with pytest.raises(Conflict):
        note()
    with pytest.raises(NotFound), house.work("kommune.herning") as ctx:
        acute.note_answer(ctx, case_id=case_id, unit_id=SOCIAL)
    [call] = [call for call in read(house, "kommune.herning", case_id).acute_calls if call.unit_id == SOCIAL]
    assert call.answered_at == house.clock.now
    house.clock.turn(hours=2)
    again(house)
    assert told(house) == set()


def test_who_takes_it_spares_the_next(house: House) -> None:
    case_id = refer(house, acute=True)
    police = system(house, POLICE)

    def tell() -> set[str]:
        with house.runtime.work(police) as ctx:
            acute.tell_acute(ctx)
        query = "SELECT login FROM message JOIN staff ON staff.id = staff_id WHERE kind = 'acute'"
        return {login for (login,) in look(house, query)}

    assert tell() == {"tovholder"}
    house.clock.turn(minutes=61)
    assert tell() == {"tovholder", "politi.sekretariat.leder"}
    other = refer(house, acute=True)
    tell()
    with house.work("tovholder") as ctx:
        for line in messages.read_messages(ctx):
            messages.open_message(ctx, message_id=line.id)
    before = look(house, "SELECT count(*) FROM message WHERE kind = 'acute'")
    house.clock.turn(minutes=61)
    tell()
    assert look(house, "SELECT count(*) FROM message WHERE kind = 'acute'") == before
    assert case_id != other
