"""Views of what two people must agree on, of slettestop and of erasing. Frozen, as all views."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HoldView:
    """A slettestop that stands: why, since when, and who set it."""

    reason: str
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class OthersErasure:
    """That another authority erased its copy. `decide`: the reader's authority was given something by it."""

    authority: str
    at: datetime
    decide: bool


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Something two people must agree on. `effect`: what confirming does. `state`: asked, confirmed, done, declined,
    withdrawn or expired. `reason` is None once it was erased.
    """

    id: UUID
    title: str
    effect: str
    case_id: UUID | None
    case_number: str | None
    asked_by: str
    asked_at: datetime
    reason: str | None
    state: str
    answered_at: datetime | None
    open_until: datetime
    may_confirm: bool
    may_decline: bool
    may_make: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class ErasureForm:
    """The page about erasing the own copy of a case. `over`: the case has ended. `early`: before its deletion date.
    `asked`: a colleague has asked for it already.
    """

    case_id: UUID
    case_number: str
    own_authority: str
    over: bool
    deletion_on: date | None
    early: bool
    hold: HoldView | None
    asked: bool
