"""What services hand to the doors about the year wheel: frozen views. No case is in any of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.forum_views import SeatLine
from casehub.services.meeting_lines import MeetingLine


@dataclass(frozen=True, slots=True)
class WheelTaskView:
    """A task of the year. `state`: done, overdue, blocked (`reasons`) or ready. `subject`: whose it is. `host`: whose turn.

    `plan_of`: the forum whose coordinated plan is adopted by it.
    """

    id: UUID
    title: str
    obligation: str
    source: str
    subject: str
    cycle: int
    optional: bool
    host: str | None
    due_at: datetime
    state: str
    reasons: tuple[str, ...]
    done_at: datetime | None
    done_by: str | None
    may_complete: bool
    plan_of: str | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month of the year: its tasks, one's own meetings and those of one's forums, each by day."""

    number: int
    tasks: tuple[WheelTaskView, ...]
    meetings: tuple[MeetingLine, ...]
    seats: tuple[SeatLine, ...]


@dataclass(frozen=True, slots=True)
class WheelView:
    """A year. `done` of `all` its tasks that one sees are done."""

    year: int
    months: tuple[MonthView, ...]
    done: int
    all: int
