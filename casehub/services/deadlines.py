"""Watching deadlines: a reminder before, that it is passed, and those above after it; each told exactly once.

What falls due is found by an index, taken under row locks that other workers pass by, and told and moved on in one
transaction with its entry. The unique key of `step_notice` holds it besides: a step, its deadline and the kind of notice.
A clock that jumps ahead tells everything once, in order; one that jumps back tells nothing again.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, text

from casehub.access.actions import Action
from casehub.access.actor import Function
from casehub.audit import Event, ObjectRef
from casehub.model import Case, Step, new_id
from casehub.services.context import Context
from casehub.services.recipients import Duties, load_duties
from casehub.services.running import COORDINATOR
from casehub.services.telling import MessageKind, Tiding, tell
from casehub.workflow.notices import NoticeKind, next_escalation

MOST_AT_ONCE = 500
_EVENTS = {
    NoticeKind.REMINDER: Event.STEP_REMINDED,
    NoticeKind.OVERDUE: Event.STEP_OVERDUE,
    NoticeKind.DEPUTY: Event.STEP_ESCALATED,
    NoticeKind.LEADER: Event.STEP_ESCALATED,
}
_MEANT_FOR = {NoticeKind.DEPUTY: Function.DEPUTY, NoticeKind.LEADER: Function.LEADER}
# Past the ORM, which would count up `version`: whoever is filling in the form was not overtaken by anyone.
_TELL = text("""
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:steps AS uuid[]), CAST(:ats AS timestamptz[]),
            CAST(:next_kinds AS text[]), CAST(:next_ats AS timestamptz[])
        ) AS t (id, step_id, at, next_kind, next_at)
    ), moved AS (
        UPDATE step SET next_notice = told.next_kind, next_notice_at = told.next_at,
            overdue_at = coalesce(overdue_at, CASE WHEN :kind = 'overdue' THEN CAST(:now AS timestamptz) END),
            entry_id = :entry_id
        FROM told WHERE step.id = told.step_id
        RETURNING told.id, step.id AS step_id, step.case_id, step.due_at, told.at
    )
    INSERT INTO step_notice (id, step_id, case_id, authority_id, kind, due_at, at, told_at, entry_id)
    SELECT id, step_id, case_id, :authority, :kind, due_at, at, :now, :entry_id FROM moved
    ON CONFLICT (step_id, due_at, kind) DO NOTHING RETURNING id
""")


@dataclass(frozen=True, slots=True)
class Due:
    """A step that it is time to tell of, since when, and what comes next. `id`: of the notice that will be written."""

    id: UUID
    step: Step
    case: Case
    at: datetime
    next_kind: NoticeKind | None = None
    next_at: datetime | None = None


def watch_deadlines(ctx: Context) -> int:
    """Tell of all deadlines of the actor's authority that it is time for; how many.

    One kind after the other, in batches with an entry each. A row in hand elsewhere waits for the next run.
    """
    told = 0
    for kind in NoticeKind:
        while batch := _take(ctx, kind):
            _tell(ctx, kind, batch)
            told += len(batch)
    return told


def _take(ctx: Context, kind: NoticeKind) -> list[Due]:
    """The next steps it is time for, locked; those that others hold are passed by."""
    found = (
        select(Step, Case)
        .join(Case, Case.id == Step.case_id)
        .where(
            Step.responsible_authority == ctx.actor.authority,
            Step.state == "ready",
            _is_time(ctx, kind),
            Case.state.in_(["referred", "open"]),
        )
        .order_by(Step.due_at)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Step, skip_locked=True)
    )
    return [_due(ctx, kind, step, case) for step, case in ctx.session.execute(found)]


def _is_time(ctx: Context, kind: NoticeKind) -> ColumnElement[bool]:
    if kind is NoticeKind.OVERDUE:  # after the reminder, also where that one was passed by
        return and_(
            Step.overdue_at.is_(None),
            Step.due_at < ctx.now,
            Step.next_notice.is_distinct_from(NoticeKind.REMINDER.value),
        )
    return and_(Step.next_notice == kind.value, Step.next_notice_at <= ctx.now)


def _due(ctx: Context, kind: NoticeKind, step: Step, case: Case) -> Due:
    if step.due_at is None:
        raise LookupError(f"step {step.id} has a notice and no deadline")
    if kind is NoticeKind.REMINDER:
        return Due(new_id(), step, case, step.next_notice_at or ctx.now)
    card = ctx.catalogue.card(ctx.session, case)
    following = next_escalation(
        card.overdue_of(card.step(step.key), acute=case.acute),
        due_at=step.due_at,
        after=kind,
        calendar=ctx.catalogue.calendar(ctx.session, case),
    )
    at = step.due_at if kind is NoticeKind.OVERDUE else step.next_notice_at or ctx.now
    return Due(new_id(), step, case, at, *(following or (None, None)))


def _tell(ctx: Context, kind: NoticeKind, batch: list[Due]) -> None:
    """Write the notices and move the steps on; whoever it concerns is told in the same transaction."""
    duties = load_duties(ctx)
    with ctx.gate.create(action=Action.STEP_WATCH_DEADLINE, event=_EVENTS[kind]) as writing:
        written = ctx.session.scalars(
            _TELL,
            {
                "ids": [due.id for due in batch],
                "steps": [due.step.id for due in batch],
                "ats": [due.at for due in batch],
                "next_kinds": [due.next_kind for due in batch],
                "next_ats": [due.next_at for due in batch],
                "kind": kind.value,
                "authority": ctx.actor.authority,
                "now": ctx.now,
                "entry_id": writing.entry_id,
            },
        )
        new = set(written)
        tell(ctx, [_tiding(ctx, duties, kind, due) for due in batch if due.id in new])
        writing.objects.extend(
            ObjectRef("step", str(due.step.id), due.case.id, ctx.actor.authority) for due in batch
        )


def _tiding(ctx: Context, duties: Duties, kind: NoticeKind, due: Due) -> Tiding:
    """Whom to tell: whom it was given to, who is there; else whoever has the duty that this kind is meant for, or the administrators."""
    wanted = _MEANT_FOR.get(kind)
    given = due.step.assigned_to
    if wanted is None and given in duties.there and (theirs := duties.not_barred(due.case.id, [given])):
        return Tiding(MessageKind(kind.value), due.id, due.case.id, theirs)
    if wanted is None:
        card_step = ctx.catalogue.card(ctx.session, due.case).step(due.step.key)
        by_coordinator = card_step.party == COORDINATOR and due.step.handed_to is None
        wanted = Function.COORDINATOR if by_coordinator else Function.CONTACT
    if staff := duties.of(due.case, due.step.responsible_unit, wanted):
        return Tiding(MessageKind(kind.value), due.id, due.case.id, staff)
    return Tiding(MessageKind.UNMANNED, due.id, None, tuple(duties.administrators))
