"""When a deadline is told of: a reminder before it, that it is passed, and then those above, one after the other.

Pure functions of the deadline, the card's rule and the case's calendar. What is counted in days falls at the start of a day
in Denmark, when somebody is there to act; hours are clock time.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from casehub.definitions.overdue import EscalateTo, Overdue, Span, SpanUnit
from casehub.workflow.calendar import COPENHAGEN, Calendar, danish_day

START_OF_DAY = time(8)


class NoticeKind(StrEnum):
    """What a deadline is told as; each once for a step and its deadline, in this order."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    DEPUTY = EscalateTo.DEPUTY.value
    LEADER = EscalateTo.LEADER.value


def reminder_at(
    rule: Overdue, *, due_at: datetime | None, ready_at: datetime | None, calendar: Calendar
) -> datetime | None:
    """When to remind; None without a deadline, without a reminder, or if it would come before the task itself.

    `ready_at`: since when it can be done, None while it cannot.
    """
    if due_at is None or rule.reminder_before is None:
        return None
    at = _moved(due_at, rule.reminder_before, -1, calendar)
    return at if (ready_at is None or ready_at < at) and at < due_at else None


def moments_of(
    rule: Overdue, *, due_at: datetime, ready_at: datetime, calendar: Calendar
) -> Iterator[tuple[NoticeKind, datetime]]:
    """Everything that is told of a deadline, and when, in order."""
    if at := reminder_at(rule, due_at=due_at, ready_at=ready_at, calendar=calendar):
        yield NoticeKind.REMINDER, at
    told: tuple[NoticeKind, datetime] | None = (NoticeKind.OVERDUE, due_at)
    while told:
        yield told
        told = next_escalation(rule, due_at=due_at, after=told[0], calendar=calendar)


def next_escalation(
    rule: Overdue, *, due_at: datetime, after: NoticeKind, calendar: Calendar
) -> tuple[NoticeKind, datetime] | None:
    """Who is told next once `after` was told, and when; None if that was the last."""
    levels = [NoticeKind(level.to.value) for level in rule.escalate]
    place = levels.index(after) + 1 if after in levels else 0
    if place == len(levels):
        return None
    return levels[place], max(due_at, _moved(due_at, rule.escalate[place].after, 1, calendar))


def _moved(at: datetime, span: Span, direction: int, calendar: Calendar) -> datetime:
    if span.unit is SpanUnit.HOURS:
        return at.astimezone(UTC) + direction * timedelta(hours=span.amount)
    day = danish_day(at)
    if span.unit is SpanUnit.WORKING_DAYS:
        day = calendar.add_working_days(day, direction * span.amount)
    else:
        day += direction * timedelta(days=span.amount)
    return datetime.combine(day, START_OF_DAY, COPENHAGEN)
