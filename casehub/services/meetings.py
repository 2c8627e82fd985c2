"""Meetings of a network's group: the list, the page, one's own statement of confidentiality, and who was there.

What is written of a case is written in the case (minutes, decisions); what a party discloses, by its notes.
"""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from casehub.access.actions import Action
from casehub.access.convening import MeetingReading, MeetingRows
from casehub.access.resources import MeetingResource
from casehub.access.rows import CaseRows, step_resource
from casehub.audit import Event
from casehub.model import Meeting, MeetingCase, MeetingInvitee, Staff, Step, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.evidence import outcome_text
from casehub.services.invitations import meeting_line, network_name
from casehub.services.meeting_views import (
    AgendaView,
    AnswerView,
    InviteeView,
    MeetingsView,
    MeetingView,
)
from casehub.services.running import Running, load_running
from casehub.services.tasks_given import decision_line
from casehub.services.views import Choice
from casehub.workflow.engine import reasons

KEPT_IN_LIST = timedelta(days=400)
_OVER = "Mødet er i mellemtiden holdt eller aflyst."
_NO_STEP: tuple[str, ...] = ()


def list_meetings(ctx: Context) -> MeetingsView:
    """The meetings one is invited to or calls: those to come, the next first, and those of the last year, newest first."""
    found = ctx.gate.list_meetings(wanted=Meeting.starts_at > ctx.now - KEPT_IN_LIST)
    lines = [meeting_line(ctx, rows) for rows in found]
    coming = tuple(line for line in lines if line.state == "planned")
    past = tuple(line for line in reversed(lines) if line.state != "planned")
    return MeetingsView(coming, past, _groups(ctx))


def read_meeting(ctx: Context, *, meeting_id: UUID) -> MeetingView:
    """A meeting with those of its cases that the reader may read. NotFound: also for who is not invited."""
    reading = ctx.gate.read_meeting(meeting_id=meeting_id)
    meeting, resource = reading.rows.meeting, reading.resource
    views = {row.staff_id: _invitee(ctx, reading.rows, row) for row in reading.rows.invitees}
    agenda = {line.case_id: line for line in reading.rows.agenda}
    return MeetingView(
        line=meeting_line(ctx, reading.rows),
        minutes_due_at=meeting.minutes_due_at,
        called_by=ctx.session.get_one(Staff, meeting.called_by).name,
        invitees=tuple(sorted(views.values(), key=lambda view: (view.authority, view.name))),
        agenda=tuple(_agenda(ctx, reading, rows, agenda[rows.case.id]) for rows in reading.cases),
        statement=views.get(ctx.actor.staff_id) if ctx.actor.staff_id else None,
        may_run=ctx.gate.may(Action.MEETING_RUN, resource),
        group=resource.coordinator_key,
    )


def confirm_confidentiality(ctx: Context, *, meeting_id: UUID) -> None:
    """Give one's own statement of confidentiality; again changes nothing. Conflict (cancelled), NotFound."""
    with ctx.gate.write_meeting(
        action=Action.MEETING_CONFIRM, meeting_id=meeting_id, event=Event.MEETING_CONFIRMED, lock=False
    ) as (_, rows):
        if rows.meeting.state == "cancelled":
            raise Conflict("Mødet er aflyst.")
        _confirm(ctx, rows.invitee(ctx.actor.staff_id))


def hold_meeting(
    ctx: Context, *, meeting_id: UUID, attended: Collection[UUID], on_paper: Collection[UUID] = ()
) -> None:
    """Note that the meeting was held, who was there, and who gave the statement on paper. FormRefused, Conflict, NotFound."""
    with ctx.gate.write_meeting(
        action=Action.MEETING_RUN, meeting_id=meeting_id, event=Event.MEETING_HELD
    ) as (_, rows):
        _require_planned(rows)
        check = Checking()
        if rows.meeting.starts_at > ctx.now:
            check.wrong("attended", "Mødet er ikke begyndt endnu.")
        if not set(attended) & {row.staff_id for row in rows.invitees}:
            check.wrong("attended", "Sæt kryds ved dem, der var til stede.")
        for row in rows.invitees:
            row.attended = row.staff_id in attended
            if row.attended and row.staff_id in on_paper:
                _confirm(ctx, row)
        silent = [
            rows.people[row.staff_id].name
            for row in rows.invitees
            if row.attended and row.confirmed_at is None
        ]
        if silent:
            check.wrong("attended", f"Mangler at bekræfte tavshedspligten: {', '.join(silent)}.")
        check.done()
        rows.meeting.state, rows.meeting.ended_at = "held", ctx.now


def cancel_meeting(ctx: Context, *, meeting_id: UUID) -> None:
    """Cancel a meeting that was not held. Its cases keep their day. Conflict, NotFound."""
    with ctx.gate.write_meeting(
        action=Action.MEETING_RUN, meeting_id=meeting_id, event=Event.MEETING_CANCELLED
    ) as (_, rows):
        _require_planned(rows)
        rows.meeting.state, rows.meeting.ended_at = "cancelled", ctx.now


def _groups(ctx: Context) -> tuple[Choice, ...]:
    """The groups the actor may call a meeting for."""
    keys = sorted(ctx.actor.coordinator_keys)
    return tuple(
        Choice(
            key,
            f"{network_name(ctx, key.partition('/')[0])}, {ctx.catalogue.unit_name(key.partition('/')[2])}",
        )
        for key in keys
        if key.partition("/")[0] in ctx.catalogue.current.networks
        and ctx.gate.may(
            Action.MEETING_CALL, MeetingResource(new_id(), ctx.actor.authority, key, frozenset())
        )
    )


def _require_planned(rows: MeetingRows) -> None:
    if rows.meeting.state != "planned":
        raise Conflict(_OVER)


def _confirm(ctx: Context, row: MeetingInvitee | None) -> None:
    if row is not None and row.confirmed_at is None:
        row.confirmed_at, row.confirmed_by = ctx.now, ctx.actor.staff_id


def _invitee(ctx: Context, rows: MeetingRows, row: MeetingInvitee) -> InviteeView:
    person = rows.people[row.staff_id]
    return InviteeView(
        staff_id=row.staff_id,
        name=person.name,
        title=person.title,
        authority=ctx.catalogue.authority_name(row.authority_id),
        attended=row.attended,
        confirmed_at=row.confirmed_at,
        confirmed_on_paper=row.confirmed_by not in {None, row.staff_id},
    )


def _agenda(ctx: Context, reading: MeetingReading, rows: CaseRows, line: MeetingCase) -> AgendaView:
    running = load_running(ctx, rows)
    minutes, step_id, why_not = _minutes(ctx, rows, running, line)
    cancelled = reading.rows.meeting.state == "cancelled"
    decided = [each for each in reading.rows.decisions if each.case_id == rows.case.id]
    return AgendaView(
        case_id=rows.case.id,
        case_number=rows.case.number,
        kommune=ctx.catalogue.kommune_name(rows.case.kommune),
        acute=rows.case.acute,
        answers=_answers(ctx, rows, running),
        minutes=minutes,
        minutes_step=step_id,
        reasons=why_not,
        decisions=tuple(decision_line(ctx, rows, each) for each in decided),
        may_write=not cancelled and ctx.gate.may(Action.ITEM_WRITE, rows.resource()),
    )


def _answers(ctx: Context, rows: CaseRows, running: Running) -> tuple[AnswerView, ...]:
    """Each party's answer in the card, in the order of its steps."""
    return tuple(
        AnswerView(
            authority=ctx.catalogue.authority_name(row.party),
            text=outcome_text(running.step_of(row), row.outcome) if row.state == "done" else None,
            step_id=row.id if row.state == "ready" and _may_complete(ctx, rows, running, row) else None,
        )
        for row in rows.steps
        if running.step_of(row).effect == "answer"
    )


def _minutes(
    ctx: Context, rows: CaseRows, running: Running, line: MeetingCase
) -> tuple[str, UUID | None, tuple[str, ...]]:
    """Whether there are minutes, the card's step to write them by, and why it cannot be done yet."""
    if line.minutes_item is not None:
        return "written", None, _NO_STEP
    for row in meeting_steps(rows, running):
        if row.state == "waiting":
            return "waiting", None, reasons(running.run, key=row.key, party=row.party)
        return "ready", row.id if _may_complete(ctx, rows, running, row) else None, _NO_STEP
    return "ready", None, _NO_STEP


def meeting_steps(rows: CaseRows, running: Running) -> tuple[Step, ...]:
    """The steps of the card that a meeting is to complete and that are not settled."""
    return tuple(
        row
        for row in rows.steps
        if row.state in {"waiting", "ready"} and running.step_of(row).effect == "meeting"
    )


def _may_complete(ctx: Context, rows: CaseRows, running: Running, row: Step) -> bool:
    step = running.step_of(row)
    resource = step_resource(rows.resource(), row, step)
    return ctx.gate.may(Action.STEP_COMPLETE, resource)
