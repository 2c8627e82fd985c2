"""What people change about a step, each act with its one entry, its reason sealed, by whom the card lets and nobody else.

The card of PSP says little of it, so this one says more: see `liberal`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from casehub.definitions.cards import Mover
from casehub.services import day, step_changes
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.views import StepView
from tests.house import House
from tests.services.scenes import (
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    complete,
    entries_of,
    look,
    open_case,
    read,
    refer,
    rows,
    step_of,
    triage,
)

WHY = "Borgeren er indlagt til den 20."
LEADER = "politi.sekretariat.leder"


@pytest.fixture
def liberal(house: House) -> House:
    """A house whose card lets answers be moved, repeated and declared impossible, and the meeting be handed over or added."""
    catalogue = house.runtime.catalogue
    says = {
        "svar": {"may_extend": (Mover.PARTY,), "may_suspend": (Mover.LEADER,), "repeat_limit": 2},
        "moede": {"transferable": True},
        "orientering": {"discretionary": True, "when": ()},
    }
    for sha, card in catalogue._cards.items():
        steps = (replace(step, **says.get(step.key, {})) for step in card.steps)
        catalogue._cards[sha] = replace(card, steps=tuple(steps))
    return house


def step(house: House, case_id: UUID, key: str, whose: str = "", login: str = "tovholder") -> StepView:
    """The latest round of a step, or of one authority's part."""
    return [
        view for view in read(house, login, case_id).steps if view.key == key and whose in view.responsible
    ][-1]


def change(
    house: House, login: str, act: Callable[..., None], case_id: UUID, of: StepView, **own: str
) -> None:
    with house.work(login) as ctx:
        act(ctx, case_id=case_id, step_id=of.id, version=of.version, **{"reason": WHY, **own})


def the_entry(house: House, *arguments: object, **own: str) -> str:
    [entry] = entries_of(house, lambda: change(house, *arguments, **own))  # type: ignore[arg-type]
    assert {ref["kind"] for ref in entry["objects"]} == {"case", "step", "change"}
    assert WHY not in repr(entry)
    return f"{entry['event']} {entry['outcome']}"


def test_a_step_that_cannot_be_done_is_told_apart_and_the_case_goes_on(liberal: House) -> None:
    case_id = open_case(liberal)
    mine = step_of(liberal, "psykiatri.midt", case_id, "svar")
    entry = the_entry(liberal, "psykiatri.midt", step_changes.mark_step_impossible, case_id, mine)
    assert entry == "step.marked_impossible allowed"
    assert step(liberal, case_id, "svar", "Psyk").state == "impossible"
    with liberal.work("psykiatri.midt") as ctx:
        own = step_changes.read_step_changes(ctx, case_id=case_id, step_id=mine.id)
    with liberal.work("tovholder") as ctx:
        theirs = step_changes.read_step_changes(ctx, case_id=case_id, step_id=mine.id)
    assert [(line.what, line.reason) for line in own.history] == [("Noteret som umuligt", WHY)]
    assert [(line.what, line.reason) for line in theirs.history] == [("Noteret som umuligt", None)]
    assert WHY.encode() not in b"".join(
        bytes(row[0]) for row in look(liberal, "SELECT sealed FROM item_version")
    )


def test_deadlines_are_moved_by_whom_the_card_names(liberal: House) -> None:
    case_id = open_case(liberal)
    mine = step_of(liberal, "politi.herning", case_id, "svar")
    assert mine.due_at
    to = f"{mine.due_at + timedelta(days=3):%Y-%m-%d}"
    entry = the_entry(liberal, "politi.herning", step_changes.extend_step, case_id, mine, to=to)
    assert entry == "step.extended allowed"
    moved = step(liberal, case_id, "svar", "Politi")
    assert moved.due_at == mine.due_at + timedelta(days=3)
    with pytest.raises(NotFound):  # not the party whose step it is
        change(liberal, "kommune.herning", step_changes.extend_step, case_id, moved, to="2027-01-01")
    until = f"{liberal.clock.now + timedelta(days=7):%Y-%m-%d}"
    with pytest.raises(NotFound):  # only a leader lets it rest
        change(liberal, "politi.herning", step_changes.suspend_step, case_id, moved, until=until)
    entry = the_entry(liberal, LEADER, step_changes.suspend_step, case_id, moved, until=until)
    assert entry == "step.suspended allowed"
    resting = step(liberal, case_id, "svar", "Politi")
    assert resting.due_at
    assert resting.due_at - moved.due_at == timedelta(days=7)
    assert resting.suspended_until


@pytest.mark.parametrize(
    ("own", "fields"),
    [
        ({"to": "2026-12-24", "reason": ""}, {"reason"}),
        ({"to": "snart"}, {"to"}),
        ({"to": "2026-11-25"}, {"_step"}),  # no later than it is
    ],
)
def test_a_change_that_will_not_do_is_refused_beside_its_field_and_leaves_nothing(
    liberal: House, own: dict[str, str], fields: set[str]
) -> None:
    case_id = open_case(liberal)
    mine = step_of(liberal, "psykiatri.midt", case_id, "svar")
    before = rows(liberal)
    with pytest.raises(FormRefused) as told:
        change(liberal, "psykiatri.midt", step_changes.extend_step, case_id, mine, **own)
    assert set(told.value.errors) == fields
    old = replace(mine, version=mine.version - 1)
    with pytest.raises(Conflict):
        change(liberal, "psykiatri.midt", step_changes.extend_step, case_id, old, to="2026-12-24")
    assert rows(liberal) == before


def test_a_step_is_repeated_and_reopened_beside_what_was_recorded(liberal: House) -> None:
    case_id = open_case(liberal)
    complete(liberal, "psykiatri.midt", case_id, "svar", answer="nothing")
    for act, event, number in (
        (step_changes.repeat_step, "step.repeated", 2),
        (step_changes.reopen_step, "step.reopened", 3),
    ):
        done = step(liberal, case_id, "svar", "Psyk", "psykiatri.midt")
        assert the_entry(liberal, "psykiatri.midt", act, case_id, done) == f"{event} allowed"
        again = step(liberal, case_id, "svar", "Psyk", "psykiatri.midt")
        assert (again.state, again.round) == ("ready", number)
        with pytest.raises(Conflict):  # the earlier round is history
            change(liberal, "psykiatri.midt", step_changes.reopen_step, case_id, done)
        complete(liberal, "psykiatri.midt", case_id, "svar", answer="declines")
    answers = [view.outcome_text for view in read(liberal, "tovholder", case_id).steps if view.key == "svar"]
    assert sorted(filter(None, answers)) == ["Afslår", "Afslår", "Intet at videregive"]


def test_a_step_on_demand_is_added_by_the_tovholder(liberal: House) -> None:
    case_id = open_case(liberal)
    waiting = step(liberal, case_id, "orientering")
    assert waiting.on_demand
    with pytest.raises(NotFound):
        change(liberal, "kommune.herning", step_changes.add_step, case_id, waiting)
    assert the_entry(liberal, "tovholder", step_changes.add_step, case_id, waiting) == "step.added allowed"
    added = step(liberal, case_id, "orientering")
    assert (added.on_demand, added.state) == (False, "ready")


def test_a_step_is_handed_over_and_its_deadline_with_it(liberal: House) -> None:
    case_id = open_case(liberal)
    meeting = step(liberal, case_id, "moede")
    with pytest.raises(NotFound):
        change(liberal, "kommune.herning", step_changes.hand_step_over, case_id, meeting, authority=KOMMUNE)
    for wrong in (POLICE, "skive-kommune", ""):
        with pytest.raises(FormRefused) as told:
            change(liberal, "tovholder", step_changes.hand_step_over, case_id, meeting, authority=wrong)
        assert set(told.value.errors) == {"authority"}
    entry = the_entry(
        liberal, "tovholder", step_changes.hand_step_over, case_id, meeting, authority=PSYCHIATRY
    )
    assert entry == "step.handed_over allowed"
    [(unit,)] = look(liberal, "SELECT responsible_unit FROM step WHERE key = 'moede'")
    assert unit == "psykiatri-midt/distrikt"


def test_a_leader_gives_a_step_to_one_of_their_own_who_can_work_on_it_from_then_on(liberal: House) -> None:
    case_id = open_case(liberal)
    mine = step_of(liberal, "politi.herning", case_id, "svar")
    person = str(liberal.staff["politi.herning-stedfortraeder"])
    with pytest.raises(NotFound):  # not a leader
        change(liberal, "politi.herning", step_changes.assign_step, case_id, mine, staff_id=person)
    other = str(liberal.staff["kommune.herning"])
    with pytest.raises(FormRefused) as told:  # of another authority
        change(liberal, LEADER, step_changes.assign_step, case_id, mine, staff_id=other)
    assert set(told.value.errors) == {"staff"}
    entry = the_entry(liberal, LEADER, step_changes.assign_step, case_id, mine, staff_id=person)
    assert entry == "step.assigned allowed"
    assert step(liberal, case_id, "svar", "Politi", "politi.herning").assigned
    tasks = {}
    for login in ("politi.herning", "politi.herning-stedfortraeder"):
        with liberal.work(login) as ctx:
            tasks[login] = [task.step_id for task in day.read_day(ctx).tasks]
    assert mine.id in tasks["politi.herning-stedfortraeder"]
    assert mine.id not in tasks["politi.herning"]


def test_the_tovholder_reopens_what_ended_the_case(liberal: House) -> None:
    case_id = refer(liberal)
    complete(liberal, "tovholder", case_id, "triage", decision="reject", reason="Hører ikke til.")
    rejected = step(liberal, case_id, "triage")
    with pytest.raises(NotFound):  # whose step it was not
        change(liberal, "politi.herning", step_changes.reopen_step, case_id, rejected)
    assert (
        the_entry(liberal, "tovholder", step_changes.reopen_step, case_id, rejected)
        == "step.reopened allowed"
    )
    assert read(liberal, "tovholder", case_id).state == "referred"
    triage(liberal, case_id)
    with pytest.raises(FormRefused) as told:
        change(liberal, "tovholder", step_changes.reopen_step, case_id, step(liberal, case_id, "triage"))
    assert "taget op" in told.value.errors["_step"]
