"""The meetings a person is invited to, for Min dag and the calendar feed; and how a meeting and a case's card meet.

Ids, times and places; nothing sealed. Reads of these leave no entry of their own: who shows them leaves one.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy import Select, select

from casehub.access.actions import Action
from casehub.access.convening import MeetingRows, load_meetings
from casehub.access.rows import CaseRows
from casehub.access.writing import Writing
from casehub.definitions.networks import Network
from casehub.model import Meeting, MeetingCase, MeetingInvitee
from casehub.services.context import Context
from casehub.services.meeting_lines import MeetingLine
from casehub.workflow.calendar import COPENHAGEN, danish_day

STATES = {"planned": "Indkaldt", "held": "Holdt", "cancelled": "Aflyst"}
USUAL_TIME = time(9, 0)


def invitations_of(ctx: Context, *, since: datetime) -> tuple[MeetingLine, ...]:
    """The meetings from `since` on that the actor is invited to and that are not cancelled, the next first."""
    invited = select(MeetingInvitee.meeting_id).where(MeetingInvitee.staff_id == ctx.actor.staff_id)
    wanted = Meeting.id.in_(invited) & (Meeting.starts_at >= since) & (Meeting.state != "cancelled")
    found = load_meetings(ctx.session, wanted)
    return tuple(
        meeting_line(ctx, rows) for rows in found if ctx.gate.may(Action.MEETING_READ, rows.resource())
    )


def meeting_line(ctx: Context, rows: MeetingRows) -> MeetingLine:
    """A meeting in a list."""
    meeting, mine = rows.meeting, rows.invitee(ctx.actor.staff_id)
    missing = (
        meeting.authority_id == ctx.actor.authority
        and meeting.state == "held"
        and any(line.minutes_item is None for line in rows.agenda)
    )
    return MeetingLine(
        id=meeting.id,
        network_name=network_name(ctx, meeting.network),
        host=ctx.catalogue.unit_name(meeting.unit_id),
        starts_at=meeting.starts_at,
        place=meeting.place,
        state=meeting.state,
        state_text=STATES[meeting.state],
        confirmed=None if mine is None else mine.confirmed_at is not None,
        minutes_due_at=meeting.minutes_due_at if missing else None,
        minutes_overdue=missing and meeting.minutes_due_at < ctx.now,
    )


def network_name(ctx: Context, network: str) -> str:
    """The network's name, or its id if it has left the files."""
    known = ctx.catalogue.current.networks.get(network)
    return known.name if known else network


def propose_day(ctx: Context, network: Network, last: date | None) -> date:
    """The day of the next meeting by the network's cadence, moved to the working day after if it is none; never before tomorrow."""
    earliest = ctx.catalogue.working_days.add_working_days(ctx.today, 1)
    if last is None:
        return earliest
    by_cadence = date.fromordinal(last.toordinal() + network.meeting_cadence_days)
    return max(earliest, ctx.catalogue.working_days.add_working_days(by_cadence, 0))


def meeting_on_agenda(ctx: Context, rows: CaseRows, meeting_id: UUID) -> Meeting | None:
    """The meeting, if the case is on its agenda and the actor may see it; it is not cancelled."""
    on_agenda = select(MeetingCase.meeting_id).where(MeetingCase.case_id == rows.case.id)
    wanted = (Meeting.id == meeting_id) & Meeting.id.in_(on_agenda) & (Meeting.state != "cancelled")
    for found in load_meetings(ctx.session, wanted):
        if ctx.gate.may(Action.MEETING_READ, found.resource()):
            return found.meeting
    return None


def suggested_for_minutes(ctx: Context, rows: CaseRows, network: Network) -> dict[str, str]:
    """What the card's step for a meeting can begin with: the day of the latest meeting with the case on its agenda, and the next."""
    meetings = ctx.session.scalars(_with(rows).where(Meeting.starts_at <= ctx.now)).all()
    if not meetings:
        return {}
    day = danish_day(meetings[-1].starts_at)
    following = propose_day(ctx, network, day)
    return {"held_on": day.isoformat(), "next_meeting": following.isoformat()}


def link_minutes(writing: Writing, item_id: UUID, held_on: date) -> None:
    """Note on the agenda of that day's meeting that the minutes of the case being written are this item."""
    for meeting in writing.session.scalars(_with(writing.case)):
        if danish_day(meeting.starts_at) == held_on:
            set_minutes(writing, meeting.id, item_id)


def set_minutes(writing: Writing, meeting_id: UUID, item_id: UUID) -> None:
    """Note on the agenda of a meeting that the minutes of the case being written are this item; the first stand."""
    wanted = select(MeetingCase).where(
        MeetingCase.meeting_id == meeting_id,
        MeetingCase.case_id == writing.case.case.id,
        MeetingCase.minutes_item.is_(None),
    )
    for line in writing.session.scalars(wanted):
        line.minutes_item = item_id


def typed_time(day: date) -> str:
    """The usual time of that day as a datetime field has it, local."""
    return datetime.combine(day, USUAL_TIME, COPENHAGEN).isoformat()[:16]


def names_of(ctx: Context, authorities: Sequence[str]) -> tuple[str, ...]:
    """Names of authorities, each once, in order."""
    return tuple(dict.fromkeys(ctx.catalogue.authority_name(authority) for authority in authorities))


def _with(rows: CaseRows) -> Select[Meeting]:
    """The meetings with the case on their agenda, the first first."""
    on_agenda = select(MeetingCase.meeting_id).where(MeetingCase.case_id == rows.case.id)
    return (
        select(Meeting)
        .where(Meeting.id.in_(on_agenda), Meeting.state != "cancelled")
        .order_by(Meeting.starts_at)
    )
