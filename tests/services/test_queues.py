"""A queue that nobody works off is seen by its administrator and by whoever runs the node, and what failed can be tried again."""

from uuid import UUID

from casehub.services import queues
from casehub.services.administration import read_administration
from casehub.services.queues import QueueView
from tests.house import START, House
from tests.jobs.test_tasks import defer, work_off
from tests.services.scenes import KOMMUNE, POLICE, alter, look, system


def own(house: House) -> QueueView:
    with house.work("administrator") as ctx:
        return read_administration(ctx).queue


def mark(house: House, authority: str) -> None:
    with house.runtime.work(system(house, authority)) as ctx:
        queues.mark_run(ctx)


def test_a_queue_that_stands_still_is_told_with_since_when(house: House) -> None:
    assert (own(house).ran_at, own(house).idle) == (None, True)
    for authority in (POLICE, KOMMUNE):
        mark(house, authority)
    house.clock.turn(minutes=2)
    assert (own(house).ran_at, own(house).idle) == (START, False)
    assert house.runtime.idle_queues() == {}
    mark(house, KOMMUNE)
    house.clock.turn(minutes=2)
    assert own(house).idle
    assert house.runtime.idle_queues() == {POLICE: START}
    assert not house.runtime.readiness()["worker"]
    mark(house, POLICE)
    assert house.runtime.idle_queues() == {}


def test_what_failed_is_tried_again_and_another_authoritys_is_left_alone(house: House) -> None:
    for authority in (POLICE, KOMMUNE):
        defer(house, "accept_grants", f"authority.{authority}", authority=authority, case=str(UUID(int=1)))
    alter(house, "UPDATE procrastinate_jobs SET status = 'failed'")
    defer(house, "watch_deadlines", f"authority.{POLICE}", timestamp=0, authority=POLICE)
    clocked = "UPDATE procrastinate_jobs SET status = 'failed', queueing_lock = 'watch_deadlines' WHERE status = 'todo'"
    alter(house, clocked)
    assert (own(house).waiting, own(house).failed) == (0, 2)
    with house.work("administrator") as ctx:
        assert queues.retry_failed(ctx) == 1
    assert (own(house).waiting, own(house).failed) == (1, 0)
    work_off(house, f"authority.{POLICE}")
    assert look(house, "SELECT queue_name, status::text FROM procrastinate_jobs") == [
        (f"authority.{KOMMUNE}", "failed")
    ]
