"""Watching deadlines that are no step's: tasks of meetings and plans, of the year wheel, and minutes that are missing.

As for steps (`services.deadlines`): a reminder before, that it is passed, then deputy and leader, each told exactly once. What it is time for
is worked out under the row's lock; other workers pass it by, and `task_notice` is unique by what it is about, its deadline and the kind.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.actor import Function
from casehub.audit import Event, ObjectRef
from casehub.definitions.overdue import default_overdue
from casehub.model import (
    Case,
    Decision,
    Meeting,
    MeetingCase,
    Participant,
    TaskNotice,
    WheelTask,
    new_id,
)
from casehub.services.context import Context
from casehub.services.recipients import Duties, load_duties
from casehub.services.telling import MessageKind, Tiding, tell
from casehub.services.wheel import may_wait
from casehub.workflow.notices import NoticeKind, moments_of

LONGEST_BEFORE = timedelta(days=14)  # a reminder comes a working day before, however many are holidays
_EVENTS = {
    NoticeKind.REMINDER: Event.TASK_REMINDED,
    NoticeKind.OVERDUE: Event.TASK_OVERDUE,
    NoticeKind.DEPUTY: Event.TASK_ESCALATED,
    NoticeKind.LEADER: Event.TASK_ESCALATED,
}
Wanted = Callable[[Duties, Function], tuple[UUID, ...]]


@dataclass(frozen=True, slots=True)
class Owing:
    """What is to be done by a day, since when it can be, and who has the duty: `first`, and those above by `wanted`."""

    about: str
    id: UUID
    case_id: UUID | None
    since: datetime
    due_at: datetime
    first: Function
    wanted: Wanted


def watch_tasks(ctx: Context) -> int:
    """Tell of all such deadlines of the actor's authority that it is time for; how many. One kind after the other, an entry each."""
    told = 0
    for kind in NoticeKind:
        if batch := _take(ctx, kind):
            _tell(ctx, kind, batch)
            told += len(batch)
    return told


def _take(ctx: Context, kind: NoticeKind) -> list[tuple[Owing, datetime]]:
    """What it is time to tell of as this, and since when, locked; what others hold is passed by, and nothing before what comes first."""
    owings = [*_decisions(ctx), *_wheel(ctx), *_minutes(ctx)]
    told = _told(ctx, owings)
    found = ((owing, _next(ctx, owing, told[owing.id, owing.due_at])) for owing in owings)
    return [(owing, each[1]) for owing, each in found if each and each[0] is kind and each[1] <= ctx.now]


def _next(ctx: Context, owing: Owing, told: set[str]) -> tuple[NoticeKind, datetime] | None:
    """What comes next, and when; None when all was told."""
    rule, calendar = default_overdue(in_hours=False), ctx.catalogue.working_days
    moments = moments_of(rule, due_at=owing.due_at, ready_at=owing.since, calendar=calendar)
    return next((each for each in moments if each[0].value not in told), None)


def _told(ctx: Context, owings: Sequence[Owing]) -> Mapping[tuple[UUID, datetime], set[str]]:
    """What was told of these; asked when they are locked, so that nobody tells of them meanwhile."""
    told: defaultdict[tuple[UUID, datetime], set[str]] = defaultdict(set)
    about = TaskNotice.about_id.in_([owing.id for owing in owings])
    for row in ctx.session.execute(
        select(TaskNotice.about_id, TaskNotice.due_at, TaskNotice.kind).where(about)
    ):
        told[row.about_id, row.due_at].add(row.kind)
    return told


def _tell(ctx: Context, kind: NoticeKind, batch: list[tuple[Owing, datetime]]) -> None:
    duties = load_duties(ctx)
    with ctx.gate.create(action=Action.STEP_WATCH_DEADLINE, event=_EVENTS[kind]) as writing:
        notices = [
            TaskNotice(
                id=new_id(),
                about=owing.about,
                about_id=owing.id,
                case_id=owing.case_id,
                authority_id=ctx.actor.authority,
                kind=kind.value,
                due_at=owing.due_at,
                at=at,
                told_at=ctx.now,
            )
            for owing, at in batch
        ]
        writing.add(*notices)
        tell(
            ctx,
            [_tiding(duties, kind, owing, row.id) for (owing, _), row in zip(batch, notices, strict=True)],
        )
        writing.objects.extend(
            ObjectRef(owing.about, str(owing.id), owing.case_id, ctx.actor.authority) for owing, _ in batch
        )


def _tiding(duties: Duties, kind: NoticeKind, owing: Owing, source: UUID) -> Tiding:
    above = {NoticeKind.DEPUTY: Function.DEPUTY, NoticeKind.LEADER: Function.LEADER}
    if staff := owing.wanted(duties, above.get(kind, owing.first)):
        return Tiding(MessageKind(kind.value), source, owing.case_id, staff)
    return Tiding(MessageKind.UNMANNED, source, None, tuple(duties.administrators))


def _decisions(ctx: Context) -> list[Owing]:
    """Open tasks of the authority in cases that are not over; whoever has the duty in its units there."""
    found = ctx.session.execute(
        select(Decision, Case)
        .join(Case, Case.id == Decision.case_id)
        .where(
            Decision.owner_authority == ctx.actor.authority,
            Decision.done_at.is_(None),
            Decision.due_at < ctx.now + LONGEST_BEFORE,
            Case.state.in_(["referred", "open"]),
        )
        .with_for_update(of=Decision, skip_locked=True)
    ).all()
    units: defaultdict[UUID, list[str]] = defaultdict(list)
    own = Participant.authority_id == ctx.actor.authority
    for row in ctx.session.scalars(
        select(Participant).where(own, Participant.case_id.in_([case.id for _, case in found]))
    ):
        units[row.case_id].append(row.unit_id)
    return [
        Owing(
            "decision",
            row.id,
            case.id,
            row.decided_at,
            row.due_at,
            Function.CONTACT,
            _in_case(case, units[case.id]),
        )
        for row, case in found
    ]


def _wheel(ctx: Context) -> list[Owing]:
    """Tasks of the year wheel that must be done and are held back by nothing."""
    found = ctx.session.scalars(
        select(WheelTask)
        .where(
            WheelTask.authority_id == ctx.actor.authority,
            WheelTask.done_at.is_(None),
            WheelTask.due_at < ctx.now + LONGEST_BEFORE,
        )
        .with_for_update(skip_locked=True)
    ).all()
    waiting = may_wait(ctx, found)
    return [
        Owing(
            "wheel_task",
            row.id,
            None,
            row.due_at - LONGEST_BEFORE,
            row.due_at,
            Function.COORDINATOR,
            _of_unit(row.subject, row.unit_id),
        )
        for row in found
        if row.id not in waiting
    ]


def _minutes(ctx: Context) -> list[Owing]:
    """Meetings that were held, of which a case's minutes are missing."""
    missing = select(MeetingCase.id).where(
        MeetingCase.meeting_id == Meeting.id, MeetingCase.minutes_item.is_(None)
    )
    found = ctx.session.scalars(
        select(Meeting)
        .where(
            Meeting.authority_id == ctx.actor.authority,
            Meeting.state == "held",
            Meeting.minutes_due_at < ctx.now + LONGEST_BEFORE,
            missing.exists(),
        )
        .with_for_update(skip_locked=True)
    )
    return [
        Owing(
            "meeting",
            row.id,
            None,
            row.ended_at or row.starts_at,
            row.minutes_due_at,
            Function.COORDINATOR,
            _in_unit(row.network, row.unit_id),
        )
        for row in found
    ]


def _in_case(case: Case, units: Sequence[str]) -> Wanted:
    """Whoever has the duty in these units of the case."""
    return lambda duties, function: tuple(
        dict.fromkeys(staff for unit in units for staff in duties.of(case, unit, function))
    )


def _in_unit(network: str, unit: str) -> Wanted:
    """Whoever has the duty in the unit of the network."""
    return lambda duties, function: duties.in_network(network, unit, function)


def _of_unit(forum: str, unit: str) -> Wanted:
    """The forum's secretary; where none is named, whoever has the duty in the unit in any network."""
    return lambda duties, function: duties.in_network(forum, unit, function) or duties.of_unit(unit, function)
