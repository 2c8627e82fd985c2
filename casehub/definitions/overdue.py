"""What happens around a deadline as data: when to remind of it, and who is told how long after it has passed.

Read from a card or one of its steps (`overdue:`); the defaults stand here. Whoever reminds and escalates reads it; the
moments are counted in `workflow.notices`.
"""

from dataclasses import dataclass
from enum import StrEnum


class SpanUnit(StrEnum):
    """Hours are clock time; days are counted from the deadline's own day, and fall at eight in the morning."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, never negative."""

    amount: int
    unit: SpanUnit


class EscalateTo(StrEnum):
    """Who is told, in the unit whose step it is: the deputy of its contact person, or its leader."""

    DEPUTY = "deputy"
    LEADER = "leader"


@dataclass(frozen=True, slots=True)
class Escalation:
    """`to` is told when the deadline has been passed for `after`."""

    after: Span
    to: EscalateTo


@dataclass(frozen=True, slots=True)
class Overdue:
    """`reminder_before`: how long before the deadline to remind, None: never. `escalate`: in the order of time."""

    reminder_before: Span | None
    escalate: tuple[Escalation, ...]


_BY_DAYS = Overdue(
    reminder_before=Span(1, SpanUnit.WORKING_DAYS),
    escalate=(
        Escalation(Span(1, SpanUnit.WORKING_DAYS), EscalateTo.DEPUTY),
        Escalation(Span(3, SpanUnit.WORKING_DAYS), EscalateTo.LEADER),
    ),
)
_BY_HOURS = Overdue(
    reminder_before=Span(2, SpanUnit.HOURS),
    escalate=(
        Escalation(Span(0, SpanUnit.HOURS), EscalateTo.DEPUTY),
        Escalation(Span(2, SpanUnit.HOURS), EscalateTo.LEADER),
    ),
)


def default_overdue(*, in_hours: bool) -> Overdue:
    """The default for a deadline counted in hours, or in anything longer."""
    return _BY_HOURS if in_hours else _BY_DAYS
