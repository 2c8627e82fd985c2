"""What Min dag shows: frozen views, with nothing sealed in them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.cells import Cell
from casehub.services.forum_views import SeatLine
from casehub.services.meeting_lines import DecisionLine, MeetingLine
from casehub.services.views import ContactView
from casehub.services.wheel_views import WheelTaskView


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A step that waits for the reader; without `step_id`: the case is to be erased."""

    case_id: UUID
    case_number: str
    step_id: UUID | None
    title: str
    effect: str | None
    acute: bool
    optional: bool
    due_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class NewsLine:
    """Something that happened in a case the reader follows, without content."""

    case_id: UUID
    case_number: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RequestLine:
    """An explanation that the reader has been asked for."""

    review_id: UUID
    asked_at: datetime
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class BreachLine:
    """A breach report of the own authority that is not concluded."""

    case_id: UUID
    case_number: str
    breach_id: UUID
    due_at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """Min dag: breach reports to conclude, own tasks by deadline (undated last), what is new, whom to call, `asked`:
    what one is asked to explain, the meetings one is invited to, `given`: tasks that meetings gave one's authority, `wheel`: those of the year wheel,
    `seats`: meetings of one's forums, and `to_approve`: their minutes that wait for one; `gaps`: posts without a contact, for whoever keeps the contacts; `away`: one is noted as away today.
    """

    breaches: tuple[BreachLine, ...]
    tasks: tuple[TaskLine, ...]
    news: tuple[NewsLine, ...]
    contacts: tuple[ContactView, ...]
    asked: tuple[RequestLine, ...] = ()
    meetings: tuple[MeetingLine, ...] = ()
    given: tuple[DecisionLine, ...] = ()
    wheel: tuple[WheelTaskView, ...] = ()
    seats: tuple[SeatLine, ...] = ()
    to_approve: tuple[SeatLine, ...] = ()
    gaps: tuple[Cell, ...] = ()
    away: bool = False
