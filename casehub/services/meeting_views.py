"""What services hand to the doors about meetings: frozen views, never rows, and nothing sealed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from casehub.services.meeting_lines import DecisionLine, MeetingLine
from casehub.services.views import Choice, InformationOptions, ReaderOption


@dataclass(frozen=True, slots=True)
class MeetingsView:
    """The meetings of a person, and the groups they may call one for."""

    coming: tuple[MeetingLine, ...]
    past: tuple[MeetingLine, ...]
    groups: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class CallCase:
    """A case that can be put on the agenda. `due`: it is to be taken up by the proposed day, or has no day."""

    id: UUID
    number: str
    kommune: str
    acute: bool
    meeting_at: datetime | None
    due: bool
    participants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InviteChoice:
    """Someone who can be invited, and which of the cases they will see."""

    staff_id: UUID
    name: str
    title: str
    unit: str
    authority: str
    preselected: bool
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallForm:
    """What a meeting is called from. `invitees` once cases are chosen; the proposed time is local, as a field has it."""

    group: str
    network_name: str
    unit: str
    starts_at: str
    cases: tuple[CallCase, ...]
    invitees: tuple[InviteChoice, ...]


@dataclass(frozen=True, slots=True)
class InviteeView:
    """Someone invited. `confirmed_on_paper`: the host noted the statement for them."""

    staff_id: UUID
    name: str
    title: str
    authority: str
    attended: bool | None
    confirmed_at: datetime | None
    confirmed_on_paper: bool


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What a party brings to a case: its answer in the card, or that it has not answered. `step_id`: the reader's own to give."""

    authority: str
    text: str | None
    step_id: UUID | None


@dataclass(frozen=True, slots=True)
class AgendaView:
    """A case on the agenda. `minutes`: written, ready (by the step `minutes_step`, or by themselves) or waiting (`reasons`)."""

    case_id: UUID
    case_number: str
    kommune: str
    acute: bool
    answers: tuple[AnswerView, ...]
    minutes: str
    minutes_step: UUID | None
    reasons: tuple[str, ...]
    decisions: tuple[DecisionLine, ...]
    may_write: bool


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting page. `statement`: one's own, given or not; None: one is not invited oneself."""

    line: MeetingLine
    minutes_due_at: datetime
    called_by: str
    invitees: tuple[InviteeView, ...]
    agenda: tuple[AgendaView, ...]
    statement: InviteeView | None
    may_run: bool
    group: str


@dataclass(frozen=True, slots=True)
class AgendaForm:
    """The form of what is written of one case of a meeting: minutes, or a decision (with `owners` to choose from)."""

    meeting_id: UUID
    starts_at: datetime
    case_id: UUID
    case_number: str
    own_authority: str
    readers: tuple[ReaderOption, ...]
    purposes: tuple[Choice, ...]
    information: InformationOptions
    owners: tuple[Choice, ...]
