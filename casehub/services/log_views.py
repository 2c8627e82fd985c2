"""What reading the log hands to the doors: lines and pages of them. No case content is in any of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.views import Choice


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry at the reviewer's desk: who, when, what, why, on which basis, allowed or refused; no case content.

    `reviewable`: by one of the own staff who is not the reader. `own_staff`: who it was, if one of them.

    `cases`: id and number; another's case has its bare id for a number.
    """

    id: UUID
    at: datetime
    actor: str
    authority: str
    unit: str
    event: str
    event_text: str
    cases: tuple[Choice, ...]
    objects: tuple[str, ...]
    purpose: str | None
    basis: str | None
    recipients: tuple[str, ...]
    outcome: str
    outcome_text: str
    policies: tuple[str, ...]
    request_id: str
    reviewable: bool
    own_staff: UUID | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first. `before`: pass it to `read_log` for the next page, None at the end."""

    lines: tuple[LogLine, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class CaseLogPage:
    """A page of a case's access history."""

    case_id: UUID
    case_number: str
    page: LogPage


@dataclass(frozen=True, slots=True)
class LogSearchForm:
    """What the search form offers: own units, events by what they are, outcomes."""

    units: tuple[Choice, ...]
    events: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
