"""When a deadline is told of: on working days at the start of the day, by the clock where it counts hours."""

from datetime import UTC, datetime, timedelta

import pytest

from casehub.definitions.overdue import default_overdue
from casehub.workflow.calendar import COPENHAGEN, Calendar
from casehub.workflow.notices import NoticeKind, next_escalation, reminder_at

CALENDAR = Calendar(saturday_counts=False, closed=("12-24",))
DAYS, HOURS = default_overdue(in_hours=False), default_overdue(in_hours=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN)


@pytest.mark.parametrize(
    ("due", "remind", "deputy", "leader"),
    [
        ("2026-11-26T23:59:59", "2026-11-25T08:00", "2026-11-27T08:00", "2026-12-01T08:00"),
        ("2026-11-30T23:59:59", "2026-11-27T08:00", "2026-12-01T08:00", "2026-12-03T08:00"),  # a Monday
        (
            "2026-12-23T23:59:59",
            "2026-12-22T08:00",
            "2026-12-28T08:00",
            "2026-12-30T08:00",
        ),  # before Christmas
        ("2026-03-31T23:59:59", "2026-03-30T08:00", "2026-04-01T08:00", "2026-04-08T08:00"),  # before Easter
    ],
)
def test_days_are_working_days_and_begin_at_eight(due: str, remind: str, deputy: str, leader: str) -> None:
    found = reminder_at(DAYS, due_at=at(due), ready_at=at("2026-01-01T00:00"), calendar=CALENDAR)
    assert found == at(remind)
    first = next_escalation(DAYS, due_at=at(due), after=NoticeKind.OVERDUE, calendar=CALENDAR)
    assert first == (NoticeKind.DEPUTY, at(deputy))
    second = next_escalation(DAYS, due_at=at(due), after=NoticeKind.DEPUTY, calendar=CALENDAR)
    assert second == (NoticeKind.LEADER, at(leader))
    assert next_escalation(DAYS, due_at=at(due), after=NoticeKind.LEADER, calendar=CALENDAR) is None


def test_hours_are_clock_time_also_at_night_and_over_summer_time() -> None:
    due = at("2026-03-29T04:00").astimezone(UTC)  # two hours before, by the clock on the wall, it was 1:00
    ready = due - timedelta(hours=24)
    assert reminder_at(HOURS, due_at=due, ready_at=ready, calendar=CALENDAR) == due - timedelta(hours=2)
    first = next_escalation(HOURS, due_at=due, after=NoticeKind.OVERDUE, calendar=CALENDAR)
    assert first == (NoticeKind.DEPUTY, due)
    second = next_escalation(HOURS, due_at=due, after=NoticeKind.DEPUTY, calendar=CALENDAR)
    assert second == (NoticeKind.LEADER, due + timedelta(hours=2))


@pytest.mark.parametrize("ready", ["2026-11-25T08:00", "2026-11-26T07:00"])
def test_nobody_is_reminded_of_what_they_are_given_that_very_day(ready: str) -> None:
    due = at("2026-11-26T23:59:59")
    assert reminder_at(DAYS, due_at=due, ready_at=at(ready), calendar=CALENDAR) is None
    assert reminder_at(DAYS, due_at=None, ready_at=at(ready), calendar=CALENDAR) is None
