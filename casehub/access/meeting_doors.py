"""The gate's doors to what is not about one case: meetings, and the year wheel. Nothing sealed is opened behind them.

Part of the gate (`gate.py`), which alone is used by services.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, select

from casehub.access.actions import Action
from casehub.access.convening import MeetingReading, MeetingRows, load_meeting, load_meetings, meeting_ref
from casehub.access.deciding import case_ref
from casehub.access.opening import Opening
from casehub.access.policies import Decision
from casehub.access.resources import MeetingResource, WheelTaskResource
from casehub.access.rows import CaseRows
from casehub.access.writing import Writing
from casehub.audit import Event, ObjectRef
from casehub.model import WheelTask


def wheel_resource(row: WheelTask) -> WheelTaskResource:
    """A task of the year wheel as Cedar sees it."""
    key = f"{row.subject}/{row.unit_id}"
    return WheelTaskResource(row.id, row.authority_id, row.unit_id, key, frozenset(row.readers))


@dataclass(slots=True)
class MeetingDoors(Opening):
    """What services come to meetings and the wheel by."""

    def list_meetings(self, *, wanted: ColumnElement[bool]) -> tuple[MeetingRows, ...]:
        """The meetings among `wanted` that the actor is invited to or calls, the next first."""
        decision = self._require(Action.MEETING_READ, self._own, Event.MEETING_LISTED)
        found = load_meetings(self.session, wanted)
        decisions = self.policies.decide_each(
            self.actor, Action.MEETING_READ, [rows.resource() for rows in found]
        )
        allowed = tuple(rows for rows, each in zip(found, decisions, strict=True) if each.allowed)
        self._record(Event.MEETING_LISTED, decision, tuple(meeting_ref(rows.meeting) for rows in allowed))
        return allowed

    def read_meeting(self, *, meeting_id: UUID) -> MeetingReading:
        """A meeting with those of its cases that the actor may read. Opens nothing. NotFound if refused."""
        rows, decision = self._meeting(Action.MEETING_READ, meeting_id, Event.MEETING_READ)
        found = self._may_read([line.case_id for line in rows.agenda], lambda _: ())
        refs = (meeting_ref(rows.meeting), *(case_ref(each.rows.case.id) for each in found))
        self._record(Event.MEETING_READ, decision, refs)
        return MeetingReading(rows, rows.resource(), tuple(each.rows for each in found))

    @contextmanager
    def call_meeting(
        self, *, meeting: MeetingResource, case_ids: Collection[UUID]
    ) -> Iterator[tuple[Writing, tuple[CaseRows, ...]]]:
        """Call a meeting: yields those of the cases that the actor may read, locked, to be put on the agenda."""
        decision = self._require(Action.MEETING_CALL, meeting, Event.MEETING_CALLED)
        locked = self._may_read(sorted(case_ids), lambda _: (), lock=True)
        for writing in self._writing(decision, Event.MEETING_CALLED, None, meeting):
            for each in locked:
                writing.name_case(each.rows.case.id)
            yield writing, tuple(each.rows for each in locked)

    @contextmanager
    def write_meeting(
        self, *, action: Action, meeting_id: UUID, event: Event, lock: bool = True
    ) -> Iterator[tuple[Writing, MeetingRows]]:
        """Go on with a meeting. `lock`: it is held meanwhile, which its host alone can do."""
        rows, decision = self._meeting(action, meeting_id, event, lock=lock)
        for writing in self._writing(decision, event, None, rows.resource()):
            writing.objects.append(meeting_ref(rows.meeting))
            yield writing, rows

    @contextmanager
    def move_meeting(
        self, *, meeting_id: UUID
    ) -> Iterator[tuple[Writing, MeetingRows, tuple[CaseRows, ...]]]:
        """Change when a meeting is: yields it, and those of its cases that the actor may read; all are held meanwhile."""
        rows, decision = self._meeting(Action.MEETING_RUN, meeting_id, Event.MEETING_MOVED, lock=True)
        locked = self._may_read(sorted(line.case_id for line in rows.agenda), lambda _: (), lock=True)
        for writing in self._writing(decision, Event.MEETING_MOVED, None, rows.resource()):
            writing.objects.append(meeting_ref(rows.meeting))
            for each in locked:
                writing.name_case(each.rows.case.id)
            yield writing, rows, tuple(each.rows for each in locked)

    def _meeting(
        self, action: Action, meeting_id: UUID, event: Event, *, lock: bool = False
    ) -> tuple[MeetingRows, Decision]:
        rows = load_meeting(self.session, meeting_id, lock=lock)
        resource = rows.resource() if rows else MeetingResource.unknown(meeting_id)
        ref = ObjectRef("meeting", str(meeting_id), None, rows.meeting.authority_id if rows else None)
        decision = self._require(action, resource, event, ref)
        if rows is None:
            raise self._refusal(event, decision, ref)
        return rows, decision

    def list_wheel(self, *, wanted: ColumnElement[bool]) -> tuple[tuple[WheelTask, bool], ...]:
        """The tasks of the year wheel among `wanted` that the actor may see, by day, and whether they may complete each."""
        decision = self._require(Action.WHEEL_READ, self._own, Event.WHEEL_READ)
        rows = self.session.scalars(
            select(WheelTask).where(wanted).order_by(WheelTask.due_at, WheelTask.id)
        ).all()
        resources = [wheel_resource(row) for row in rows]
        seen = self.policies.decide_each(self.actor, Action.WHEEL_READ, resources)
        theirs = self.policies.decide_each(self.actor, Action.WHEEL_COMPLETE, resources)
        self._record(Event.WHEEL_READ, decision, (self._own_ref(),))
        return tuple(
            (row, mine.allowed) for row, may, mine in zip(rows, seen, theirs, strict=True) if may.allowed
        )

    @contextmanager
    def write_wheel_task(self, *, task_id: UUID) -> Iterator[tuple[Writing, WheelTask]]:
        """Complete a task of the year wheel; it is locked meanwhile."""
        row = self.session.scalar(
            select(WheelTask)
            .where(WheelTask.id == task_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        resource = wheel_resource(row) if row else WheelTaskResource.unknown(task_id)
        ref = ObjectRef("wheel_task", str(task_id), None, row.authority_id if row else None)
        decision = self._require(Action.WHEEL_COMPLETE, resource, Event.WHEEL_COMPLETED, ref)
        if row is None:
            raise self._refusal(Event.WHEEL_COMPLETED, decision, ref)
        for writing in self._writing(decision, Event.WHEEL_COMPLETED, None, resource):
            writing.objects.append(ref)
            yield writing, row
