"""What passes a deadline's moments is told once, on record, whoever runs and how often; and nobody's work is disturbed by it.

The referral of a Tuesday morning is to be triaged within two working days, so by Thursday's end: a reminder on Wednesday
at 8, passed at midnight, the deputy on Friday at 8, the leader on the third working day after, Tuesday at 8.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from casehub.services import deadlines, steps
from casehub.workflow.calendar import COPENHAGEN
from tests.house import House
from tests.services.scenes import (
    POLICE,
    PSYCHIATRY,
    alter,
    complete,
    entries_of,
    look,
    open_case,
    read,
    refer,
    step_of,
    system,
)

REMINDER, OVERDUE, DEPUTY, LEADER = (
    ("reminder", datetime(2026, 11, 25, 8, tzinfo=COPENHAGEN)),
    ("overdue", datetime(2026, 11, 26, 23, 59, 59, tzinfo=COPENHAGEN)),
    ("deputy", datetime(2026, 11, 27, 8, tzinfo=COPENHAGEN)),
    ("leader", datetime(2026, 12, 1, 8, tzinfo=COPENHAGEN)),
)
IN_ORDER = [REMINDER, OVERDUE, DEPUTY, LEADER]
A_SECOND = timedelta(seconds=1)


def watch(house: House, authority: str = POLICE) -> int:
    with house.runtime.work(system(house, authority)) as ctx:
        return deadlines.watch_deadlines(ctx)


def told(house: House) -> list[tuple[str, datetime]]:
    return look(house, "SELECT kind, at FROM step_notice ORDER BY id")


def test_each_moment_is_told_when_it_comes_and_not_before(house: House) -> None:
    case_id = refer(house)
    [(step_id,)] = look(house, "SELECT id FROM step WHERE key = 'triage'")
    events = ["step.reminded", "step.overdue", "step.escalated", "step.escalated"]
    for number, ((_, at), event) in enumerate(zip(IN_ORDER, events, strict=True)):
        house.clock.now = at - A_SECOND
        assert entries_of(house, lambda: watch(house)) == []
        house.clock.now = at + A_SECOND
        assert watch(house, PSYCHIATRY) == 0
        left = entries_of(house, lambda: watch(house))
        assert [(entry["event"], entry["actor"], entry["authority"]) for entry in left] == [
            (event, None, POLICE)
        ]
        assert [(ref["kind"], ref["id"], ref["case"]) for ref in left[0]["objects"]] == [
            ("step", str(step_id), str(case_id))
        ]
        assert told(house) == IN_ORDER[: number + 1]
    house.clock.turn(days=100)
    assert entries_of(house, lambda: watch(house)) == []


def test_a_clock_that_jumps_ahead_tells_everything_once_in_order_and_one_that_jumps_back_nothing(
    house: House,
) -> None:
    refer(house)
    house.clock.turn(days=30)
    assert watch(house) == 4
    assert told(house) == IN_ORDER
    house.clock.turn(days=-29, hours=12)
    assert watch(house) == 0
    house.clock.turn(days=60)
    assert watch(house) == 0
    assert told(house) == IN_ORDER


def test_what_was_done_or_moved_meanwhile_is_not_told_of(house: House) -> None:
    done, moved = refer(house), refer(house)
    house.clock.now = REMINDER[1]
    assert watch(house) == 2
    complete(house, "tovholder", done, "triage", decision="reject", reason="Hører ikke til.")
    later = OVERDUE[1] + timedelta(days=7)
    alter(
        house,
        "ALTER TABLE step DISABLE TRIGGER USER",
        f"UPDATE step SET due_at = '{later}' WHERE key = 'triage' AND case_id = '{moved}'",
    )
    house.clock.now = LEADER[1]
    assert watch(house) == 0
    alter(house, "ALTER TABLE step ENABLE TRIGGER USER")
    assert told(house) == [REMINDER, REMINDER]


def test_the_same_deadline_is_never_told_of_twice_whatever_the_step_says(house: House) -> None:
    refer(house)
    house.clock.turn(days=30)
    watch(house)
    again = "UPDATE step SET overdue_at = NULL, next_notice = 'reminder', next_notice_at = due_at"
    alter(house, "ALTER TABLE step DISABLE TRIGGER USER", again, "ALTER TABLE step ENABLE TRIGGER USER")
    watch(house)
    assert told(house) == IN_ORDER


def test_many_workers_at_once_tell_of_each_step_once(house: House) -> None:
    for _ in range(6):
        refer(house)
    house.clock.turn(days=30)
    together = Barrier(3)

    def run() -> int:
        together.wait(10)
        return watch(house)

    def all_of_them() -> None:
        with ThreadPoolExecutor(3) as threads:
            for found in [threads.submit(run) for _ in range(3)]:
                found.result(30)
        watch(house)  # what one had in hand, the others passed by

    left = entries_of(house, all_of_them)
    assert [kind for kind, _ in told(house)].count("overdue") == 6
    assert len(told(house)) == 24
    assert sorted(ref["id"] for entry in left for ref in entry["objects"]) == sorted(
        str(step_id) for (step_id,) in look(house, "SELECT step_id FROM step_notice")
    )
    assert all(entry["objects"] for entry in left)


def test_one_who_is_filling_in_the_form_is_not_overtaken_by_the_mark(house: House) -> None:
    case_id = open_case(house)
    form = step_of(house, "psykiatri.midt", case_id, "svar")
    house.clock.turn(days=60)
    assert watch(house, PSYCHIATRY) == 4
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
        assert entries_of(house, lambda: watch(house, PSYCHIATRY)) == []
        assert held is not None
    assert watch(house, PSYCHIATRY) == 4
