"""The year wheel: its tasks are made once each, seen by those they concern, and done in their order."""

from uuid import UUID

import pytest

from casehub.services import day, wheel
from casehub.services.errors import Conflict, NotFound
from casehub.services.wheel_views import WheelTaskView
from tests.house import House
from tests.services.scenes import KOMMUNE, POLICE, entries_of, look, system

SKIVE = "skive-kommune"


def make(house: House, *authorities: str) -> int:
    made = 0
    for authority in authorities or (POLICE, KOMMUNE, SKIVE):
        with house.runtime.work(system(house, authority)) as ctx:
            made += wheel.make_tasks(ctx)
    return made


def tasks(house: House, login: str, year: int) -> list[WheelTaskView]:
    with house.work(login) as ctx:
        page = wheel.read_wheel(ctx, year=year)
    return [task for month in page.months for task in month.tasks]


def task_of(house: House, login: str, year: int, title: str, subject: str) -> WheelTaskView:
    [found] = [
        task for task in tasks(house, login, year) if task.title.startswith(title) and subject in task.subject
    ]
    return found


def complete(house: House, login: str, task_id: UUID) -> None:
    with house.work(login) as ctx:
        wheel.complete_task(ctx, task_id=task_id)


def test_tasks_are_made_once_each_by_the_authority_whose_they_are(house: House) -> None:
    assert [entry["event"] for entry in entries_of(house, lambda: make(house, POLICE))] == ["wheel.made"]
    before = look(house, "SELECT count(*) FROM wheel_task")
    assert entries_of(house, lambda: make(house)) == []  # all of them are the police's
    house.clock.turn(days=1)
    assert make(house) == 0
    assert look(house, "SELECT count(*) FROM wheel_task") == before
    assert look(house, "SELECT min(due_at) >= '2026-11-24' FROM wheel_task") == [(True,)]
    house.clock.turn(days=365)
    assert make(house) > 20


def test_a_task_is_done_by_whose_it_is_and_when_its_time_has_come(house: House) -> None:
    make(house)
    ready = task_of(house, "tovholder", 2026, "Høring i kontaktudvalget", "Kontaktudvalget")
    assert (ready.state, ready.may_complete) == ("ready", True)
    approval = task_of(house, "tovholder", 2026, "Kredsrådet godkender", "Kredsrådet")
    assert approval.state == "blocked"
    assert "»Høring i lokalrådet«" in " ".join(approval.reasons)
    with pytest.raises(Conflict, match="Først skal"):
        complete(house, "tovholder", approval.id)
    complete(house, "tovholder", ready.id)
    with pytest.raises(Conflict, match="allerede"):
        complete(house, "tovholder", ready.id)
    seen = task_of(house, "kommune.skive", 2026, "Høring i kontaktudvalget", "Kontaktudvalget")
    assert (seen.state, seen.done_by, seen.may_complete) == ("done", "Kirsten Damhus", False)
    for login in ("kommune.skive", "politi.skive", "kontrol.politi"):
        with pytest.raises(NotFound):
            complete(house, login, approval.id)
    house.clock.turn(days=60)
    assert task_of(house, "tovholder", 2026, "Kredsrådet godkender", "Kredsrådet").state == "overdue"


def test_one_sees_the_forums_one_has_a_seat_in_and_what_is_reported_there(house: House) -> None:
    make(house)
    seen = {(task.title, task.subject) for task in tasks(house, "kommune.skive", 2026)}
    assert ("Høring i lokalrådet", "Lokalrådet i Skive") in seen
    assert ("Høring i lokalrådet", "Lokalrådet i Herning") not in seen
    assert ("Massiv koordineret værtshuskontrol", "Lokalstation Herning") in seen
    assert tasks(house, "psykiatri.midt", 2026) == []
    with pytest.raises(NotFound):
        tasks(house, "administrator", 2026)


def test_what_waits_for_one_is_on_min_dag(house: House) -> None:
    make(house)
    with house.work("politi.herning") as ctx:
        waiting = {(task.title, task.subject) for task in day.read_day(ctx).wheel}
    assert waiting == {
        ("Massiv koordineret værtshuskontrol", "Lokalstation Herning"),
        ("Høring i lokalrådet", "Lokalrådet i Herning"),
        ("Høring i lokalrådet", "Lokalrådet i Ikast-Brande"),
    }
