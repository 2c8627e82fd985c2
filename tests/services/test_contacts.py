"""The contact network: kept by the authority's own coordinators, and followed by everything on the next request."""

from datetime import timedelta
from uuid import UUID

import pytest

from casehub.access.actor import Function
from casehub.services import (
    absences,
    contact_network,
    coverage,
    day,
    deadlines,
    duty_phones,
    look_ups,
    posts,
    step_changes,
)
from casehub.services.contact_network import DutyInput
from casehub.services.contact_views import CoverageView, PostView
from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.scenes import POLICE, entries_of, look, open_case, read, refer, step_of, system, triage

KEEPER, OTHER_KEEPER = "politi.sekretariat.leder", "kommune.herning.leder"
STATION, DEPUTY = "politi.herning", "politi.herning-stedfortraeder"
HERNING, SKIVE, GROUP_UNIT = "mvj-politi/herning", "mvj-politi/skive", "mvj-politi/sekretariat"


def post(house: House, unit: str = HERNING, *, login: str = KEEPER, network: str = "psp") -> PostView:
    with house.work(login) as ctx:
        return contact_network.read_post(ctx, network=network, unit_id=unit)


def give(house: House, unit: str, *, to: str, login: str = KEEPER, **changed: str) -> None:
    """Give somebody a duty from today on."""
    network = changed.pop("network", "psp")
    seen = changed.pop("seen", None) or post(house, unit, network=network).seen
    values = {"function": "kontaktperson", "valid_from": "2026-11-24", "valid_to": "", **changed}
    with house.work(login) as ctx:
        data = DutyInput(staff=str(house.staff[to]), seen=seen, **values)
        contact_network.give_duty(ctx, network=network, unit_id=unit, data=data)


def end(house: House, duty_id: UUID, *, login: str = KEEPER, despite_gap: bool = False) -> None:
    """End a duty at once."""
    with house.work(login) as ctx:
        seen = contact_network.read_duty(ctx, duty_id=duty_id).seen
    with house.work(login) as ctx:
        contact_network.change_duty(
            ctx, duty_id=duty_id, valid_to="", seen=seen, at_once=True, despite_gap=despite_gap
        )


def duty_of(house: House, login: str, unit: str = HERNING) -> UUID:
    query = "SELECT id FROM contact_duty WHERE staff_id = %s AND network = 'psp' AND unit_id = %s"
    [(found,)] = look(house, query, house.staff[login], unit)
    return UUID(str(found))


def be_away(house: House, login: str, *, by: str | None = None, last_day: str = "") -> tuple[str, ...]:
    """Note that somebody is away from today on; the units that nobody takes."""
    with house.work(by or login) as ctx:
        data = absences.AbsenceInput(str(house.staff[login]), "2026-11-24", last_day)
        return tuple(cell.unit_id for cell in absences.note_absence(ctx, data=data))


def come_back(house: House, login: str) -> None:
    with house.work(login) as ctx:
        [line] = absences.read_absences(ctx).lines
        absences.end_absence(ctx, absence_id=line.id)


def coverage_of(house: House, login: str) -> CoverageView:
    with house.work(login) as ctx:
        return coverage.read_coverage(ctx)


def test_who_is_given_a_duty_has_it_on_the_next_request_and_not_after_it_ended(house: House) -> None:
    case_id = open_case(house)
    with pytest.raises(NotFound):
        read(house, "politi.skive", case_id)
    [entry] = entries_of(house, lambda: give(house, HERNING, to="politi.skive", seen=post(house).seen))[1:]
    assert (entry["event"], entry["detail"]["unit"]) == ("contact.given", HERNING)
    assert read(house, "politi.skive", case_id).number
    [entry] = entries_of(house, lambda: end(house, duty_of(house, "politi.skive")))[1:]
    assert entry["event"] == "contact.changed"
    with pytest.raises(NotFound):
        read(house, "politi.skive", case_id)


def test_a_duty_to_come_and_one_that_is_over_give_nothing(house: House) -> None:
    case_id = open_case(house)
    give(house, HERNING, to="politi.skive", valid_from="2026-11-26", valid_to="2026-11-27")
    for number, sees in enumerate([False, False, True, True, False]):
        house.clock.turn(days=bool(number))
        if sees:
            assert read(house, "politi.skive", case_id).number
        else:
            with pytest.raises(NotFound):
                read(house, "politi.skive", case_id)


def test_only_the_authoritys_own_coordinators_keep_it_and_nobody_their_own(house: House) -> None:
    seen = post(house).seen
    for login in (STATION, "tovholder", OTHER_KEEPER):
        with pytest.raises(NotFound):
            give(house, HERNING, to="politi.skive", login=login, seen=seen)
    with pytest.raises(FormRefused) as told:
        give(house, HERNING, to=KEEPER, seen=seen)
    assert "dig selv" in told.value.errors["staff"]
    with pytest.raises(FormRefused) as told:
        give(house, HERNING, to="kommune.herning", seen=seen)
    assert told.value.errors == {"staff": "Vælg en af jeres medarbejdere."}
    with pytest.raises(NotFound):  # their own, of another unit
        end(house, duty_of(house, KEEPER, GROUP_UNIT))


def test_of_two_coordinators_the_second_is_told_that_the_first_was_faster(house: House) -> None:
    seen = post(house).seen
    give(house, HERNING, to="politi.skive", seen=seen)
    with pytest.raises(Conflict, match="mens du skrev"):
        give(house, HERNING, to="tovholder", seen=seen)
    with house.work(KEEPER) as ctx, pytest.raises(Conflict):
        contact_network.change_duty(
            ctx, duty_id=duty_of(house, STATION), valid_to="", seen=seen, at_once=True, despite_gap=True
        )
    with pytest.raises(FormRefused):  # the same duty twice
        give(house, HERNING, to="politi.skive")


def test_ending_the_last_contact_warns_of_the_gap_first(house: House) -> None:
    with pytest.raises(FormRefused) as told:
        end(house, duty_of(house, STATION))
    assert "24.11.2026 er der ingen kontaktperson" in told.value.errors["despite_gap"]
    end(house, duty_of(house, STATION), despite_gap=True)
    assert post(house).problem == posts.NOBODY
    assert HERNING in {cell.unit_id for cell in coverage_of(house, KEEPER).missing if cell.network == "psp"}


def test_while_one_is_away_the_deputy_is_the_contact_everywhere(house: House) -> None:
    case_id = open_case(house)
    assert be_away(house, STATION, last_day="2026-11-26") == ()
    away, deputy = house.actor(STATION), house.actor(DEPUTY)
    assert (away.absent, away.contacts) == (True, frozenset())
    assert {each.function for each in deputy.contacts if each.network == "psp"} == {Function.CONTACT}
    with pytest.raises(NotFound):
        read(house, STATION, case_id)
    called = [person for person in read(house, DEPUTY, case_id).contacts if person.unit.endswith("Herning")]
    assert "Camilla Ørnbjerg" in {person.name for person in called}
    assert "Søren Hestbæk" not in {person.name for person in called}
    house.clock.turn(days=3)
    assert read(house, STATION, case_id).number
    assert {each.function for each in house.actor(DEPUTY).contacts} == {Function.DEPUTY}


def test_a_deadline_is_told_to_the_deputy_of_whom_is_away(house: House) -> None:
    case_id = open_case(house)
    be_away(house, STATION)
    house.clock.turn(days=60)
    with house.runtime.work(system(house, POLICE)) as ctx:
        deadlines.watch_deadlines(ctx)
    told = "SELECT DISTINCT login FROM message JOIN staff ON staff.id = staff_id WHERE kind = 'overdue' AND case_id = %s"
    logins = {login for (login,) in look(house, told, case_id)}
    assert DEPUTY in logins
    assert STATION not in logins


def test_a_step_given_to_one_who_is_away_waits_for_the_deputy_meanwhile(house: House) -> None:
    case_id = open_case(house)
    leader = "politi.sekretariat.leder"
    given = step_of(house, leader, case_id, "svar")
    with house.work(leader) as ctx:
        step_changes.assign_step(
            ctx, case_id=case_id, step_id=given.id, version=given.version, staff_id=str(house.staff[STATION]),
            reason="Kender ham.",
        )  # fmt: skip

    def waits_for(login: str) -> bool:
        with house.work(login) as ctx:
            return given.id in {task.step_id for task in day.read_day(ctx).tasks}

    assert [waits_for(login) for login in (STATION, DEPUTY)] == [True, False]
    be_away(house, STATION)
    assert [waits_for(login) for login in (STATION, DEPUTY)] == [False, True]
    with house.work(STATION) as ctx:
        assert day.read_day(ctx).away


def test_coming_back_early_takes_effect_at_once_and_is_told_if_it_was_done_before(house: House) -> None:
    case_id = open_case(house)
    be_away(house, STATION, by=KEEPER)
    with house.work(STATION) as ctx:
        [line] = absences.read_absences(ctx).lines
    come_back(house, STATION)
    assert read(house, STATION, case_id).number
    with house.work(KEEPER) as ctx, pytest.raises(Conflict):
        absences.end_absence(ctx, absence_id=line.id)
    with house.work("politi.skive") as ctx, pytest.raises(NotFound):  # a colleague's is not theirs to end
        absences.end_absence(ctx, absence_id=line.id)


def test_a_tovholder_without_a_deputy_leaves_a_gap_that_is_told(house: House) -> None:
    case_id = refer(house)
    assert GROUP_UNIT in be_away(house, "tovholder")
    [cell] = [
        cell for cell in coverage_of(house, KEEPER).missing
        if (cell.unit_id, cell.network) == (GROUP_UNIT, "psp")
    ]  # fmt: skip
    assert cell.problem == posts.ALL_AWAY
    with pytest.raises(NotFound):
        read(house, "tovholder", case_id)
    come_back(house, "tovholder")
    triage(house, case_id)


def test_absence_is_refused_in_words_beside_the_field(house: House) -> None:
    for values, field in (
        (("2026-11-23", ""), "first_day"),
        (("2026-11-26", "2026-11-25"), "last_day"),
        (("i morgen", ""), "first_day"),
    ):
        with house.work(STATION) as ctx, pytest.raises(FormRefused) as told:
            absences.note_absence(ctx, data=absences.AbsenceInput("", *values))
        assert set(told.value.errors) == {field}
    be_away(house, STATION)
    with house.work(STATION) as ctx, pytest.raises(FormRefused) as told:
        absences.note_absence(ctx, data=absences.AbsenceInput("", "2026-12-01", ""))
    assert "allerede" in told.value.errors["first_day"]


def test_one_sees_the_contacts_of_the_networks_ones_authority_is_in(house: House) -> None:
    police = {name for table in coverage_of(house, STATION).tables for name in table.networks}
    psychiatry = {name for table in coverage_of(house, "psykiatri.midt").tables for name in table.networks}
    bevilling = house.runtime.catalogue.current.networks["bevilling"].name
    assert bevilling in police
    assert bevilling not in psychiatry
    with pytest.raises(NotFound):
        post(house, "herning-kommune/bevillingsnaevn", login="psykiatri.midt", network="bevilling")
    assert post(house, login="psykiatri.midt").duties
    for login in ("kontrol.politi", "administrator"):
        with pytest.raises(NotFound):
            coverage_of(house, login)


def problems(house: House, network: str) -> dict[str, str]:
    missing = coverage_of(house, KEEPER).missing
    return {cell.unit_id: cell.problem or "" for cell in missing if cell.network == network}


def test_what_breaks_the_rule_of_the_networks_file_is_told_in_words(house: House) -> None:
    assert HERNING not in problems(house, "aeresrelateret")
    give(house, HERNING, to="politi.skive", network="aeresrelateret")
    assert problems(house, "aeresrelateret")[HERNING] == "2 kontaktpersoner; reglen er én pr. enhed"
    give(house, HERNING, to="politi.skive", network="beredskab")
    assert HERNING not in problems(house, "beredskab")
    give(house, SKIVE, to="tovholder", network="beredskab")
    assert problems(house, "beredskab")[SKIVE] == "Ikke den samme person alle steder, som reglen siger"
    give(house, HERNING, to="politi.skive")  # no rule there: two are as good as one
    assert HERNING not in problems(house, "psp")


def test_a_gap_is_a_task_until_it_is_filled_and_told_once_as_long_as_the_units_gaps_are_the_same(
    house: House,
) -> None:
    with house.work(KEEPER) as ctx:
        assert not [
            cell for cell in day.read_day(ctx).gaps if (cell.unit_id, cell.network) == (HERNING, "psp")
        ]
    end(house, duty_of(house, STATION), despite_gap=True)
    for _ in range(2):
        with house.runtime.work(system(house, POLICE)) as ctx:
            coverage.tell_gaps(ctx)
    with house.work(KEEPER) as ctx:
        gaps = [cell for cell in day.read_day(ctx).gaps if (cell.unit_id, cell.network) == (HERNING, "psp")]
    assert [cell.problem for cell in gaps] == [posts.NOBODY]
    with house.work(STATION) as ctx:
        assert day.read_day(ctx).gaps == ()  # no coordinator's
    told = "SELECT login, count(DISTINCT source), count(*) FROM message JOIN staff ON staff.id = staff_id WHERE kind = 'gap' GROUP BY 1"
    [(login, gaps_told, messages)] = look(house, told)
    assert (login, gaps_told) == (KEEPER, messages)
    give(house, HERNING, to="politi.skive")
    for _ in range(2):
        with house.runtime.work(system(house, POLICE)) as ctx:
            coverage.tell_gaps(ctx)
    assert look(house, told) == [(KEEPER, messages + 1, messages + 1)]  # what the unit still lacks
    with house.work(KEEPER) as ctx:
        assert not [
            cell for cell in day.read_day(ctx).gaps if (cell.unit_id, cell.network) == (HERNING, "psp")
        ]


def test_the_duty_phone_is_the_coordinators_to_keep_and_stands_in_the_case(house: House) -> None:
    case_id = open_case(house)

    def save(login: str, phone: str, seen: str) -> None:
        with house.work(login) as ctx:
            duty_phones.save_duty_phone(ctx, unit_id=HERNING, phone=phone, seen=seen)

    save(KEEPER, "20304050", "10 00 00 02")
    phones = [
        line.phone for line in read(house, "kommune.herning", case_id).contacts if line.name == "Vagttelefon"
    ]
    assert "20 30 40 50" in phones
    with pytest.raises(Conflict):
        save(KEEPER, "20304051", "10 00 00 02")
    with pytest.raises(FormRefused) as told:
        save(KEEPER, "otte", "20 30 40 50")
    assert set(told.value.errors) == {"phone"}
    for login in (STATION, OTHER_KEEPER):
        with pytest.raises(NotFound):
            save(login, "20304052", "20 30 40 50")


def test_a_deputys_look_up_is_explained_on_days_when_they_stand_in_and_on_no_others(house: House) -> None:
    case_id = refer(house)
    house.clock.turn(days=20)  # nothing else is near: no step, no meeting
    read(house, DEPUTY, case_id)
    house.clock.turn(days=1)
    with house.work(STATION) as ctx:
        absences.note_absence(ctx, data=absences.AbsenceInput("", f"{house.clock.now:%Y-%m-%d}", ""))
    read(house, DEPUTY, case_id)
    with house.work("kontrol.politi") as ctx:
        since = house.clock.now - timedelta(days=2)
        found = look_ups.find_look_ups(ctx, since=since, until=house.clock.now)
    reasons = [each.reason for each in found if each.actor_id == house.staff[DEPUTY]]
    assert reasons == [None, "contact"]
