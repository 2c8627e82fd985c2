"""What the jobs do, worked off as a worker does: on their authority's queue, as its system actor, twice as good as once."""

import json

import pytest
from procrastinate import App

from casehub.jobs import queue_of, register
from casehub.jobs.tasks import NODE_QUEUE
from casehub.services import grants
from tests.house import House
from tests.services.scenes import (
    DISTRICT,
    KOMMUNE,
    POLICE,
    PSYCHIATRY,
    SOCIAL,
    alter,
    look,
    open_case,
    read,
    refer,
    share,
    system,
    triage,
)


def work_off(house: House, *queues: str) -> App:
    """A worker that stops when its queues are empty, and starts nothing by the clock."""
    app = house.runtime.make_job_app()
    register(app, house.runtime)
    app.periodic_registry.periodic_tasks.clear()  # the clock stands still
    app.run_worker(
        queues=list(queues),
        wait=False,
        listen_notify=False,
        install_signal_handlers=False,
        delete_jobs="successful",
    )
    return app


def defer(house: House, task: str, queue: str, **arguments: object) -> None:
    house.runtime.jobs.open()
    try:
        house.runtime.jobs.configure_task(task, queue=queue).defer(**arguments)
    finally:
        house.runtime.jobs.close()


def waiting(house: House) -> set[tuple[str, str, str]]:
    return set(look(house, "SELECT task_name, queue_name, status::text FROM procrastinate_jobs"))


def test_sharing_defers_a_job_for_each_receiver_in_its_own_transaction(house: House):
    case_id = refer(house)
    triage(house, case_id)
    share(house, case_id, SOCIAL, DISTRICT)
    receivers = {queue for task, queue, _ in waiting(house) if task == "accept_grants"}
    assert {queue_of(KOMMUNE), queue_of(PSYCHIATRY)} <= receivers


def test_each_receivers_worker_re_wraps_what_it_was_given_and_no_others(house: House):
    case_id = refer(house)
    triage(house, case_id)
    share(house, case_id, SOCIAL, DISTRICT)
    received = (
        "SELECT DISTINCT granted_to FROM item_grant WHERE form = 'compartment' AND granted_by <> granted_to"
    )

    work_off(house, queue_of(KOMMUNE))
    assert look(house, received) == [(KOMMUNE,)]
    assert (queue_of(PSYCHIATRY), "todo") in {(queue, state) for _, queue, state in waiting(house)}

    work_off(house, queue_of(PSYCHIATRY))
    assert {row[0] for row in look(house, received)} == {KOMMUNE, PSYCHIATRY}
    assert read(house, "kommune.herning", case_id).number == read(house, "politi.herning", case_id).number


def test_re_wrapping_twice_changes_nothing(house: House):
    open_case(house)
    count = "SELECT count(*) FROM item_grant"
    before = look(house, count)
    [(case,)] = look(house, "SELECT id::text FROM cases")
    defer(house, "accept_grants", queue_of(KOMMUNE), authority=KOMMUNE, case=case)
    work_off(house, queue_of(KOMMUNE))
    assert look(house, count) == before
    assert waiting(house) & {("accept_grants", queue_of(KOMMUNE), "todo")} == set()


def test_overdue_steps_are_marked_once_by_the_authority_that_must_act(house: House):
    refer(house)
    house.clock.turn(days=10)
    marked = "SELECT key, overdue_at FROM step WHERE overdue_at IS NOT NULL"
    for _ in range(2):
        defer(house, "watch_deadlines", queue_of(KOMMUNE), timestamp=0, authority=KOMMUNE)
        work_off(house, queue_of(KOMMUNE))
    assert look(house, marked) == []

    for _ in range(2):
        defer(house, "watch_deadlines", queue_of(POLICE), timestamp=0, authority=POLICE)
        work_off(house, queue_of(POLICE))
        [(key, first)] = look(house, marked)
        assert (key, first) == ("triage", house.clock.now)
        house.clock.turn(days=0)


def test_a_job_acts_as_the_system_of_its_authority_and_of_no_other(house: House):
    refer(house)
    house.clock.turn(days=10)
    defer(house, "watch_deadlines", queue_of(POLICE), timestamp=0, authority=POLICE)
    work_off(house, queue_of(POLICE))
    [(content,)] = look(
        house, "SELECT convert_from(content, 'UTF8') FROM audit_content ORDER BY entry_id DESC LIMIT 1"
    )
    entry = json.loads(content)
    assert (entry["authority"], entry["actor"]) == (POLICE, None)


def test_the_clock_starts_the_marking_for_every_authority_of_this_node(house: House):
    app = house.runtime.make_job_app()
    register(app, house.runtime)
    clocked = {(task, name): each for (task, name), each in app.periodic_registry.periodic_tasks.items()}
    marking = {name: each for (task, name), each in clocked.items() if task == "watch_deadlines"}
    assert marking.keys() == house.runtime.authorities
    assert {each.cron for each in marking.values()} == {"* * * * *"}
    assert all(each.configure_kwargs["queue"] == queue_of(name) for name, each in marking.items())


def test_a_deadline_and_an_acute_case_pass_by_whatever_waits(house: House):
    app = house.runtime.make_job_app()
    register(app, house.runtime)
    clocked = app.periodic_registry.periodic_tasks
    of_deadlines = {
        each.configure_kwargs["priority"] for (task, _), each in clocked.items() if task == "watch_deadlines"
    }
    of_others = {
        each.configure_kwargs.get("priority", 0)
        for (task, _), each in clocked.items()
        if "tell_acute" not in task
    } - of_deadlines
    assert min(of_deadlines) > max(of_others)

    case_id = refer(house, acute=True)
    triage(house, case_id)
    share(house, case_id, SOCIAL)
    share_key = "SELECT max(priority) FROM procrastinate_jobs WHERE task_name = %s"
    assert look(house, share_key, "tell_acute") > look(house, share_key, "accept_grants")


def test_each_job_receives_what_was_given_in_its_own_case(house: House):
    cases = [refer(house) for _ in range(2)]
    for case_id in cases:
        triage(house, case_id)
        share(house, case_id, SOCIAL)
    arguments = "SELECT DISTINCT args->>'case' FROM procrastinate_jobs WHERE task_name = 'accept_grants' AND queue_name = %s"
    assert {row[0] for row in look(house, arguments, queue_of(KOMMUNE))} == {
        str(case_id) for case_id in cases
    }
    received = "SELECT DISTINCT case_id FROM item_grant WHERE form = 'compartment' AND granted_to = %s"
    with house.runtime.work(system(house, KOMMUNE)) as ctx:
        grants.accept_grants(ctx, cases[0])
    assert look(house, received, KOMMUNE) == [(cases[0],)]


@pytest.mark.parametrize("waits_already", [False, True])
def test_a_job_whose_worker_was_killed_is_given_back_to_its_queue(house: House, waits_already: bool):
    lock = {"queueing_lock": f"watch_deadlines/{POLICE}"}
    jobs = house.runtime.jobs
    jobs.open()
    try:
        jobs.configure_task("watch_deadlines", queue=queue_of(POLICE), **lock).defer(
            timestamp=0, authority=POLICE
        )
        alter(house, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL")
        if waits_already:
            jobs.configure_task("watch_deadlines", queue=queue_of(POLICE), **lock).defer(
                timestamp=1, authority=POLICE
            )
    finally:
        jobs.close()
    defer(house, "take_up_stalled", NODE_QUEUE, timestamp=0)
    work_off(house, NODE_QUEUE)
    assert waiting(house) == {("watch_deadlines", queue_of(POLICE), "todo")}
    work_off(house, queue_of(POLICE))
    assert waiting(house) == set()


def test_what_failed_is_kept_for_thirty_days(house: House):
    for days in (29, 31):
        defer(house, "watch_deadlines", queue_of(POLICE), timestamp=days, authority=POLICE)
        alter(
            house,
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE status = 'todo'",
            f"""UPDATE procrastinate_events SET at = now() - interval '{days} days' WHERE job_id IN
                (SELECT id FROM procrastinate_jobs WHERE args ->> 'timestamp' = '{days}')""",
        )
    defer(house, "prune_jobs", NODE_QUEUE, timestamp=0)
    work_off(house, NODE_QUEUE)
    assert look(house, "SELECT args ->> 'timestamp' FROM procrastinate_jobs") == [("29",)]
