"""The steps that wait for a person, for Min dag and their calendar. Opens nothing, and leaves no entry: who shows them leaves one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from casehub.access.rows import Listing
from casehub.model import Case, Step
from casehub.services.context import Context
from casehub.services.day_views import TaskLine
from casehub.services.duties import away_of
from casehub.services.running import COORDINATOR


def own_tasks(ctx: Context, listing: Listing) -> tuple[TaskLine, ...]:
    """Those in the cases of a list, by deadline (undated last)."""
    running = [case for case in listing.cases if case.state in {"referred", "open"}]
    given = {step.assigned_to for case in running for step in listing.ready[case.id]} - {None}
    away = away_of(ctx.session, given - {ctx.actor.staff_id}, ctx.today)
    tasks = [
        _task(ctx, case, step)
        for case in running
        for step in listing.ready[case.id]
        if _is_mine(ctx, case, step, away)
    ]
    return tuple(
        sorted(
            tasks,
            key=lambda task: (
                task.due_at is None,
                task.due_at or datetime.max.replace(tzinfo=ctx.now.tzinfo),
                not task.acute,
            ),
        )
    )


def _is_mine(ctx: Context, case: Case, step: Step, away: Collection[UUID]) -> bool:
    """Whether the task waits for a unit the actor is contact for, or for the actor's authority where no unit is named.

    What was given to somebody is theirs, but for the days when they are `away`.
    """
    if step.responsible_authority != ctx.actor.authority:
        return False
    if step.assigned_to is not None and step.assigned_to not in away:
        return step.assigned_to == ctx.actor.staff_id
    card_step = ctx.catalogue.card(ctx.session, case).step(step.key)
    unit = step.responsible_unit or ctx.actor.unit
    key = f"{case.network}/{unit}"
    if card_step.party == COORDINATOR and step.handed_to is None:
        return key in ctx.actor.coordinator_keys
    return key in ctx.actor.contact_keys


def _task(ctx: Context, case: Case, step: Step) -> TaskLine:
    card_step = ctx.catalogue.card(ctx.session, case).step(step.key)
    return TaskLine(
        case_id=case.id,
        case_number=case.number,
        step_id=step.id,
        title=card_step.title,
        effect=card_step.effect,
        acute=case.acute,
        optional=card_step.kind.value == "KAN",
        due_at=step.due_at,
        overdue=step.due_at is not None and step.due_at < ctx.now,
    )
