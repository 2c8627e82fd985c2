"""A plan's actions are tasks: on Min dag of whose they are, each with how it went, and told where status is made."""

from uuid import UUID

import pytest

from casehub.services import day, minutes, steps
from casehub.services.errors import Conflict, NotFound
from casehub.services.meeting_lines import DecisionLine
from tests.house import House
from tests.services.scenes import KOMMUNE, PSYCHIATRY, complete, entries, open_case, read, step_of

ACTIONS = [
    {"text": "Finde en bolig", "owner": KOMMUNE, "date": "2026-12-20"},
    {"text": "Besøg hver uge", "owner": PSYCHIATRY, "date": "2026-12-22"},
]
BASIS = "retsplejelov-115-2"


def planned(house: House, *readers: str, **about: object) -> UUID:
    """A case in which the kommune is responsible and made a plan, given to `readers`."""
    case_id = open_case(house, **about)
    for login in ("psykiatri.midt", "kommune.herning", "politi.herning"):
        complete(house, login, case_id, "svar", answer="nothing")
    held = house.clock().date().isoformat()
    complete(house, "tovholder", case_id, "moede", held_on=held, minutes="Enige.", next_meeting="2027-01-20")
    complete(house, "tovholder", case_id, "ansvarlig", party=KOMMUNE)
    step = step_of(house, "kommune.herning", case_id, "handlinger")
    with house.work("kommune.herning") as ctx:
        steps.complete_step(
            ctx,
            case_id=case_id,
            step_id=step.id,
            version=step.version,
            values={"actions": ACTIONS},
            readers=[steps.ReaderChoice(reader, BASIS) for reader in readers],
            purpose="samordning" if readers else "",
            necessity="De skal gøre det." if readers else "",
        )
    return case_id


def given(house: House, login: str) -> list[DecisionLine]:
    with house.work(login) as ctx:
        return list(day.read_day(ctx).given)


def test_each_has_its_own_actions_on_min_dag_and_how_they_went_is_told_where_status_is_made(
    house: House,
) -> None:
    case_id = planned(house, PSYCHIATRY)
    house.run_jobs(PSYCHIATRY)
    [mine], [theirs] = given(house, "kommune.herning"), given(house, "psykiatri.midt")
    assert (mine.planned, mine.due_at.day, theirs.due_at.day) == (True, 20, 22)
    assert given(house, "politi.herning") == []
    shown = {task.line.id: task for task in read(house, "psykiatri.midt", case_id).decisions}
    assert (shown[theirs.id].text, shown[theirs.id].line.may_complete) == ("Besøg hver uge", True)
    assert not shown[mine.id].line.may_complete
    with house.work("kommune.herning") as ctx, pytest.raises(NotFound):
        minutes.complete_decision(ctx, case_id=case_id, decision_id=theirs.id)
    with house.work("psykiatri.midt") as ctx, pytest.raises(Conflict):
        minutes.complete_decision(ctx, case_id=case_id, decision_id=theirs.id, outcome="måske")
    with house.work("psykiatri.midt") as ctx:
        minutes.complete_decision(ctx, case_id=case_id, decision_id=theirs.id, outcome="partly")
    assert given(house, "psykiatri.midt") == []
    step = step_of(house, "kommune.herning", case_id, "status")
    with house.work("kommune.herning") as ctx:
        actions = steps.read_step(ctx, case_id=case_id, step_id=step.id).actions
    assert [(task.text, task.line.outcome) for task in actions] == [
        ("Finde en bolig", ""),
        ("Besøg hver uge", "Delvist gennemført"),
    ]


def test_who_was_not_given_the_plan_reads_none_of_it(house: House) -> None:
    case_id = planned(house)
    assert [task.text for task in read(house, "psykiatri.midt", case_id).decisions] == [None]
    assert read(house, "politi.herning", case_id).decisions == ()


def test_a_plan_made_again_within_twelve_months_for_the_same_citizen_is_flagged(house: House) -> None:
    planned(house)
    assert "plan" not in entries(house)[-1]["detail"]
    house.clock.turn(hours=1)
    again = planned(house)
    assert entries(house)[-1]["detail"]["plan"] == "repeated"
    told = next(step for step in read(house, "kommune.herning", again).steps if step.key == "handlinger")
    assert ("Gentaget plan", "Der blev også lavet en plan 24.11.2026.") in told.evidence
    planned(house, cpr="680385-1234")
    assert "plan" not in entries(house)[-1]["detail"]
