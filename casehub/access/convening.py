"""Loading meetings and turning them into what Cedar sees. Nothing is decided and nothing is opened here. For the gate."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from casehub.access.resources import CaseResource, DecisionResource, MeetingResource
from casehub.access.rows import CaseRows
from casehub.audit import ObjectRef
from casehub.model import Decision, Meeting, MeetingCase, MeetingInvitee, Staff


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """A meeting, who is invited, and the lines of its agenda that this authority may see. `people`: the invited."""

    meeting: Meeting
    invitees: tuple[MeetingInvitee, ...]
    agenda: tuple[MeetingCase, ...]
    decisions: tuple[Decision, ...]
    people: Mapping[UUID, Staff]

    def resource(self) -> MeetingResource:
        """The meeting as Cedar sees it."""
        return meeting_resource(self.meeting, (row.staff_id for row in self.invitees))

    def invitee(self, staff_id: UUID | None) -> MeetingInvitee | None:
        """What is noted of one of the invited."""
        return next((row for row in self.invitees if row.staff_id == staff_id), None)


@dataclass(frozen=True, slots=True)
class MeetingReading:
    """A meeting as decided, with those of its cases that the actor may read."""

    rows: MeetingRows
    resource: MeetingResource
    cases: tuple[CaseRows, ...]


def meeting_resource(meeting: Meeting, invited: Iterable[UUID]) -> MeetingResource:
    """The attributes Cedar decides on."""
    return MeetingResource(
        id=meeting.id,
        authority=meeting.authority_id,
        coordinator_key=f"{meeting.network}/{meeting.unit_id}",
        invited=frozenset(invited),
    )


def decision_resource(case: CaseResource, decision: Decision) -> DecisionResource:
    """A task from a meeting as Cedar sees it."""
    return DecisionResource(id=decision.id, case=case, owner=decision.owner_authority)


def meeting_ref(meeting: Meeting) -> ObjectRef:
    """How an entry names a meeting."""
    return ObjectRef("meeting", str(meeting.id), None, meeting.authority_id)


def load_meeting(session: Session, meeting_id: UUID, *, lock: bool = False) -> MeetingRows | None:
    """A meeting; None if it is not there. The statements run either way. `lock`: for a write."""
    wanted = select(Meeting).where(Meeting.id == meeting_id).execution_options(populate_existing=True)
    meeting = session.scalar(wanted.with_for_update() if lock else wanted)
    rest = _rest(session, (meeting_id,))
    return _rows(meeting, *rest) if meeting is not None else None


def load_meetings(session: Session, wanted: ColumnElement[bool]) -> tuple[MeetingRows, ...]:
    """The meetings there are for this authority, the next first: five statements, however many; one if there are none."""
    meetings = session.scalars(select(Meeting).where(wanted).order_by(Meeting.starts_at, Meeting.id)).all()
    if not meetings:
        return ()
    rest = _rest(session, [meeting.id for meeting in meetings])
    return tuple(_rows(meeting, *rest) for meeting in meetings)


_Rest = tuple[list[MeetingInvitee], list[MeetingCase], list[Decision], dict[UUID, Staff]]


def _rest(session: Session, ids: Collection[UUID]) -> _Rest:
    invited = select(MeetingInvitee).where(MeetingInvitee.meeting_id.in_(ids)).order_by(MeetingInvitee.id)
    agenda = select(MeetingCase).where(MeetingCase.meeting_id.in_(ids)).order_by(MeetingCase.id)
    decided = select(Decision).where(Decision.meeting_id.in_(ids)).order_by(Decision.due_at, Decision.id)
    named = select(MeetingInvitee.staff_id).where(MeetingInvitee.meeting_id.in_(ids))
    people = {row.id: row for row in session.scalars(select(Staff).where(Staff.id.in_(named)))}
    fresh = {"populate_existing": True}
    return (
        list(session.scalars(invited, execution_options=fresh)),
        list(session.scalars(agenda, execution_options=fresh)),
        list(session.scalars(decided, execution_options=fresh)),
        people,
    )


def _rows(
    meeting: Meeting,
    invitees: list[MeetingInvitee],
    agenda: list[MeetingCase],
    decisions: list[Decision],
    people: Mapping[UUID, Staff],
) -> MeetingRows:
    return MeetingRows(
        meeting,
        tuple(row for row in invitees if row.meeting_id == meeting.id),
        tuple(row for row in agenda if row.meeting_id == meeting.id),
        tuple(row for row in decisions if row.meeting_id == meeting.id),
        people,
    )
