"""What services hand to the doors about forums: frozen views. No case is in any of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ForumLine:
    """A forum one's unit has a seat in. `plan_year`: whose coordinated plan comes next; None: it has none."""

    id: str
    name: str
    level: str
    next_at: datetime | None
    plan_year: int | None


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A meeting of a forum where one has a seat."""

    id: UUID
    forum_id: str
    forum_name: str
    starts_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class ForumMeetingLine:
    """A meeting of a forum. `state`: of its minutes, in Danish."""

    id: UUID
    starts_at: datetime
    place: str
    state: str


@dataclass(frozen=True, slots=True)
class ForumView:
    """A forum's page. `seats`: (unit and authority, role). `reminders`: guests who have not been invited enough this year.
    `guests`: (unit, name) of those who can be.
    """

    id: str
    name: str
    level: str
    seats: tuple[tuple[str, str], ...]
    chair: str
    vice_chair: str | None
    secretary: str
    reminders: tuple[str, ...]
    guests: tuple[tuple[str, str], ...]
    meetings: tuple[ForumMeetingLine, ...]
    plan_year: int | None
    may_write: bool


@dataclass(frozen=True, slots=True)
class ForumMeetingView:
    """A meeting of a forum. `waits_for`: who has not approved the minutes; `approved`: who has, in words."""

    id: UUID
    forum_id: str
    forum_name: str
    starts_at: datetime
    place: str
    agenda: str
    called_by: str
    guests: tuple[str, ...]
    minutes: str | None
    version: int
    state: str
    approved: tuple[str, ...]
    waits_for: tuple[str, ...]
    sent_at: datetime | None
    may_write: bool
    may_approve: bool
    may_send: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """A coordinated plan. `sections`: (id, heading, text). `missing`: headings without a text, which keep it from being adopted."""

    forum_id: str
    forum_name: str
    year: int
    sections: tuple[tuple[str, str, str], ...]
    missing: tuple[str, ...]
    adopted_at: datetime | None
    adopted_by: str | None
    may_write: bool
