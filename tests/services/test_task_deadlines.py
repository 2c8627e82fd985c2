"""Tasks of meetings, tasks of the year wheel and missing minutes are told of as steps are: each moment once, by whose duty it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID

from casehub.services import meetings, messages, minutes, task_deadlines, wheel
from casehub.workflow.calendar import COPENHAGEN
from tests.house import House
from tests.services.scenes import POLICE, alter, call_meeting, entries_of, look, open_case, system

# due at the end of Friday 18 December 2026: the day before at 8, passed, Monday at 8, Wednesday at 8
DECISION = [
    ("reminder", datetime(2026, 12, 17, 8, tzinfo=COPENHAGEN)),
    ("overdue", datetime(2026, 12, 18, 23, 59, 59, tzinfo=COPENHAGEN)),
    ("deputy", datetime(2026, 12, 21, 8, tzinfo=COPENHAGEN)),
    ("leader", datetime(2026, 12, 23, 8, tzinfo=COPENHAGEN)),
]


def watch(house: House, authority: str = POLICE) -> int:
    with house.runtime.work(system(house, authority)) as ctx:
        return task_deadlines.watch_tasks(ctx)


def told(house: House, about: str) -> list[tuple[str, datetime]]:
    return look(house, "SELECT kind, at FROM task_notice WHERE about = %s ORDER BY id", about)


def decide(house: House, case_id: UUID) -> UUID:
    """The meeting gives the police a task."""
    meeting = call_meeting(house, case_id)
    with house.work("tovholder") as ctx:
        return minutes.write_decision(
            ctx, meeting_id=meeting, case_id=case_id, text="Ring.", owner=POLICE, due_on="2026-12-18"
        )


def recipients(house: House, kind: str) -> set[tuple[str, bool]]:
    query = """SELECT login, message.case_id IS NOT NULL FROM message JOIN staff ON staff.id = staff_id
        JOIN task_notice ON task_notice.id = source WHERE message.kind = %s"""
    return {(login, in_case) for login, in_case in look(house, query, kind)}


def test_a_task_of_a_meeting_is_told_of_when_it_is_time_until_it_is_done(house: House) -> None:
    case_id = open_case(house)
    decision = decide(house, case_id)
    assert watch(house) == 0
    house.clock.now = DECISION[0][1]
    [entry] = entries_of(house, lambda: watch(house))
    assert (entry["event"], entry["actor"]) == ("task.reminded", None)
    assert [(ref["kind"], ref["id"], ref["case"]) for ref in entry["objects"]] == [
        ("decision", str(decision), str(case_id))
    ]
    assert {in_case for _, in_case in recipients(house, "reminder")} == {True}
    house.clock.now = DECISION[2][1]
    assert [entry["event"] for entry in entries_of(house, lambda: watch(house))] == [
        "task.overdue", "task.escalated",
    ]  # fmt: skip
    assert told(house, "decision") == DECISION[:3]
    with house.work("politi.herning") as ctx:
        assert "En frist er overskredet" in {line.text for line in messages.read_messages(ctx)}
    with house.work("politi.herning") as ctx:
        minutes.complete_decision(ctx, case_id=case_id, decision_id=decision)
    house.clock.turn(days=60)
    watch(house)
    assert told(house, "decision") == DECISION[:3]


def test_many_workers_at_once_and_a_clock_that_jumps_tell_each_once_in_order(house: House) -> None:
    decide(house, open_case(house))
    house.clock.now = datetime(2027, 1, 20, 12, tzinfo=COPENHAGEN)
    together = Barrier(4)

    def work() -> int:
        together.wait()
        return sum(watch(house) for _ in range(3))

    with ThreadPoolExecutor(4) as pool:
        counted = sum(each.result() for each in [pool.submit(work) for _ in range(4)])
    assert counted + watch(house) == 4  # what was in hand elsewhere is told of the next time
    assert told(house, "decision") == DECISION


def test_minutes_that_are_missing_are_told_of_until_they_are_written(house: House) -> None:
    case_id = open_case(house)
    meeting = call_meeting(house, case_id, days=1)
    house.clock.turn(days=2)
    me = house.staff["tovholder"]
    with house.work("tovholder") as ctx:
        meetings.hold_meeting(ctx, meeting_id=meeting, attended=[me], on_paper=[me])
    house.clock.turn(days=40)
    watch(house)
    assert [kind for kind, _ in told(house, "meeting")] == ["reminder", "overdue", "deputy", "leader"]
    assert recipients(house, "overdue") == {("tovholder", False)}
    assert recipients(house, "leader") == {("politi.sekretariat.leder", False)}


def test_tasks_of_the_wheel_are_told_of_unless_they_are_held_back(house: House) -> None:
    with house.runtime.work(system(house, POLICE)) as ctx:
        wheel.make_tasks(ctx)
    kept = "obligation = 'tv-overvaagning' AND cycle = 2026"
    alter(house, f"SET session_replication_role = replica; DELETE FROM wheel_task WHERE NOT ({kept})")
    [(due_at,)] = look(house, f"SELECT due_at FROM wheel_task WHERE {kept}")
    house.clock.now = due_at
    house.clock.turn(seconds=1)
    watch(house)
    assert [kind for kind, _ in told(house, "wheel_task")] == ["reminder", "overdue"]
    assert recipients(house, "overdue")
    assert {in_case for _, in_case in recipients(house, "overdue")} == {False}
