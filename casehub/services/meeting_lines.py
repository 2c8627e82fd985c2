"""A meeting, and a task from one, as a line: for the meetings' own pages, the case page and Min dag. Nothing sealed but one text."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in a list. `confirmed`: one's own statement of confidentiality; None: one is not invited oneself.

    `minutes_due_at`: when minutes that are still missing are due; None: nothing is missing, as far as one sees.
    """

    id: UUID
    network_name: str
    host: str
    starts_at: datetime
    place: str
    state: str
    state_text: str
    confirmed: bool | None
    minutes_due_at: datetime | None
    minutes_overdue: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A task from a meeting, or (`planned`) an action of a plan. Its text stands in the case. `outcome`: how it went, in words."""

    id: UUID
    case_id: UUID
    case_number: str
    owner: str
    due_at: datetime
    overdue: bool
    done_at: datetime | None
    may_complete: bool
    planned: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A task with its text, opened (None: it was not given to the reader's authority)."""

    line: DecisionLine
    text: str | None
    decided_at: datetime
