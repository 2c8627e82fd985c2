"""Forums: who has a seat, their meetings, and minutes from draft to sent. No case and no citizen is written of here.

The seats are of the files (`policies/forums/`); who works in a unit with a seat sits on it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from casehub.access.actions import Action
from casehub.access.resources import ForumResource
from casehub.audit import Event, ObjectRef
from casehub.definitions.forums import Forum, Seat, units_of
from casehub.model import ForumApproval, ForumMeeting, Staff, new_id
from casehub.services.checking import Checking
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.forum_views import ForumLine, ForumMeetingLine, ForumMeetingView, ForumView
from casehub.values.text import one_line
from casehub.workflow.calendar import danish_day
from casehub.workflow.minutes import Minutes, MinutesRefused, MinutesState, approve, send, write

T = TypeVar("T")
LONGEST_TEXT = 50_000
LONGEST_PLACE = 200
LIKE_CPR = re.compile(r"(?<!\d)\d{6}[- ]?\d{4}(?!\d)")
NO_CPR = "Teksten ligner et CPR-nummer. Skriv ikke om borgere her: det hører til i sagen."
PLAN_FROM_MONTH = 7  # from then on the plan to come is next year's


@dataclass(frozen=True, slots=True)
class CallInput:
    """The form of a new meeting as typed. `guests`: units invited besides."""

    starts_at: str
    place: str
    agenda: str
    guests: tuple[str, ...] = ()


def list_forums(ctx: Context) -> tuple[ForumLine, ...]:
    """The forums one's unit has a seat in, with their next meeting."""
    ctx.gate.visit(action=Action.FORUM_READ, event=Event.FORUM_READ)
    return tuple(
        _line(ctx, forum)
        for each in ctx.catalogue.forums.values()
        for forum in each
        if ctx.gate.may(Action.FORUM_READ, forum_resource(forum, forum.id))
    )


def read_forum(ctx: Context, *, forum_id: str) -> ForumView:
    """A forum with its meetings, the newest first. NotFound: also for who has no seat."""
    forum = ctx.catalogue.forum(forum_id)
    ctx.gate.visit(action=Action.FORUM_READ, event=Event.FORUM_READ, on=forum_resource(forum, forum_id))
    forum = _there(forum)
    rows = ctx.session.scalars(
        select(ForumMeeting).where(ForumMeeting.forum == forum_id).order_by(ForumMeeting.starts_at.desc())
    ).all()
    return ForumView(
        id=forum.id,
        name=forum.name,
        level=forum.definition.level,
        seats=tuple((_unit(ctx, member.unit), member.role) for member in forum.members),
        chair=f"{forum.chair.role}, {_unit(ctx, forum.chair.unit)}",
        vice_chair=f"{forum.vice_chair.role}, {_unit(ctx, forum.vice_chair.unit)}"
        if forum.vice_chair
        else None,
        secretary=f"{forum.secretary.role}, {_unit(ctx, forum.secretary.unit)}",
        reminders=_reminders(ctx, forum, rows),
        guests=tuple((unit, _unit(ctx, unit)) for unit in _guest_units(ctx, forum)),
        meetings=tuple(
            ForumMeetingLine(row.id, row.starts_at, row.place, _minutes(ctx, forum, row).state.value)
            for row in rows
        ),
        plan_year=plan_year(ctx, forum),
        may_write=ctx.gate.may(Action.FORUM_WRITE, forum_resource(forum, forum_id)),
    )


def call_meeting(ctx: Context, *, forum_id: str, data: CallInput) -> UUID:
    """Call a meeting of the forum; its id. FormRefused, NotFound."""
    forum = ctx.catalogue.forum(forum_id)
    resource = forum_resource(forum, forum_id)
    with ctx.gate.create(action=Action.FORUM_WRITE, event=Event.FORUM_MEETING_CALLED, on=resource) as writing:
        forum = _there(forum)
        check = Checking()
        starts_at = check.moment("starts_at", data.starts_at)
        if starts_at and starts_at < ctx.now:
            check.wrong("starts_at", "Tidspunktet er passeret. Vælg et, der kommer.")
        place = check.value("place", data.place, lambda text: one_line(text, longest=LONGEST_PLACE))
        agenda = open_text(check, "agenda", data.agenda)
        if not set(data.guests) <= set(_guest_units(ctx, forum)):
            check.wrong("guests", "Vælg blandt forummets gæster.")
        check.done()
        meeting = ForumMeeting(
            id=new_id(),
            forum=forum_id,
            authority_id=ctx.actor.authority,
            readers=sorted(forum.authorities),
            guests=sorted({ctx.catalogue.owner_of(unit) for unit in data.guests}),
            starts_at=starts_at,
            place=place,
            agenda=agenda,
            called_by=ctx.actor.staff_id,
            called_at=ctx.now,
            version=0,
        )
        writing.add(meeting)
        writing.objects.append(_ref(meeting))
    return meeting.id


def read_meeting(ctx: Context, *, forum_id: str, meeting_id: UUID) -> ForumMeetingView:
    """A meeting with its minutes, as far as they have come. NotFound."""
    row, resource = _meeting(ctx, forum_id, meeting_id)
    ctx.gate.visit(action=Action.FORUM_READ, event=Event.FORUM_READ, on=resource)
    forum, row = _there(ctx.catalogue.forum(forum_id)), _there(row)
    state = _minutes(ctx, forum, row)
    approvals = _approvals(ctx, row)
    approved = {
        approval.unit_id: ctx.session.get_one(Staff, approval.staff_id).name for approval in approvals
    }
    open_ = state.state is not MinutesState.SENT
    return ForumMeetingView(
        id=row.id,
        forum_id=forum.id,
        forum_name=forum.name,
        starts_at=row.starts_at,
        place=row.place,
        agenda=row.agenda,
        called_by=ctx.session.get_one(Staff, row.called_by).name,
        guests=tuple(ctx.catalogue.authority_name(guest) for guest in row.guests),
        minutes=row.minutes if not open_ or ctx.gate.may(Action.FORUM_READ_DRAFT, resource) else None,
        version=row.version,
        state=state.state.value,
        approved=tuple(f"{approved[seat.unit]}, {seat.role}" for seat in forum.approvers if seat.unit in approved),
        waits_for=tuple(
            f"{seat.role}, {_unit(ctx, seat.unit)}"
            for seat in forum.approvers
            if row.version and seat.unit not in approved
        ),
        sent_at=row.sent_at,
        may_write=open_ and ctx.gate.may(Action.FORUM_WRITE, resource),
        may_approve=state.state is MinutesState.DRAFT
        and ctx.actor.unit not in approved
        and ctx.gate.may(Action.FORUM_APPROVE, resource),
        may_send=state.state is MinutesState.APPROVED and ctx.gate.may(Action.FORUM_WRITE, resource),
    )  # fmt: skip


def write_minutes(ctx: Context, *, forum_id: str, meeting_id: UUID, text: str, version: int) -> None:
    """Write the minutes, or another text of them: nobody has approved it yet. FormRefused, Conflict, NotFound."""
    with _writing(ctx, forum_id, meeting_id, Action.FORUM_WRITE, Event.FORUM_MINUTES_WRITTEN) as (row, state):
        if row.version != version:
            raise Conflict("En anden har skrevet i referatet, siden du åbnede det.")
        check = Checking()
        if row.starts_at > ctx.now:
            check.wrong("text", "Mødet er ikke begyndt endnu.")
        written = open_text(check, "text", text)
        check.done()
        row.version = _do(write, state).version
        row.minutes, row.written_by = written, ctx.actor.staff_id


def approve_minutes(ctx: Context, *, forum_id: str, meeting_id: UUID, version: int) -> None:
    """Approve the minutes from one's seat, as one read them. Conflict (changed meanwhile, or why not), NotFound."""
    with _writing(ctx, forum_id, meeting_id, Action.FORUM_APPROVE, Event.FORUM_MINUTES_APPROVED) as (
        row,
        state,
    ):
        if row.version != version:
            raise Conflict("Referatet er ændret, siden du læste det. Læs det igen.")
        _do(lambda minutes: approve(minutes, ctx.actor.unit), state)
        ctx.session.add(
            ForumApproval(
                id=new_id(),
                meeting_id=row.id,
                version=row.version,
                authority_id=ctx.actor.authority,
                unit_id=ctx.actor.unit,
                staff_id=ctx.actor.staff_id,
                at=ctx.now,
            )
        )


def send_minutes(ctx: Context, *, forum_id: str, meeting_id: UUID) -> None:
    """Send the approved minutes: all with a seat can read them, and they are closed. Conflict (why not), NotFound."""
    with _writing(ctx, forum_id, meeting_id, Action.FORUM_WRITE, Event.FORUM_MINUTES_SENT) as (row, state):
        _do(send, state)
        row.sent_at = ctx.now


def forum_resource(
    forum: Forum | None, forum_id: str, *, guests: Collection[str] = (), written_by: UUID | None = None
) -> ForumResource:
    """A forum, or a meeting of it, as Cedar sees it; a stand-in for one that is not there."""
    if forum is None:
        return ForumResource(forum_id, frozenset(), "", frozenset())
    return ForumResource(
        id=forum_id,
        member_units=frozenset(member.unit for member in forum.members) | frozenset(guests),
        secretary_unit=forum.secretary.unit,
        approver_units=frozenset(seat.unit for seat in forum.approvers),
        written_by=written_by,
    )


def open_text(check: Checking, field: str, text: str, *, required: bool = True) -> str:
    """A text that is not sealed; what looks like a CPR number is refused."""
    written = check.text(field, text, longest=LONGEST_TEXT, required=required)
    if LIKE_CPR.search(written):
        check.wrong(field, NO_CPR)
    return written


def plan_year(ctx: Context, forum: Forum) -> int | None:
    """The year of the coordinated plan that is worked on, if the forum has one."""
    if not forum.definition.plan_sections:
        return None
    return ctx.today.year + (ctx.today.month >= PLAN_FROM_MONTH)


@contextmanager
def _writing(
    ctx: Context, forum_id: str, meeting_id: UUID, action: Action, event: Event
) -> Iterator[tuple[ForumMeeting, Minutes]]:
    """A meeting to go on with, locked where it is one's own authority's, and how far its minutes have come."""
    row, resource = _meeting(ctx, forum_id, meeting_id)
    with ctx.gate.create(action=action, event=event, on=resource) as writing:
        row = _there(row)
        if row.authority_id == ctx.actor.authority:
            _hold(ctx, row)
        writing.objects.append(_ref(row))
        yield row, _minutes(ctx, _there(ctx.catalogue.forum(forum_id)), row)


def _hold(ctx: Context, row: ForumMeeting) -> None:
    """Lock the row as it is now. What was sent out cannot be locked: then it is read as it is."""
    held = select(ForumMeeting).where(ForumMeeting.id == row.id).with_for_update()
    if ctx.session.scalar(held.execution_options(populate_existing=True)) is None:
        ctx.session.refresh(row)


def _meeting(ctx: Context, forum_id: str, meeting_id: UUID) -> tuple[ForumMeeting | None, ForumResource]:
    """The meeting with its resource; the forum's stand-in if there is no such meeting of it."""
    row = ctx.session.scalar(
        select(ForumMeeting).where(ForumMeeting.id == meeting_id, ForumMeeting.forum == forum_id)
    )
    return row, meeting_resource(ctx, forum_id, row)


def meeting_resource(ctx: Context, forum_id: str, row: ForumMeeting | None) -> ForumResource:
    """A meeting as Cedar sees it, its guests among those with a seat; a stand-in for one that is not there."""
    forum = ctx.catalogue.forum(forum_id) if row else None
    if row is None or forum is None:
        return forum_resource(None, forum_id)
    guests = [unit for unit in _guest_units(ctx, forum) if ctx.catalogue.owner_of(unit) in row.guests]
    return forum_resource(forum, forum_id, guests=guests, written_by=row.written_by)


def _minutes(ctx: Context, forum: Forum, row: ForumMeeting) -> Minutes:
    return Minutes(
        approvers=frozenset(seat.unit for seat in forum.approvers),
        version=row.version,
        approved=frozenset(approval.unit_id for approval in _approvals(ctx, row)),
        sent=row.sent_at is not None,
    )


def _approvals(ctx: Context, row: ForumMeeting) -> tuple[ForumApproval, ...]:
    """Of the text as it is."""
    return tuple(
        ctx.session.scalars(
            select(ForumApproval).where(
                ForumApproval.meeting_id == row.id, ForumApproval.version == row.version
            )
        )
    )


def _do(act: Callable[[Minutes], Minutes], minutes: Minutes) -> Minutes:
    try:
        return act(minutes)
    except MinutesRefused as refused:
        raise Conflict(refused.reason) from refused


def _line(ctx: Context, forum: Forum) -> ForumLine:
    coming = select(func.min(ForumMeeting.starts_at)).where(
        ForumMeeting.forum == forum.id, ForumMeeting.starts_at > ctx.now
    )
    return ForumLine(
        forum.id, forum.name, forum.definition.level, ctx.session.scalar(coming), plan_year(ctx, forum)
    )


def _guest_units(ctx: Context, forum: Forum) -> tuple[str, ...]:
    organisation = ctx.catalogue.current.organisation
    return tuple(
        unit.unit
        for guest in forum.definition.guests
        for unit in units_of(organisation, Seat(guest.authority_kind, guest.unit_kind, ""), None)
    )


def _reminders(ctx: Context, forum: Forum, rows: Sequence[ForumMeeting]) -> tuple[str, ...]:
    """Guests who have not been invited as often this year as they are to be."""
    year = ctx.today.year
    told = []
    for unit in _guest_units(ctx, forum):
        authority = ctx.catalogue.owner_of(unit)
        kind = ctx.catalogue.authority_kind(authority)
        wanted = next(each.per_year for each in forum.definition.guests if each.authority_kind == kind)
        invited = sum(authority in row.guests and danish_day(row.starts_at).year == year for row in rows)
        if invited < wanted:
            name = ctx.catalogue.authority_name(authority)
            told.append(
                f"{name} skal deltage {wanted} gang om året og er inviteret {invited} gange i {year}."
            )
    return tuple(told)


def _unit(ctx: Context, unit: str) -> str:
    names = (ctx.catalogue.unit_name(unit), ctx.catalogue.authority_name(ctx.catalogue.owner_of(unit)))
    return ", ".join(dict.fromkeys(names))


def _ref(row: ForumMeeting) -> ObjectRef:
    return ObjectRef("forum_meeting", str(row.id), None, row.authority_id)


def _there(found: T | None) -> T:
    """What Cedar has said is there: a policy that permits the unknown would be a defect."""
    if found is None:
        raise LookupError("an act on nothing was permitted")
    return found
