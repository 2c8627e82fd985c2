"""What the reviewer's desk hands to the doors: frozen views, never rows. No case content is in any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from casehub.services.day_views import RequestLine
from casehub.services.log_views import LogLine
from casehub.services.views import Choice


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal: who, which day, how many entries, and why it is shown. `state`: new, set_aside or in_review.

    `own`: one of the authority's own staff. `may_act`: this reviewer may open a review or set it aside.
    """

    id: UUID
    title: str
    why: str
    harmless: str
    actor: str
    authority: str
    day: date
    count: int
    found_at: datetime
    state: str
    own: bool
    may_act: bool
    review_id: UUID | None
    set_aside_by: str | None
    lines: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many look-ups of a sample's period were left out because of one reason, in Danish."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class SampleView:
    """A draw: what was considered, left out and drawn. `lines` in the order they were drawn."""

    id: UUID
    drawn_by: str
    drawn_at: datetime
    since: datetime
    wanted: int
    considered: int
    eligible: int
    left_out: tuple[LeftOut, ...]
    drawn: int
    lines: tuple[LogLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SamplesView:
    """Draws so far, newest first, and the form's own values."""

    samples: tuple[SampleView, ...]
    size: int
    most: int
    days: int


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A review in a list. `overdue`: past a deadline of its own; `waits`: for what, in Danish."""

    id: UUID
    subject: str
    state: str
    state_text: str
    opened_at: datetime
    opened_by: str
    due_at: datetime
    answer_due_at: datetime | None
    answered_at: datetime | None
    overdue: bool
    waits: str


@dataclass(frozen=True, slots=True)
class ReviewTextView:
    """Something that was written in a review; `what` says what it is, in Danish."""

    what: str
    by: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A review as a reviewer reads it. `outcomes`: what can be concluded; `may_…`: what this reader may do now."""

    line: ReviewLine
    outcome: str | None
    concluded_by: str | None
    closed_by: str | None
    closed_at: datetime | None
    signal_id: UUID | None
    sample_id: UUID | None
    lines: tuple[LogLine, ...]
    texts: tuple[ReviewTextView, ...]
    outcomes: tuple[Choice, ...]
    may_ask: bool
    may_conclude: bool
    may_close: bool
    own_conclusion: bool
    closers: int


@dataclass(frozen=True, slots=True)
class NewReviewView:
    """What a review that is about to be opened is about."""

    subject: str
    lines: tuple[LogLine, ...]
    question: str
    answer_by: date


@dataclass(frozen=True, slots=True)
class OwnAct:
    """What the reader did: when, what, in which cases."""

    at: datetime
    what: str
    cases: tuple[str, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as its receiver reads it: what they did themselves, what is asked, what they answered. Nothing else."""

    review_id: UUID
    due_at: datetime | None
    overdue: bool
    acts: tuple[OwnAct, ...]
    texts: tuple[ReviewTextView, ...]
    may_answer: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """The front page. `to_close`: concluded by another, waiting for this reviewer; `asked`: of the reviewer themself."""

    answered: tuple[ReviewLine, ...]
    to_close: tuple[ReviewLine, ...]
    overdue: tuple[ReviewLine, ...]
    waiting: tuple[ReviewLine, ...]
    signals: tuple[SignalView, ...]
    new_signals: int
    last_sample: datetime | None
    asked: tuple[RequestLine, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of a month. `days`: look-ups on each day; `outcomes`: reviews closed by outcome, in Danish."""

    authority: str
    first: date
    last: date
    look_ups: int
    people: int
    disclosures: int
    refusals: int
    foreign_attempts: int
    searches: int
    samples: int
    signals: Mapping[str, int]
    opened: int
    closed: int
    overdue: int
    outcomes: Mapping[str, int]
    days: tuple[tuple[date, int], ...]
    size: int
    signed: int | None
    witnessed: int | None
