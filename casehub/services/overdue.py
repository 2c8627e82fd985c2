"""Marking what is overdue: once per step, in the transaction that records it, by the authority responsible."""

from sqlalchemy import select, update

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
    columns = due.with_only_columns(Step.id, Step.case_id).with_for_update(of=Step, skip_locked=True)
    steps = ctx.session.execute(columns).all()
    if not steps:
        return 0
    with ctx.gate.create(action=Action.STEP_MARK_OVERDUE, event=Event.STEP_OVERDUE) as writing:
        # past the ORM, which would count up `version`: whoever is filling in the form was not overtaken by anyone
        table = Step.__table__
        marked = update(table).where(table.c.id.in_([step.id for step in steps]))  # type: ignore[arg-type]
        ctx.session.execute(marked.values(overdue_at=ctx.now, entry_id=writing.entry_id))
        writing.objects.extend(
            ObjectRef("step", str(step.id), step.case_id, ctx.actor.authority) for step in steps
        )
    return len(steps)
