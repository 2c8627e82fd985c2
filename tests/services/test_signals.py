"""Signals against planted logs: each rule finds what it says and no more, once, and what is found can be followed up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from casehub.audit import Outcome
from casehub.model import new_id
from casehub.services import reviews, signals
from casehub.services.desk_views import SignalView
from casehub.services.errors import Conflict, NotFound
from tests.house import START, House
from tests.services.planted import entry, plant
from tests.services.scenes import POLICE, entries_of, look, open_case, read, refer, rows, system

REVIEWER = "kontrol.politi"
MORNING = START - timedelta(hours=1)  # a Tuesday, eight o'clock in Denmark
NIGHT = START.replace(hour=1)
SATURDAY = START - timedelta(days=3)


def find(house: House, authority: str = POLICE) -> int:
    with house.runtime.work(system(house, authority)) as ctx:
        return signals.find_signals(ctx)


def shown(house: House, login: str = REVIEWER) -> tuple[SignalView, ...]:
    with house.work(login) as ctx:
        return signals.list_signals(ctx)


def of(house: House, title: str) -> list[SignalView]:
    return [view for view in shown(house) if view.title.startswith(title)]


def minutes(number: int, begin: datetime = MORNING) -> list[datetime]:
    return [begin + timedelta(minutes=each) for each in range(number)]


def test_look_ups_that_nothing_explains_are_found_and_those_that_something_does_are_not(house: House) -> None:
    case_id = open_case(house)
    plant(
        house, [entry(house, "politi.herning", at, case=case_id) for at in minutes(5)]
    )  # a contact of the case
    plant(house, [entry(house, "politi.skive", at) for at in minutes(2)])
    find(house)
    assert of(house, "Opslag uden en opgave") == []
    ids = plant(house, [entry(house, "politi.skive", MORNING + timedelta(minutes=40))])
    assert find(house) == 1
    [view] = of(house, "Opslag uden en opgave")
    assert (view.actor, view.count, view.state, view.own, view.may_act) == (
        "Karsten Salling",
        3,
        "new",
        True,
        True,
    )
    assert view.why
    assert view.harmless
    with house.work(REVIEWER) as ctx:
        lines = signals.read_signal(ctx, signal_id=view.id).lines
    assert ids[0] in {line.id for line in lines}
    assert {line.actor for line in lines} == {"Karsten Salling"}


@pytest.mark.parametrize(("number", "apart", "found"), [(12, 5, 1), (11, 1, 0), (12, 6, 0)])
def test_many_citizens_are_counted_as_different_cases_within_the_hour(
    house: House, number: int, apart: int, found: int
) -> None:
    at = [MORNING - timedelta(days=1) + timedelta(minutes=apart * each) for each in range(number)]
    same = new_id()
    plant(house, [entry(house, "politi.skive", each) for each in at])
    plant(house, [entry(house, "politi.herning", each, case=same) for each in at])
    find(house)
    assert [view.actor for view in of(house, "Mange forskellige")] == ["Karsten Salling"] * found


def test_nights_and_weekends_are_outside_working_hours_and_a_day_is_not(house: House) -> None:
    plant(house, [entry(house, "politi.herning", at) for at in minutes(3, NIGHT)])
    plant(house, [entry(house, "politi.skive", at) for at in minutes(3, SATURDAY)])
    plant(house, [entry(house, "tovholder", at) for at in minutes(3)])
    find(house)
    found = {(view.actor, view.day.isoformat()) for view in of(house, "Opslag uden for")}
    assert found == {("Søren Hestbæk", "2026-11-24"), ("Karsten Salling", "2026-11-21")}


def test_a_run_of_refusals_is_found_and_single_ones_are_not(house: House) -> None:
    refused = Outcome.REFUSED
    plant(house, [entry(house, "politi.skive", at, outcome=refused) for at in minutes(5)])
    spread = [MORNING - timedelta(hours=2 * each) for each in range(5)]
    plant(house, [entry(house, "politi.herning", at, outcome=refused) for at in spread])
    find(house)
    assert [(view.actor, view.count) for view in of(house, "En række afviste")] == [("Karsten Salling", 5)]


def test_an_attempt_of_another_authority_is_a_signal_to_those_in_the_case_and_to_nobody_else(
    house: House,
) -> None:
    case_id = refer(house)
    with pytest.raises(NotFound):
        read(house, "kommune.skive", case_id)
    find(house)
    [view] = of(house, "Forsøg fra en anden")
    assert (view.actor, view.authority, view.own) == ("Annelise Furland", "Skive Kommune", False)
    with house.runtime.work(system(house, "psykiatri-midt")) as ctx:
        assert signals.find_signals(ctx) == 0
    assert shown(house, "kontrol.psykiatri-midt") == ()
    # whom the authority does not employ it cannot ask
    with pytest.raises(NotFound), house.work(REVIEWER) as ctx:
        reviews.open_review(ctx, about=reviews.About(signal=view.id))


def test_what_was_found_is_not_found_again_and_grows_with_the_day(house: House) -> None:
    plant(house, [entry(house, "politi.skive", at) for at in minutes(3)])
    [found] = entries_of(house, lambda: find(house))
    assert (found["event"], found["actor"], len(found["objects"])) == ("signal.found", None, 1)
    before = rows(house)
    assert find(house) == 0
    assert rows(house) == before  # not even an entry
    plant(house, [entry(house, "politi.skive", MORNING + timedelta(minutes=50))])
    assert find(house) == 1
    [view] = of(house, "Opslag uden en opgave")
    assert view.count == 4
    assert look(house, "SELECT count(*) FROM log_signal") == [(1,)]


def test_a_signal_is_set_aside_once_and_not_by_the_one_it_is_about(house: House) -> None:
    plant(house, [entry(house, login, at) for login in ("politi.skive", REVIEWER) for at in minutes(3)])
    find(house)
    mine, other = sorted(of(house, "Opslag uden en opgave"), key=lambda view: view.actor != "Ellen Sevel")
    assert (mine.may_act, other.may_act) == (False, True)
    with pytest.raises(NotFound), house.work(REVIEWER) as ctx:
        signals.set_aside(ctx, signal_id=mine.id)
    with house.work(REVIEWER) as ctx:
        signals.set_aside(ctx, signal_id=other.id)
    assert {view.state for view in shown(house) if view.id == other.id} == {"set_aside"}
    for again in (
        lambda ctx: signals.set_aside(ctx, signal_id=other.id),
        lambda ctx: reviews.open_review(ctx, about=reviews.About(signal=other.id)),
    ):
        with pytest.raises(Conflict), house.work(REVIEWER) as ctx:
            again(ctx)


def test_nobody_but_the_system_finds_and_nobody_but_the_own_reviewer_sees(house: House) -> None:
    plant(house, [entry(house, "politi.skive", at) for at in minutes(3)])
    find(house)
    [(signal_id,)] = look(house, "SELECT id FROM log_signal")
    assert isinstance(signal_id, UUID)
    for login in ("politi.skive", "kontrol.herning", "administrator"):
        with pytest.raises(NotFound), house.work(login) as ctx:
            signals.read_signal(ctx, signal_id=signal_id)
        with pytest.raises(NotFound), house.work(login) as ctx:
            signals.find_signals(ctx)
    assert shown(house, "kontrol.herning") == ()
    assert MORNING.tzinfo is UTC
