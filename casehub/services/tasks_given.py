"""Tasks that meetings gave to authorities, as the case page, the meeting and Min dag show them. Opens nothing itself."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.convening import decision_resource, load_meetings
from casehub.access.gate import Reading
from casehub.access.rows import CaseRows, Listing
from casehub.model import Decision, Meeting, MeetingCase
from casehub.services.context import Context
from casehub.services.invitations import meeting_line
from casehub.services.meeting_lines import DecisionLine, DecisionView, MeetingLine


def decision_line(ctx: Context, rows: CaseRows, decision: Decision) -> DecisionLine:
    """A task of a case in a list."""
    open_ = decision.done_at is None
    return DecisionLine(
        id=decision.id,
        case_id=rows.case.id,
        case_number=rows.case.number,
        owner=ctx.catalogue.authority_name(decision.owner_authority),
        due_at=decision.due_at,
        overdue=open_ and decision.due_at < ctx.now,
        done_at=decision.done_at,
        may_complete=open_
        and ctx.gate.may(Action.DECISION_COMPLETE, decision_resource(rows.resource(), decision)),
    )


def case_decisions(ctx: Context, reading: Reading) -> tuple[DecisionView, ...]:
    """The tasks of a case that was read, with the texts that were opened, by deadline."""
    wanted = select(Decision).where(Decision.case_id == reading.rows.case.id)
    found = ctx.session.scalars(wanted.order_by(Decision.due_at, Decision.id)).all()
    return tuple(_view(ctx, reading.rows, reading.content, decision) for decision in found)


def case_meetings(ctx: Context, rows: CaseRows) -> tuple[MeetingLine, ...]:
    """The meetings with the case on their agenda that the actor may see, the first first; not those cancelled."""
    on_agenda = select(MeetingCase.meeting_id).where(MeetingCase.case_id == rows.case.id)
    found = load_meetings(ctx.session, Meeting.id.in_(on_agenda) & (Meeting.state != "cancelled"))
    return tuple(
        meeting_line(ctx, meeting)
        for meeting in found
        if ctx.gate.may(Action.MEETING_READ, meeting.resource())
    )


def tasks_given(ctx: Context, listing: Listing) -> tuple[DecisionLine, ...]:
    """The open tasks of the actor's authority in the cases of a list, by deadline."""
    numbers = {case.id: case.number for case in listing.cases}
    wanted = select(Decision).where(
        Decision.owner_authority == ctx.actor.authority,
        Decision.done_at.is_(None),
        Decision.case_id.in_(numbers),
    )
    found: Sequence[Decision] = ctx.session.scalars(wanted.order_by(Decision.due_at, Decision.id)).all()
    return tuple(
        DecisionLine(
            id=row.id,
            case_id=row.case_id,
            case_number=numbers[row.case_id],
            owner=ctx.catalogue.authority_name(row.owner_authority),
            due_at=row.due_at,
            overdue=row.due_at < ctx.now,
            done_at=None,
            may_complete=True,
        )
        for row in found
    )


def _view(
    ctx: Context, rows: CaseRows, content: Mapping[UUID, Mapping[str, str]], decision: Decision
) -> DecisionView:
    opened = content.get(decision.item_id)
    return DecisionView(
        line=decision_line(ctx, rows, decision),
        meeting_id=decision.meeting_id,
        text=opened["text"] if opened else None,
        decided_at=decision.decided_at,
    )
