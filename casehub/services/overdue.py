"""Marking what is overdue: once per step, in the transaction that records it, by the authority responsible."""

from sqlalchemy import select

from casehub.access.actions import Action
from casehub.audit import Event, ObjectRef
from casehub.model import Case, Step
from casehub.services.context import Context

MOST_AT_ONCE = 500


def mark_overdue(ctx: Context) -> int:
    """Mark the actor's authority's ready steps past their deadline; the number marked. A row in hand elsewhere waits."""
    due = (
        select(Step)
        .join(Case, Case.id == Step.case_id)
        .where(
            Step.responsible_authority == ctx.actor.authority,
            Step.state == "ready",
            Step.overdue_at.is_(None),
            Step.due_at < ctx.now,
            Case.state.in_(["referred", "open"]),
        )
        .order_by(Step.due_at)
        .limit(MOST_AT_ONCE)
    )
    if ctx.session.scalar(due.with_only_columns(Step.id).limit(1)) is None:
        return 0
    with ctx.gate.create(action=Action.STEP_MARK_OVERDUE, event=Event.STEP_OVERDUE) as writing:
        steps = ctx.session.scalars(due.with_for_update(of=Step, skip_locked=True)).all()
        for step in steps:
            step.overdue_at = ctx.now
            writing.objects.append(ObjectRef("step", str(step.id), step.case_id, ctx.actor.authority))
    return len(steps)
