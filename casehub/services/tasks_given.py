"""Tasks that meetings and plans gave to authorities, as the case page, the meeting and Min dag show them. Opens nothing itself."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from casehub.access.actions import Action
from casehub.access.convening import decision_resource, load_meetings
from casehub.access.gate import Reading
from casehub.access.rows import CaseRows, ItemRows, Listing, load_case
from casehub.access.writing import Writing
from casehub.model import Decision, Meeting, MeetingCase, new_id
from casehub.services.context import Context
from casehub.services.invitations import meeting_line
from casehub.services.meeting_lines import DecisionLine, DecisionView, MeetingLine
from casehub.workflow.calendar import danish_day, end_of_day

REPEATED_WITHIN_DAYS = 366
OUTCOMES = {"done": "Gennemført", "partly": "Delvist gennemført", "dropped": "Ikke gennemført"}


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
        planned=decision.number is not None,
        outcome=OUTCOMES.get(decision.outcome or "", ""),
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
            planned=row.number is not None,
            outcome="",
        )
        for row in found
    )


def give_actions(writing: Writing, item: ItemRows, actions: Sequence[Mapping[str, str]]) -> None:
    """Make a task of each action of a plan that was sealed as `item`: whose it is, and by when."""
    writing.add(
        *(
            Decision(
                id=new_id(),
                case_id=item.item.case_id,
                item_id=item.item.id,
                number=number,
                owner_authority=action["owner"],
                due_at=end_of_day(date.fromisoformat(action["date"])),
                decided_by=writing.actor.staff_id,
                decided_at=writing.now,
            )
            for number, action in enumerate(actions)
        )
    )


def planned_before(ctx: Context, writing: Writing) -> date | None:
    """The day of the latest plan within twelve months before: of this case, or of another about the same citizen.

    As far as the actor may read that other case and its plan is known to the own authority; else it is not told.
    """
    others = (load_case(ctx.session, case_id, now=ctx.now) for case_id in writing.of_same_citizen())
    readable = [rows.case.id for rows in others if rows and ctx.gate.may(Action.CASE_READ, rows.resource())]
    latest = select(func.max(Decision.decided_at)).where(
        Decision.case_id.in_([writing.case.case.id, *readable]),
        Decision.number.is_not(None),
        Decision.decided_at >= writing.now - timedelta(days=REPEATED_WITHIN_DAYS),
    )
    found = ctx.session.scalar(latest)
    return danish_day(found) if found else None


def actions_of_plans(ctx: Context, reading: Reading) -> tuple[DecisionView, ...]:
    """The actions of the case's plans that can be read, and how each stands."""
    return tuple(view for view in case_decisions(ctx, reading) if view.line.planned and view.text)


def plan_items(rows: CaseRows) -> frozenset[UUID]:
    """The ids of what the case's steps hold: plans are among them, and are opened where their actions are shown."""
    return frozenset(row.evidence_item for row in rows.steps if row.evidence_item)


def _text(decision: Decision, opened: Mapping[str, Any]) -> str:
    """A plan's actions stand in the field of the step that has them."""
    if decision.number is None:
        return str(opened["text"])
    fields = opened["fields"].values()
    actions = next(
        value for value in fields if isinstance(value, list) and value and isinstance(value[0], dict)
    )
    return str(actions[decision.number]["text"])


def _view(
    ctx: Context, rows: CaseRows, content: Mapping[UUID, Mapping[str, Any]], decision: Decision
) -> DecisionView:
    opened = content.get(decision.item_id)
    return DecisionView(
        line=decision_line(ctx, rows, decision),
        text=_text(decision, opened) if opened else None,
        decided_at=decision.decided_at,
    )
