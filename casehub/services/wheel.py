"""The year wheel: its tasks made by the worker, each once, shown by year, and done by those whose they are.

The definitions say what comes again and when (`policies/obligations/`); `workflow.wheel` says what must be done before.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.access.meeting_doors import wheel_resource
from casehub.audit import Event, ObjectRef
from casehub.definitions.obligations import Obligation, ObligationTask
from casehub.model import Staff, WheelTask, new_id
from casehub.services.catalogue import Catalogue
from casehub.services.context import Context
from casehub.services.errors import Conflict
from casehub.services.forum_views import SeatLine
from casehub.services.invitations import invitations_of
from casehub.services.meeting_lines import MeetingLine
from casehub.services.seats import seats_of
from casehub.services.wheel_views import MonthView, WheelTaskView, WheelView
from casehub.workflow.calendar import COPENHAGEN, danish_day, end_of_day
from casehub.workflow.wheel import Place, Subject, due_on, falls_in, held_back_by, host_of, subjects_of

MONTHS = range(1, 13)
SOON = timedelta(days=45)


def make_tasks(ctx: Context) -> int:
    """Make the tasks of the actor's authority that are due from today to the end of next year and not there; how many."""
    wanted = dict(_wanted(ctx))
    there = {
        _place(row)
        for row in ctx.session.scalars(select(WheelTask).where(WheelTask.authority_id == ctx.actor.authority))
    }
    missing = [place for place in wanted if place not in there]
    if not missing:
        return 0
    with ctx.gate.create(action=Action.WHEEL_MAKE, event=Event.WHEEL_MADE) as writing:
        rows = [_row(place, *wanted[place]) for place in missing]
        writing.add(*rows)
        writing.objects.extend(ObjectRef("wheel_task", str(row.id), None, row.authority_id) for row in rows)
    return len(missing)


def read_wheel(ctx: Context, *, year: int) -> WheelView:
    """The tasks due in a year, those of one's own authority and those one's authority follows, month by month."""
    start, end = (datetime(each, 1, 1, tzinfo=COPENHAGEN) for each in (year, year + 1))
    found = ctx.gate.list_wheel(wanted=(WheelTask.due_at >= start) & (WheelTask.due_at < end))
    blocked = _blocked(ctx, [row for row, _ in found])
    views = [_view(ctx, row, blocked.get(row.id, ()), may_complete=may) for row, may in found]
    meetings = [line for line in invitations_of(ctx, since=start.astimezone(UTC)) if line.starts_at < end]
    seats = seats_of(ctx, since=start, until=end)
    return WheelView(
        year=year,
        months=tuple(_month(number, views, meetings, seats) for number in MONTHS),
        done=sum(view.state == "done" for view in views),
        all=len(views),
    )


def complete_task(ctx: Context, *, task_id: UUID) -> int:
    """Note that a task is done; the year it stands in. Conflict (done already, or held back: why), NotFound."""
    with ctx.gate.write_wheel_task(task_id=task_id) as (_, row):
        if row.done_at is not None:
            raise Conflict("Opgaven er allerede udført.")
        task = _task(ctx, row.obligation, row.task)[2]
        if task is not None and task.adopts_plan:
            raise Conflict("Opgaven er udført, når planen er vedtaget. Vedtag den på forummets side.")
        if reasons := held_back(ctx, row):
            raise Conflict(f"Opgaven kan ikke udføres endnu. {' '.join(reasons)}")
        row.done_at, row.done_by = ctx.now, ctx.actor.staff_id
    return danish_day(row.due_at).year


def tasks_due(ctx: Context) -> tuple[WheelTaskView, ...]:
    """What of the wheel waits for the actor: theirs to do, not held back, due soon or overdue."""
    wanted = WheelTask.done_at.is_(None) & (WheelTask.due_at < ctx.now + SOON)
    own = wanted & (WheelTask.authority_id == ctx.actor.authority)
    rows = ctx.session.scalars(select(WheelTask).where(own).order_by(WheelTask.due_at)).all()
    mine = [row for row in rows if ctx.gate.may(Action.WHEEL_COMPLETE, wheel_resource(row))]
    blocked = _blocked(ctx, mine)
    return tuple(_view(ctx, row, (), may_complete=True) for row in mine if row.id not in blocked)


def may_wait(ctx: Context, rows: Sequence[WheelTask]) -> set[UUID]:
    """Which of these nobody has to do now: held back by others, or a KAN."""
    optional = {row.id for row in rows if (task := _task(ctx, row.obligation, row.task)[2]) and task.optional}
    return optional | _blocked(ctx, rows).keys()


def held_back(ctx: Context, row: WheelTask) -> tuple[str, ...]:
    """Why a task cannot be done yet, in Danish; empty: it can."""
    return _blocked(ctx, [row]).get(row.id, ())


def _wanted(ctx: Context) -> Iterator[tuple[Place, tuple[Subject, datetime]]]:
    """Every task of the authority from today to the end of next year, with whose it is and when it is due."""
    catalogue, last = ctx.catalogue, ctx.today.year + 1
    for obligation in catalogue.current.obligations.values():
        calendar = catalogue.calendar_named(obligation.calendar)
        for task in obligation.tasks:
            for cycle in range(ctx.today.year, last + 2):
                day = due_on(task, cycle, calendar)
                if not falls_in(task, cycle) or day < ctx.today or day.year > last:
                    continue
                for subject in _subjects(catalogue, obligation, task):
                    if subject.authority == ctx.actor.authority:
                        yield Place(obligation.id, task.key, subject.id, cycle), (subject, end_of_day(day))


def _subjects(catalogue: Catalogue, obligation: Obligation, task: ObligationTask) -> tuple[Subject, ...]:
    return subjects_of(obligation, task, catalogue.current.organisation, catalogue.forums)


def _row(place: Place, subject: Subject, due_at: datetime) -> WheelTask:
    return WheelTask(
        id=new_id(),
        obligation=place.obligation,
        task=place.task,
        subject=place.subject,
        cycle=place.cycle,
        authority_id=subject.authority,
        unit_id=subject.unit,
        readers=sorted(subject.readers),
        due_at=due_at,
    )


def _place(row: WheelTask) -> Place:
    return Place(row.obligation, row.task, row.subject, row.cycle)


def _blocked(ctx: Context, rows: Sequence[WheelTask]) -> dict[UUID, tuple[str, ...]]:
    """Why each of these cannot be done yet, in Danish; those that can are not in it."""
    obligations = ctx.catalogue.current.obligations
    open_rows = [row for row in rows if row.done_at is None and row.obligation in obligations]
    if not open_rows:
        return {}
    cycles = {(row.obligation, row.cycle) for row in open_rows}
    beside = select(WheelTask).where(WheelTask.obligation.in_({name for name, _ in cycles}))
    around = [row for row in ctx.session.scalars(beside) if (row.obligation, row.cycle) in cycles]
    there, done = [_place(row) for row in around], {_place(row) for row in around if row.done_at}
    found = {row.id: held_back_by(_place(row), obligations[row.obligation], there, done) for row in open_rows}
    return {row_id: _in_words(ctx, places) for row_id, places in found.items() if places}


def _in_words(ctx: Context, places: Sequence[Place]) -> tuple[str, ...]:
    """One sentence for each task that is missing, with whose they are."""
    missing: dict[str, list[str]] = {}
    for place in places:
        title = _task(ctx, place.obligation, place.task)[0]
        missing.setdefault(title, []).append(_subject_name(ctx, place.subject))
    return tuple(f"Først skal »{title}« være udført: {', '.join(names)}." for title, names in missing.items())


def _view(ctx: Context, row: WheelTask, reasons: tuple[str, ...], *, may_complete: bool) -> WheelTaskView:
    title, obligation, task = _task(ctx, row.obligation, row.task)
    organisation = ctx.catalogue.current.organisation
    return WheelTaskView(
        id=row.id,
        title=title,
        obligation=obligation.name if obligation else row.obligation,
        source=obligation.source if obligation else "",
        subject=_subject_name(ctx, row.subject),
        cycle=row.cycle,
        optional=task is not None and task.optional,
        host=host_of(task, row.cycle, organisation) if task else None,
        due_at=row.due_at,
        state=_state(ctx, row, reasons),
        reasons=reasons,
        done_at=row.done_at,
        done_by=ctx.session.get_one(Staff, row.done_by).name if row.done_by else None,
        may_complete=may_complete and row.done_at is None and not reasons,
        plan_of=row.subject if task and task.adopts_plan else None,
    )


def _state(ctx: Context, row: WheelTask, reasons: tuple[str, ...]) -> str:
    if row.done_at is not None:
        return "done"
    if row.due_at < ctx.now:
        return "overdue"
    return "blocked" if reasons else "ready"


def _task(ctx: Context, obligation_id: str, key: str) -> tuple[str, Obligation | None, ObligationTask | None]:
    """A task's title with its definition; its key if it has left the file."""
    obligation = ctx.catalogue.current.obligations.get(obligation_id)
    task = obligation.task(key) if obligation else None
    return (task.title if task else key), obligation, task


def _subject_name(ctx: Context, subject: str) -> str:
    forum = ctx.catalogue.forum(subject)
    return forum.name if forum else ctx.catalogue.unit_name(subject)


def _month(
    number: int,
    views: Sequence[WheelTaskView],
    meetings: Sequence[MeetingLine],
    seats: Sequence[SeatLine],
) -> MonthView:
    return MonthView(
        number,
        tuple(view for view in views if danish_day(view.due_at).month == number),
        tuple(line for line in meetings if danish_day(line.starts_at).month == number),
        tuple(line for line in seats if danish_day(line.starts_at).month == number),
    )
