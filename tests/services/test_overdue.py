"""What passes its deadline is marked once, on record, whoever runs and how often; and nobody's work is disturbed by it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from casehub.services import overdue, steps
from tests.house import House
from tests.services.scenes import (
    POLICE,
    PSYCHIATRY,
    entries_of,
    look,
    open_case,
    read,
    refer,
    step_of,
    system,
)


def mark(house: House, authority: str) -> int:
    with house.runtime.work(system(house, authority)) as ctx:
        return overdue.mark_overdue(ctx)


def marked(house: House) -> list[tuple[str, UUID]]:
    return look(house, "SELECT key, entry_id FROM step WHERE overdue_at IS NOT NULL ORDER BY key")


def test_nothing_is_marked_before_its_time_and_that_leaves_no_trace(house: House) -> None:
    refer(house)
    house.clock.turn(days=2)  # Thursday morning: two working days end tonight
    assert entries_of(house, lambda: mark(house, POLICE)) == []
    assert marked(house) == []


def test_what_is_overdue_is_marked_once_by_the_authority_responsible(house: House) -> None:
    case_id = refer(house)
    house.clock.turn(days=3)
    assert mark(house, PSYCHIATRY) == 0
    left = entries_of(house, lambda: mark(house, POLICE))
    assert [(entry["event"], entry["actor"], entry["authority"]) for entry in left] == [
        ("step.overdue", None, POLICE)
    ]
    [(step_id,)] = look(house, "SELECT id FROM step WHERE key = 'triage'")
    assert [(ref["kind"], ref["id"], ref["case"]) for ref in left[0]["objects"]] == [
        ("step", str(step_id), str(case_id))
    ]
    first = marked(house)
    assert [key for key, _ in first] == ["triage"]
    house.clock.turn(days=1)
    assert entries_of(house, lambda: mark(house, POLICE)) == []
    assert marked(house) == first


def test_two_runs_at_once_mark_each_step_once(house: House) -> None:
    for _ in range(6):
        refer(house)
    house.clock.turn(days=3)
    together = Barrier(2)

    def run() -> int:
        together.wait(10)
        return mark(house, POLICE)

    def both() -> None:
        with ThreadPoolExecutor(2) as threads:
            assert sum(found.result(30) for found in [threads.submit(run) for _ in range(2)]) == 6

    left = entries_of(house, both)
    assert sorted(ref["id"] for entry in left for ref in entry["objects"]) == sorted(
        str(step_id) for (step_id,) in look(house, "SELECT id FROM step WHERE overdue_at IS NOT NULL")
    )
    assert all(entry["objects"] for entry in left)


def test_one_who_is_filling_in_the_form_is_not_overtaken_by_the_mark(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "psykiatri.midt", case_id, "svar")
    house.clock.turn(days=60)
    assert mark(house, PSYCHIATRY) == 1
    with house.work("psykiatri.midt") as ctx:
        steps.complete_step(
            ctx, case_id=case_id, step_id=form.id, version=form.version, values={"answer": "nothing"}
        )
    states = {view.state for view in read(house, "psykiatri.midt", case_id).steps if view.id == form.id}
    assert states == {"done"}


def test_a_step_in_someone_elses_hands_waits_for_the_next_run(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "psykiatri.midt", case_id, "svar")
    house.clock.turn(days=60)
    with house.work("psykiatri.midt") as ctx:
        held = ctx.session.get(steps.Step, form.id, with_for_update=True)
        assert entries_of(house, lambda: mark(house, PSYCHIATRY)) == []
        assert held is not None
    assert mark(house, PSYCHIATRY) == 1
